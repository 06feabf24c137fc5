"""The real command line as a process of its own, on a study of milliseconds."""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from dse.testing.samplers import ONE_ORGANISATION

ROOT = Path(__file__).parents[3]
ONE_BANK = "\n".join(f"{axis} = {value}" for axis, value in ONE_ORGANISATION.items())
"""Axes of a study that is solved in no time."""

STUDY = (
    """
name = "brief"
space = "heterogeneous"
objectives = ["energy_j", "accuracy_loss"]
{storage}
[scenario]
network = "lenet5"
training = {{ trainer = "tests.end_to_end.stub_trainer:{trainer}", seeds = 2 }}
[axes]
array_rows = [16, 64]
array_cols = [32]
"""
    + ONE_BANK
    + """
activation_capacity_bytes = [1048576, 4194304]
weight_capacity_bytes = [1048576, 4194304]
error_capacity_bytes = [1048576, 4194304]
[search]
candidates = {candidates}
batch = 5
population = 6
seed = 5
"""
)


def study_file(folder: Path, *, storage: str = "", candidates: int = 22,
               trainer: str = "quick") -> Path:  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "brief.toml"
    line = f'storage = "{storage}"' if storage else ""
    file.write_text(STUDY.format(storage=line, candidates=candidates, trainer=trainer))
    return file


def dse(*words: str | Path, environment: dict[str, str] | None = None,
        folder: Path = ROOT) -> "subprocess.Popen[str]":  # fmt: skip
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    told = {**os.environ, "PYTHONPATH": path, **(environment or {})}
    return subprocess.Popen([sys.executable, "-m", "dse", *map(str, words)], cwd=folder, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=told)  # fmt: skip


def ended(driver: "subprocess.Popen[str]", code: int = 0) -> tuple[str, str]:
    """What it printed, after it ended with `code` and without a traceback.

    What it says of its progress is no message and left out.
    """
    out, told = driver.communicate(timeout=180)
    assert driver.returncode == code, told
    assert "Traceback" not in told
    lines = told.splitlines(keepends=True)
    return out, "".join(line for line in lines if not line.startswith("brief: "))


def run(
    file: Path, *words: str | Path, environment: dict[str, str] | None = None
) -> "subprocess.Popen[str]":
    """A driver; `words` are its folder, or all of its options."""
    if len(words) == 1:
        words = ("--folder", *words, "--executor", "processes", "--workers", "1")
    return dse("run", file, *words, environment=environment)


def table(file: Path, folder: Path) -> bytes:
    """The whole table as it is exported."""
    csv = folder / "all.csv"
    ended(dse("front", file, "--all", "--csv", csv, "--folder", folder))
    return csv.read_bytes()


def wait_until(met: Callable[[], bool], driver: "subprocess.Popen[str] | None" = None) -> None:
    """Wait for what a driver does; fails if it ends before."""
    deadline = time.monotonic() + 120
    while not met():
        if driver is not None:
            assert driver.poll() is None, driver.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)


def trainings(folder: Path) -> dict[Path, int]:
    """The finished ones, and when each was written."""
    found = (folder / "trainings").rglob("*.json")
    return {f: f.stat().st_mtime_ns for f in found if not f.name.startswith(".")}


def trained(driver: "subprocess.Popen[str]", folder: Path, count: int) -> None:
    """Wait until a driver has finished so many trainings."""
    wait_until(lambda: len(trainings(folder)) >= count, driver)


def stored(folder: Path) -> int:
    """How many candidates a study's file holds."""
    file = folder / "brief" / "study.db"
    if not file.exists():
        return 0
    with closing(sqlite3.connect(file, timeout=30)) as database:
        try:
            (count,) = database.execute("SELECT COUNT(*) FROM trials").fetchone()
        except sqlite3.OperationalError:
            return 0  # its tables are not made yet
        return int(count)
