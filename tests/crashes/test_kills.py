"""`kill -9` of the driver, at any moment and at named points: the same table, nothing lost."""

import json
import os
import random
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.crashes.tools.driver import ROOT, ended, run, stored, study_file, table, trainings
from tests.crashes.tools.killed_at import POINTS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
LEFT_WITHIN_S = 300.0
MARK = "DSE_TEST_MARK"


class Killed:
    """One study in one folder, its driver started and killed again and again."""

    def __init__(self, folder: Path, *, executor: str, workers: int) -> None:
        self.file, self.folder = study_file(folder, trainer="slow"), folder
        self.words = ("--folder", folder, "--executor", executor, "--workers", str(workers))
        self.mark = uuid.uuid4().hex
        self.first_asked_s: list[float] = []
        self.first_asked_cpu_s: list[float] = []
        self._kept: dict[Path, int] = {}
        self._stored = 0

    def start(
        self, point: str = "none", when: str = "", count: int = 0
    ) -> "subprocess.Popen[str]":
        note = self.folder / "note"
        note.unlink(missing_ok=True)
        words = (point, when, str(count), note, "run", self.file, *self.words)
        return subprocess.Popen(
            [sys.executable, "-m", "tests.crashes.tools.killed_at", *map(str, words)], cwd=ROOT,
            text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            env={**os.environ, MARK: self.mark},
        )  # fmt: skip

    def killed(self, driver: "subprocess.Popen[str]") -> None:
        """Look at what a killed driver left: all that was there before, and perhaps more."""
        _, told = driver.communicate(timeout=120)
        assert driver.returncode == -signal.SIGKILL, told
        assert "Traceback" not in told
        note = self.folder / "note"
        if note.exists() and note.read_text():
            told_by_it = json.loads(note.read_text())
            self.first_asked_s.append(told_by_it["seconds"])
            self.first_asked_cpu_s.append(told_by_it["cpu_s"])
            assert not told_by_it["ray"]
        now = trainings(self.folder)
        assert all(now[file] == at for file, at in self._kept.items())
        self._kept = now
        candidates = stored(self.folder)
        assert candidates >= self._stored
        self._stored = candidates

    def finish(self, undisturbed: bytes) -> dict[str, float]:
        """Run to the end; the table is the undisturbed one, and no process is left."""
        ended(run(self.file, *self.words, environment={MARK: self.mark}))
        assert table(self.file, self.folder) == undisturbed
        now = trainings(self.folder)
        assert all(now[file] == at for file, at in self._kept.items())  # none ran again
        began = time.monotonic()
        while left := marked(self.mark):
            assert time.monotonic() - began < LEFT_WITHIN_S, left
            time.sleep(0.2)
        return {"kills_that_asked": len(self.first_asked_s),
                "first_asked_s_max": round(max(self.first_asked_s, default=0.0), 2),
                "first_asked_cpu_s_max": round(max(self.first_asked_cpu_s, default=0.0), 2),
                "left_s": round(time.monotonic() - began, 1)}  # fmt: skip


def marked(mark: str) -> list[str]:
    """Command lines of the processes that a marked driver started, itself included."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


def kill_at(driver: "subprocess.Popen[str]", after_s: float, folder: Path, done: int) -> bool:
    """SIGKILL some seconds after so many trainings; False if the driver ended before."""
    deadline = time.monotonic() + 120
    while len(trainings(folder)) < done and driver.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    time.sleep(after_s)
    if driver.poll() is not None:
        return False
    driver.send_signal(signal.SIGKILL)
    return True


@pytest.mark.parametrize(
    ("executor", "workers", "kills"),
    [
        ("processes", 2, 2),
        pytest.param("processes", 4, 20, marks=pytest.mark.soak),
        pytest.param("processes", 1, 20, marks=pytest.mark.soak),
        pytest.param("processes", 2, 20, marks=pytest.mark.soak),
        pytest.param("ray", 1, 14, marks=pytest.mark.soak),
        pytest.param("ray", 2, 14, marks=pytest.mark.soak),
        pytest.param("ray", 4, 12, marks=pytest.mark.soak),
    ],
)
def test_at_random_moments(
    executor: str, workers: int, kills: int, undisturbed: bytes, tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:  # fmt: skip
    study, moment, done = Killed(tmp_path, executor=executor, workers=workers), random.Random(7), 0
    while done < kills:
        more = moment.choice((0, 0, 1, 2))
        driver = study.start()
        after_s = moment.uniform(0.0, 0.5 if more else 4.0)
        if not kill_at(driver, after_s, tmp_path, len(trainings(tmp_path)) + more):
            driver.communicate()
            break  # the search has ended: it is run again in another folder
        study.killed(driver)
        done += 1
    if done < kills:
        test_at_random_moments(executor, workers, kills - done, undisturbed, tmp_path / "more",
                               record_property)  # fmt: skip
    for name, figure in {"kills": done, **study.finish(undisturbed)}.items():
        record_property(name, figure)


@pytest.mark.parametrize(
    ("executor", "workers"),
    [
        ("processes", 2),
        *(pytest.param("ray", n, marks=pytest.mark.soak) for n in (1, 2, 4)),
    ],
)
def test_at_each_named_point(
    executor: str, workers: int, undisturbed: bytes, tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:  # fmt: skip
    study, kills = Killed(tmp_path, executor=executor, workers=workers), 0
    for place, point in enumerate(POINTS):
        both = ("before", "after")
        for when in both if executor == "ray" else (both[place % 2],):  # Ray is of the soak
            driver = study.start(point, when, 1 if point in ("suggest", "export") else 2)
            study.killed(driver)
            kills += 1
    for name, figure in {"kills": kills, **study.finish(undisturbed)}.items():
        record_property(name, figure)
