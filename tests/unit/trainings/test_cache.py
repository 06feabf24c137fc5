"""Kept trainings are believed only where a training of that key could have written them."""

import hashlib
import json
import math
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dse import run
from dse.files import sweep, write_atomically
from dse.mistakes import UserError
from dse.store import Record, examine
from dse.study import Study, parse_study
from dse.trainings import TrainingCache, cpu_kind, made_with
from dse.trainings.cache import stamped
from evaluators.design import BitErrors, ErrorProfile
from evaluators.training import RunStatus, TrainingRecipe, TrainingRun, TrainingTask

RUN = TrainingRun(status=RunStatus.OK, training_seed=0, accuracy=0.5, chance_accuracy=0.1,
                  loss=0.5, loss_curve=(1.0, 0.5), hits_to_one={"weight": (1,) * 8})  # fmt: skip


def task(rate: float = 0.0, seed: int = 0) -> TrainingTask:
    errors = BitErrors(to_one=(rate,) * 8, to_zero=(rate,) * 8)
    profile = ErrorProfile(activation=errors, weight=errors, error=errors)
    return TrainingTask(profile=profile, recipe=TrainingRecipe(data="digits"),
                        number_format="int8", study_seed=0, training_seed=seed)  # fmt: skip


def sealed(text: str, **more: str) -> bytes:
    digest = hashlib.sha256(text.encode()).hexdigest()
    return json.dumps({"sha256": digest, "run": text, **more}).encode()


def plain(**changes: Any) -> str:
    told = {"status": "ok", "training_seed": 0, "accuracy": 0.5, "chance_accuracy": 0.1,
            "loss": 0.5, "loss_curve": [1.0]}  # fmt: skip
    return json.dumps({**told, **changes})


@pytest.fixture
def cache(tmp_path: Path) -> TrainingCache:
    kept = TrainingCache(tmp_path / "trainings")
    kept.put(task(), RUN)
    return kept


def test_what_was_kept_is_given_back(cache: TrainingCache) -> None:
    assert cache.get(task()) == RUN


def test_a_file_of_a_version_before_is_read(cache: TrainingCache) -> None:
    told = json.loads(cache.file(task()).read_text())
    del told["key"]
    cache.file(task()).write_text(json.dumps(told))
    assert cache.get(task()) == RUN


CONTENTS = {
    "a number": b"7",
    "null": b"null",
    "a list": b'["sha256", "run"]',
    "a text": b'"run"',
    "a run that is no text": json.dumps({"sha256": "", "run": {"accuracy": 0.5}}).encode(),
    "deep": b"[" * 100_000,
    "a huge number": sealed(plain(accuracy=10**400)),
    "of another version": sealed(json.dumps({"accuracy": 0.5, "epochs": 3})),
    "a field more": sealed(plain(status="better")),
    "accuracy 7": sealed(plain(accuracy=7.0)),
    "accuracy below 0": sealed(plain(accuracy=-0.1)),
    "accuracy NaN": sealed(plain(accuracy=math.nan)),
    "infinite accuracy": sealed(plain(accuracy=math.inf)),
    "chance NaN": sealed(plain(chance_accuracy=math.nan)),
    "loss NaN": sealed(plain(loss=math.nan)),
    "an infinite loss curve": sealed(plain(loss_curve=[math.inf])),
    "hits of another word": sealed(plain(hits_to_one={"weight": [1, 2]})),
    "a text for a figure": sealed(plain(accuracy="high")),
    "a failed run": sealed(plain(status="failed")),
    "of another seed": sealed(plain(training_seed=3)),
    "of another key": sealed(plain(), key="0" * 64),
    "a key that is no text": json.dumps({**json.loads(sealed(plain())), "key": 3}).encode(),
}


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS.keys())
def test_nothing_else_is_believed(cache: TrainingCache, content: bytes) -> None:
    cache.file(task()).write_bytes(content)
    assert cache.get(task()) is None
    cache.put(task(), RUN)
    assert cache.get(task()) == RUN


def test_two_files_that_were_swapped_are_not_believed(cache: TrainingCache) -> None:
    other = task(0.25)
    cache.put(other, replace(RUN, accuracy=0.2))
    one, two = cache.file(task()).read_bytes(), cache.file(other).read_bytes()
    cache.file(task()).write_bytes(two)
    cache.file(other).write_bytes(one)
    assert (cache.get(task()), cache.get(other)) == (None, None)


def no_file(file: Path) -> None:
    os.mkfifo(file)


def to_device(file: Path) -> None:
    file.symlink_to("/dev/zero")


def in_a_circle(file: Path) -> None:
    file.symlink_to(file)


def too_large(file: Path) -> None:
    with file.open("wb") as stream:
        stream.truncate(2**40)


@pytest.mark.parametrize("make", [no_file, to_device, in_a_circle, too_large])
def test_only_regular_files_are_read(cache: TrainingCache, make: Callable[[Path], None]) -> None:
    file = cache.file(task())
    file.unlink()
    make(file)
    assert cache.get(task()) is None
    cache.put(task(), RUN)
    assert cache.get(task()) == RUN
    assert file.is_file()


CALLS: list[int] = []


