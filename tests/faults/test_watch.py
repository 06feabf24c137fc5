"""`dse status` beside a driver, on either database, and where there is none."""

import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dse.commands.status import duration
from dse.mistakes import NotBegunError, UserError
from dse.results import Observer
from dse.results.progress import time_left_s, under_way
from dse.store.lock import only_driver
from dse.study import read_study
from dse.study.storage_url import with_driver
from tests.faults.driver import ROOT, dse, ended, run, study_file, table, trained
from tests.faults.postgres import Server

WATCH = ("status", "--watch", "--every", "0.1")


@pytest.fixture(params=["sqlite", "postgresql"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return ""
    server: Server = request.getfixturevalue("postgres")
    return server.fresh(f"watched{tmp_path.name[-24:]}")


def test_a_watched_run(storage: str, undisturbed: bytes, tmp_path: Path) -> None:
    """Two watchers from the beginning; one is left with Ctrl-C."""
    file = study_file(tmp_path, storage=storage, trainer="slow")
    driver = run(file, tmp_path)
    trained(driver, tmp_path, 1)
    words = (*WATCH, file, "--folder", tmp_path)
    lines, left = dse(*words, "--json"), dse(*words)
    assert left.stdout is not None
    first = left.stdout.readline()
    left.send_signal(signal.SIGINT)
    _, told = ended(left)
    assert told == ""
    assert f"driver {driver.pid} on {os.uname().nodename}" in first
    assert " of 22 done, " in first
    ended(driver)
    out, told = ended(lines)
    assert told == ""
    seen = [json.loads(line) for line in out.splitlines()]
    beside, last = seen[:-1], seen[-1]
    assert all(one["driver"]["pid"] == driver.pid for one in beside)
    assert [one["done"] for one in seen] == sorted(one["done"] for one in seen)
    assert any(one["running"] > 0 and one["done"] < 22 for one in beside)
    assert (last["done"], last["ok"], last["running"], last["driver"]) == (22, 22, 0, None)
    assert last["hypervolume"] > 0
    assert table(file, tmp_path) == undisturbed


def test_a_terminal_is_drawn_on(tmp_path: Path) -> None:
    file = study_file(tmp_path, candidates=4)
    ended(run(file, tmp_path))
    ours, theirs = pty.openpty()
    watcher = subprocess.Popen([sys.executable, "-m", "dse", *WATCH, file, "--folder", tmp_path],
                               cwd=ROOT, stdout=theirs, stderr=theirs, text=True,
                               env={**os.environ, "PYTHONPATH": str(ROOT)})  # fmt: skip
    assert watcher.wait(60) == 0
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    os.close(theirs)
    assert "\x1b[" in shown
    for words in ("hypervolume", "no driver runs", "time left", "the goal of 4 candidates is"):
        assert words in shown


@pytest.mark.parametrize("watching", [(), ("--watch",)])
def test_a_study_that_nobody_has_started(watching: tuple[str, ...], tmp_path: Path) -> None:
    file = study_file(tmp_path)
    out, told = ended(dse("status", file, "--folder", tmp_path, *watching), 2)
    assert out == ""
    assert "`dse run` starts it" in told
    assert not (tmp_path / "brief" / "study.db").exists()


def test_a_driver_that_is_starting_is_waited_for(storage: str, tmp_path: Path) -> None:
    study = read_study(study_file(tmp_path, storage=storage))
    (tmp_path / "brief").mkdir()
    url = with_driver(storage or f"sqlite:///{tmp_path / 'brief' / 'study.db'}")
    with only_driver(url, "brief"):
        progress = Observer(study, tmp_path).look()
        assert progress.driver is not None
        assert progress.driver.pid == os.getpid()
        assert (progress.done, progress.hypervolume, progress.time_left_s) == (0, None, None)
    with pytest.raises(NotBegunError):
        Observer(study, tmp_path).look()


def test_a_study_in_memory_cannot_be_watched(tmp_path: Path) -> None:
    study = read_study(study_file(tmp_path, storage="memory"))
    with pytest.raises(UserError, match="in memory"):
        Observer(study, tmp_path)


@pytest.mark.parametrize(
    ("done", "running"), [(0, 7), (1, 6), (2, 10), (6, 6), (7, 10), (16, 6), (17, 5), (22, 0)]
)
def test_candidates_under_way(done: int, running: int, tmp_path: Path) -> None:
    """Batches of five after the two baselines, one batch ahead."""
    assert under_way(read_study(study_file(tmp_path)), done, goal=22) == running


def test_time_left_is_the_pace_of_the_drivers(tmp_path: Path) -> None:
    del tmp_path
    nan = float("nan")
    assert time_left_s([nan, nan, 10.0, 12.0, 16.0, 0.5, 3.5], 4) == pytest.approx(12.0)
    assert time_left_s([1.0], 4) is None
    assert time_left_s([], 0) == 0.0
    assert duration(3600.0 * 26) == "about 1 d 2 h"
    assert duration(7500.0) == "about 2 h 05 min"
    assert duration(12.2) == "about 13 s"
