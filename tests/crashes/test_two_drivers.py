"""Of two drivers of one study exactly one runs; the other names it and leaves."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dse.mistakes import UserError
from dse.store import Owner
from dse.store.lock import only_driver, running_driver
from tests.crashes.tools.driver import ROOT, ended, run, study_file, table, trained
from tests.crashes.tools.postgres import Server

STARTS = [1, pytest.param(25, marks=pytest.mark.soak)]
LEFT_WITHIN_S = 2.0


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'shared.db'}"
    server: Server = request.getfixturevalue("postgres")
    return server.fresh(f"drivers{tmp_path.name[-24:]}")


@pytest.mark.parametrize("starts", STARTS)
def test_exactly_one_runs_and_the_others_name_it(
    url: str, starts: int, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    left_s = []
    endless = 300 * starts
    file = study_file(tmp_path, storage=url, candidates=endless, trainer="slow")
    first = run(file, tmp_path / "first")
    trained(first, tmp_path / "first", 1)
    for start in range(starts):
        imports_s, began = imported(), time.monotonic()
        _, told = ended(run(file, tmp_path / f"other{start}"), 2)
        left_s.append(time.monotonic() - began - imports_s)
        assert f"process {first.pid}, since" in told
        assert os.uname().nodename in told
        assert first.poll() is None
    first.send_signal(signal.SIGKILL)
    first.communicate()
    short = (f"candidates = {endless}", "candidates = 6")
    file.write_text(file.read_text().replace(*short))
    ended(run(file, tmp_path / "first"))  # its dead owner blocks nobody
    assert table(file, tmp_path / "first").count(b"\n") >= 7
    if starts > 3:  # by hand, on a quiet machine
        assert max(left_s) < LEFT_WITHIN_S
    record_property("starts", starts)
    record_property("left_s_max", round(max(left_s), 2))


def imported() -> float:
    """Seconds that a process needs to import what a driver imports before it looks for others."""
    began = time.monotonic()
    code = "import dse.commands.study_verbs, dse.search.driver, optuna, sqlalchemy, psycopg"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
    return time.monotonic() - began


@pytest.mark.parametrize("rounds", [1, pytest.param(5, marks=pytest.mark.soak)])
def test_of_those_started_at_once_one_runs(url: str, rounds: int, tmp_path: Path) -> None:
    file = study_file(tmp_path, storage=url, candidates=300, trainer="slow")
    for place in range(rounds):
        folders = [tmp_path / f"{place}-{number}" for number in range(4)]
        drivers = [run(file, folder) for folder in folders]
        while sum(driver.poll() is None for driver in drivers) > 1:
            time.sleep(0.05)
        for driver, folder in zip(drivers, folders, strict=True):
            if driver.poll() is None:
                trained(driver, folder, 1)
                driver.send_signal(signal.SIGKILL)
                driver.communicate()
            else:
                assert "another driver runs this study: host" in ended(driver, 2)[1]


def test_a_lock_is_held_by_one_and_given_back(url: str) -> None:
    from dse.study.storage_url import with_driver

    database = with_driver(url)
    with only_driver(database, "x") as hold:
        hold()
        owner = running_driver(database, "x")
        assert owner is not None
        assert owner.pid == os.getpid()
        with (
            pytest.raises(UserError, match=f"process {os.getpid()}"),
            only_driver(database, "x"),
        ):
            pass
        with only_driver(database, "another study"):
            pass
    assert running_driver(database, "x") is None


def test_a_child_that_outlives_its_driver_holds_nothing(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'x.db'}"
    with only_driver(database, "x"):
        child = os.fork()
        if child == 0:
            signal.pause()
            os._exit(0)
    try:
        with only_driver(database, "x"):
            pass
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def test_a_reused_process_number_blocks_nobody(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'x.db'}"
    lock = tmp_path / "x.db.x.lock"
    lock.write_text(str(Owner(host=os.uname().nodename, pid=os.getppid(), since="2026-01-01")))
    assert running_driver(database, "x") is None
    with only_driver(database, "x"):
        assert str(os.getpid()) in lock.read_text()
