"""Of two drivers of one study exactly one runs; the other names it and leaves."""

import os
import signal
from pathlib import Path

import pytest

from dse.lock import Owner, only_driver, running_driver
from dse.mistakes import UserError
from tests.faults.driver import ended, run, study_file, table, trainings, wait_until
from tests.faults.postgres import Server

STARTS = [4, pytest.param(25, marks=pytest.mark.soak)]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'shared.db'}"
    server: Server = request.getfixturevalue("postgres")
    return server.fresh(f"drivers{tmp_path.name[-24:]}")


@pytest.mark.parametrize("starts", STARTS)
def test_exactly_one_runs_and_the_others_name_it(url: str, starts: int, tmp_path: Path) -> None:
    file = study_file(tmp_path, storage=url, candidates=300, trainer="slow")
    first = run(file, tmp_path / "first")
    wait_until(lambda: trainings(tmp_path / "first") > 0, first)
    for start in range(starts):
        _, told = ended(run(file, tmp_path / f"other{start}"), 2)
        assert f"process {first.pid}, since" in told
        assert os.uname().nodename in told
        assert first.poll() is None
    first.send_signal(signal.SIGKILL)
    first.communicate()
    short = ("candidates = 300", "candidates = 6")
    file.write_text(file.read_text().replace(*short))
    ended(run(file, tmp_path / "first"))  # its dead owner blocks nobody
    assert table(file, tmp_path / "first").count(b"\n") >= 7


def test_a_lock_is_held_by_one_and_given_back(url: str) -> None:
    from dse.database import with_driver

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
