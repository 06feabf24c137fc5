"""The real command line on a study of seconds: run, look, re-rank, kill and resume, bad input."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.crashes.tools.driver import ONE_BANK

ROOT = Path(__file__).parents[2]
STUDY = (
    """
name = "tiny"
space = "heterogeneous"
objectives = ["energy_j", "accuracy_loss"]
[scenario]
network = "lenet5"
training = {{ data = "digits", steps = {steps}, seeds = 2 }}
[axes]
"""
    + ONE_BANK
    + """
[search]
candidates = 14
batch = 4
population = 4
seed = 3
"""
)


def dse(*words: str | Path, cwd: Path = ROOT) -> "subprocess.CompletedProcess[str]":
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    return subprocess.run([sys.executable, "-m", "dse", *map(str, words)], cwd=cwd, text=True,
                          capture_output=True, env={**os.environ, "PYTHONPATH": path},
                          timeout=300, check=False)  # fmt: skip


def table(study: Path, folder: Path) -> bytes:
    file = folder / "all.csv"
    told = dse("front", study, "--all", "--csv", file, "--folder", folder)
    assert told.returncode == 0, told.stderr
    return file.read_bytes()


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("study") / "tiny.toml"
    file.write_text(STUDY.format(steps=60))
    return file


@pytest.fixture(scope="module")
def finished(study: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results folder of the undisturbed run."""
    folder = tmp_path_factory.mktemp("results")
    told = dse("run", study, "--folder", folder, "--executor", "inline")
    assert told.returncode == 0, told.stderr
    assert "all-SRAM" in told.stdout
    for head in ("BUILD", "GAIN", "ACCURACY", "next:"):
        assert head in told.stdout
    return folder


def test_a_run_leaves_table_picture_and_page(study: Path, finished: Path) -> None:
    del study
    for name, start in (("front.csv", b"number,"), ("front.png", b"\x89PNG"),
                        ("front.html", b"<!doctype html>")):  # fmt: skip
        assert (finished / "tiny" / name).read_bytes().startswith(start)


def test_the_first_two_candidates_are_the_baselines(study: Path, finished: Path) -> None:
    lines = table(study, finished).decode().splitlines()
    assert len(lines) == 15
    assert lines[1].startswith("0,baseline,ok")
    assert lines[2].startswith("1,nominal,ok")


def test_other_objectives_rank_without_evaluating(study: Path, finished: Path) -> None:
    stored = (finished / "tiny" / "study.db").read_bytes()
    told = dse("front", study, "--by", "energy_j,time_s", "--folder", finished)
    assert told.returncode == 0, told.stderr
    assert "time_s" in told.stdout
    assert (finished / "tiny" / "study.db").read_bytes() == stored


def test_show_and_status(study: Path, finished: Path) -> None:
    shown = dse("show", study, "2", "--folder", finished)
    assert shown.returncode == 0, shown.stderr
    for word in ("leakage", "bound", "accuracy"):
        assert word in shown.stdout
    assert "Write error probability" in shown.stdout or "no written bit fails" in shown.stdout
    assert "done: 14" in dse("status", study, "--folder", finished).stdout


def test_report_leaves_one_page(study: Path, finished: Path, tmp_path: Path) -> None:
    told = dse("report", study, "--folder", finished, "--output", tmp_path / "r.html", "--json")
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout)["candidates"] == 14
    assert (tmp_path / "r.html").read_bytes().startswith(b"<!doctype html>")
    blocked = dse("report", study, "--folder", finished, "--output", tmp_path / "r.html" / "x")
    refused(blocked, "cannot be written")


def test_a_front_is_drawn_as_wide_as_a_column(study: Path, finished: Path, tmp_path: Path) -> None:
    file = tmp_path / "column.svg"
    told = dse("front", study, "--folder", finished, "-o", file, "--width", "3.5")
    assert told.returncode == 0, told.stderr
    assert 'width="252pt"' in file.read_text()  # 72 points an inch
    wrong = dse("front", study, "--folder", finished, "--width", "3.5")
    refused(wrong, "--width is of a figure: give -o FILE")


@pytest.mark.slow
@pytest.mark.parametrize("workers", [pytest.param(n, marks=pytest.mark.soak) for n in (1, 2)])
def test_kill_and_resume_ends_with_the_same_table(
    study: Path, finished: Path, tmp_path: Path, workers: int
) -> None:
    words = [sys.executable, "-m", "dse", "run", str(study), "--folder", str(tmp_path),
             "--workers", str(workers)]  # fmt: skip
    driver = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)  # fmt: skip
    deadline = time.monotonic() + 120
    while len(list((tmp_path / "trainings").rglob("*.json"))) < 6:
        assert driver.poll() is None, "the driver ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.05)
    driver.send_signal(signal.SIGKILL)
    driver.wait()
    kept = {f: f.stat().st_mtime_ns for f in (tmp_path / "trainings").rglob("*.json")
            if not f.name.startswith(".")}  # fmt: skip
    told = dse("run", study, "--folder", tmp_path, "--workers", str(workers))
    assert told.returncode == 0, told.stderr
    assert table(study, tmp_path) == table(study, finished)
    assert all(f.stat().st_mtime_ns == stamp for f, stamp in kept.items())


def test_more_candidates_continue_and_changed_studies_refuse(study: Path, tmp_path: Path) -> None:
    short = tmp_path / "short.toml"
    short.write_text(study.read_text().replace('"accuracy_loss"', '"area_m2"'))
    run = ("run", short, "--folder", tmp_path, "--executor", "inline")
    assert dse(*run, "--candidates", "6").returncode == 0
    assert dse(*run, "--candidates", "9").returncode == 0
    assert "done: 9" in dse("status", short, "--folder", tmp_path).stdout
    short.write_text(short.read_text().replace("seed = 3", "seed = 4"))
    told = dse(*run)
    assert told.returncode == 2
    assert "search.seed: stored 3, now 4" in told.stderr


def refused(told: "subprocess.CompletedProcess[str]", *words: str) -> None:
    assert told.returncode == 2
    assert "Traceback" not in told.stderr
    for word in words:
        assert word in told.stderr


def test_bad_input_is_refused_and_nothing_is_written(study: Path, tmp_path: Path) -> None:
    folder = tmp_path / "results"
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(study.read_text().replace("lenet5", "lenet6").replace("seed", "seeed"))
    refused(dse("run", wrong, "--folder", folder), "unknown network", "`search.seeed`")
    refused(dse("run", tmp_path / "none.toml", "--folder", folder), "no such file")
    assert not folder.exists()


def test_a_folder_that_cannot_be_written(study: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    refused(dse("run", study, "--folder", blocked / "results"), "cannot be written")


def test_a_storage_file_that_is_no_database(study: Path, tmp_path: Path) -> None:
    store = tmp_path / "tiny" / "study.db"
    store.parent.mkdir()
    store.write_text("my thesis")
    refused(dse("run", study, "--folder", tmp_path), "no SQLite database")
    assert store.read_text() == "my thesis"


def test_a_study_without_results(study: Path, tmp_path: Path) -> None:
    refused(dse("front", study, "--folder", tmp_path), "no results")