def trainer(profile: Any, recipe: Any, *, training_seed: int, **_: Any) -> TrainingRun:
    CALLS.append(training_seed)
    return replace(RUN, training_seed=training_seed, hits_to_one=None)


def study(name: str = "x") -> Study:
    return parse_study({
        "name": name, "space": "homogeneous", "objectives": ["energy_j", "accuracy_loss"],
        "scenario": {"network": "lenet5",
                     "training": {"trainer": f"{__name__}:trainer", "seeds": 1}},
        "axes": {"array_rows": 32, "array_cols": 32},
        "search": {"candidates": 2, "strategy": "joint"},
    }, "x.toml")  # fmt: skip


def searched(folder: Path, name: str = "x") -> Record:
    return run(study(name), folder=folder, executor="inline")


def kept(folder: Path) -> list[Path]:
    return sorted((folder / "trainings").rglob("*.json"))


def test_the_doctor_says_what_is_not_believed_and_a_run_trains_it_again(tmp_path: Path) -> None:
    searched(tmp_path)
    file = kept(tmp_path)[0]
    file.write_bytes(sealed(plain(accuracy=7.0)))
    (found,) = [f for f in examine(study(), tmp_path) if f.what == "trainings"]
    assert (found.state, str(file) in found.told) == ("bad", True)
    before = len(CALLS)
    again = searched(tmp_path, "y")
    assert len(CALLS) == before + 1
    assert all(c.evaluation.training is None or c.evaluation.training.accuracy == 0.5
               for c in again.candidates)  # fmt: skip


@pytest.mark.parametrize("what", ["file", "folder around it"])
def test_what_stands_in_the_way_is_named_before_anything_is_trained(
    tmp_path: Path, what: str
) -> None:
    searched(tmp_path)
    file = kept(tmp_path)[0]
    file.unlink()
    if what == "file":
        file.mkdir()
    else:
        file.parent.rmdir()
        file.parent.write_text("mine")
    before = len(CALLS)
    with pytest.raises(UserError) as told:
        searched(tmp_path, "y")
    assert len(CALLS) == before
    assert str(file if what == "file" else file.parent) in str(told.value)
    assert "move" in str(told.value)
    assert "room" not in str(told.value)
    assert len(str(told.value).splitlines()) == 1


def test_what_a_killed_driver_left_half_written_is_swept(tmp_path: Path) -> None:
    searched(tmp_path)
    before = [*kept(tmp_path), *(tmp_path / "x").iterdir()]
    home = kept(tmp_path)[0].parent
    left = [home / ".0a.json.abcdefg1", tmp_path / "x" / ".front.csv.abcdefg2"]
    own = [home / ".notes.json", home / ".0a.json.abc", home / "0a.json.abcdefg1",
           tmp_path / "x" / ".notes.txt.abcdefgh"]  # fmt: skip
    for file in (*left, *own):
        file.write_text("half")
        os.utime(file, (1e9, 1e9))
    searched(tmp_path)
    assert [file.exists() for file in left] == [False, False]
    assert all(file.exists() for file in (*own, *before))


def test_what_another_driver_writes_now_is_not_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later, swept = time.time() + 60, []
    flush = os.fsync

    def meanwhile(handle: int) -> None:
        swept.append(sweep(tmp_path, later))
        flush(handle)

    monkeypatch.setattr("dse.files.os.fsync", meanwhile)
    write_atomically(tmp_path / "a.json", b"whole")
    assert (tmp_path / "a.json").read_bytes() == b"whole"
    assert set(swept) == {0}
    (tmp_path / ".a.json.abcdefgh").write_text("half")
    assert sweep(tmp_path, 0.0) == 0  # younger
    assert sweep(tmp_path, later) == 1


ELSEWHERE = {**made_with(), "cpu": "aarch64 ASIMD", "torch": "2.9.9"}


def test_what_another_kind_of_worker_made_is_kept_for_drivers_like_it(
    cache: TrainingCache, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    other = task(0.25)
    told = stamped(RUN, {**made_with(), "torch": "2.9.9"})
    assert told.versions is not None
    assert told.versions["cpu"] == made_with()["cpu"]
    assert stamped(RUN, made_with()) == RUN
    run_elsewhere = replace(RUN, versions=ELSEWHERE)
    for _ in range(2):
        cache.put(other, run_elsewhere)
    assert cache.get(other) is None
    assert caplog.text.count("trainings come from workers with torch 2.9.9 (here ") == 1
    monkeypatch.setattr("dse.trainings.cache.made_with", lambda: ELSEWHERE)
    assert cache.get(other) == run_elsewhere


@pytest.mark.parametrize("versions", [None, {}, {"torch": "of my own"}, made_with()])
def test_what_a_trainer_says_of_versions_decides_nothing(
    cache: TrainingCache, versions: dict[str, str] | None
) -> None:
    cache.put(task(0.25), replace(RUN, versions=versions))
    assert cache.get(task(0.25)) == replace(RUN, versions=versions)


def test_the_kind_of_cpu_is_known_without_numpys_private_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import numpy._core._multiarray_umath as private

    wanted = cpu_kind.__wrapped__()
    monkeypatch.delattr(private, "__cpu_features__")
    assert cpu_kind.__wrapped__() == wanted
