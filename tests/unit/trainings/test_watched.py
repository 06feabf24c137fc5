"""A worker finds libraries before the user's files, and its reason for ending is told."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dse.study.resources import ONE_CPU
from dse.study.user_code import search_path
from dse.trainings import made_with, watched
from dse.trainings.watched import Place
from evaluators.design import ErrorProfile
from evaluators.training import RunStatus, TrainingRecipe, TrainingRun, TrainingTask

TRAINER = """
import random, string, json, numpy
from evaluators.training import RunStatus, TrainingRun

def train(profile, recipe, *, training_seed, **_):
    assert random.random() < 1.0 and numpy.zeros(1).sum() == 0.0 and json.loads("1") == 1
    return TrainingRun(status=RunStatus.OK, training_seed=training_seed, accuracy=0.5,
                       chance_accuracy=0.1, loss=0.5)
"""
SHADOWS = ("random", "string", "numpy", "pickle", "types", "evaluators", "dse", "json")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.chdir(tmp_path)
    made = Place(ONE_CPU)
    yield made
    made.close()


def trained(place: Place, trainer: str = "my_trainer:train") -> TrainingRun:
    return place.run(TrainingTask(
        profile=ErrorProfile.none(8), recipe=TrainingRecipe(trainer=trainer), number_format="int8",
        study_seed=0, training_seed=0,
    ))  # fmt: skip


@pytest.mark.parametrize("by", ["folder", "PYTHONPATH", "empty entry", "sys.path"])
def test_no_file_of_the_user_takes_the_place_of_a_library(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    (tmp_path / "my_trainer.py").write_text(TRAINER)
    for name in SHADOWS:
        (tmp_path / f"{name}.py").write_text("raise SystemExit('a file of the user')")
    match by:
        case "PYTHONPATH":
            monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        case "empty entry":
            monkeypatch.setattr(sys, "path", ["", *sys.path])
        case "sys.path":
            monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    assert search_path()[-1] == str(tmp_path)
    run = trained(place)
    assert (run.status, run.reason) == (RunStatus.OK, "")


BROKEN = {
    "a library that raises": ("numpy.py", "raise ImportError('libblas is missing')",
                              "ImportError: libblas is missing"),
    "a start that exits": ("numpy.py", "import sys; sys.exit('no licence')", "no licence"),
    "words of a library in C": (
        "numpy.py", "import os; os.write(2, b'GLIBC_9 not found\\n'); os._exit(3)",
        "exit code 3: GLIBC_9 not found"),
}  # fmt: skip


@pytest.mark.parametrize("told", BROKEN.values(), ids=BROKEN.keys())
def test_why_a_worker_does_not_start_is_in_the_reason(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: tuple[str, str, str]
) -> None:
    name, content, wanted = told
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / name).write_text(content)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "elsewhere"))
    monkeypatch.setattr(sys, "path", [str(tmp_path / "elsewhere"), *sys.path])
    monkeypatch.setattr(watched, "ATTEMPTS", 1)
    run = trained(place)
    assert run.status is RunStatus.FAILED
    assert wanted in run.reason
    assert "its worker was lost 1 times" in run.reason


def test_what_trainings_print_is_not_kept(place: Place, tmp_path: Path) -> None:
    loud = TRAINER.replace(
        "    assert", "    import sys; sys.stderr.write('x' * 10**7)\n    assert"
    )
    (tmp_path / "my_trainer.py").write_text(loud)
    assert trained(place).status is RunStatus.OK
    assert place.worker is not None
    place.worker._words.seek(0, 2)
    assert place.worker._words.tell() < 10**5


def test_a_worker_says_with_what_it_trains_where_that_is_not_as_its_driver(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_trainer.py").write_text(TRAINER)
    told = []
    for driver in (made_with(), {**made_with(), "cpu": "another"}):
        place = Place(ONE_CPU, driver)
        told.append(trained(place).versions)
        place.close()
    assert told == [None, made_with()]
