"""Bad data, models and trainers: each says what is wrong, and the search goes on."""

import gzip
import os
import pickle
import struct
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from dse import front, run
from dse.mistakes import StudyError, UserError
from dse.study import parse_study
from evaluators.design import BitErrors, ErrorProfile
from evaluators.training import (
    RunStatus,
    TrainingRecipe,
    TrainingRun,
    TrainingTask,
    run_task,
    summarize,
)
from evaluators.training.data import DataSet
from evaluators.training.data_files import LOADERS, DataError, load_arrays
from evaluators.training.models import MODELS
from evaluators.training.recipe import DATA_NAMES, MODEL_NAMES

USERS = """
import time
import torch
from evaluators.training import TrainingRun, train
from evaluators.training.data import DataSet

def without_parameters(shape, classes):
    return torch.nn.Flatten()

class Raises(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(64, 10)
    def forward(self, x):
        raise RuntimeError("no such thing")

class Hangs(Raises):
    def forward(self, x):
        while True:
            time.sleep(0.01)

class Nan(Raises):
    def forward(self, x):
        return self.linear(x.flatten(1)) * float("nan")

class Wrong(Raises):
    def forward(self, x):
        return self.linear(x.flatten(1))[:, :, None]

class Recurrent(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.cell, self.out = torch.nn.GRU(8, 32, batch_first=True), torch.nn.Linear(32, 10)
    def forward(self, x):
        return self.out(self.cell(x[:, 0])[1][0])

recurrent = lambda shape, classes: Recurrent()
raises = lambda shape, classes: Raises()
hangs = lambda shape, classes: Hangs()
nan = lambda shape, classes: Nan()
wrong = lambda shape, classes: Wrong()

def labels_out_of_range():
    images = torch.zeros(4, 1, 8, 8)
    return DataSet(train_images=images, train_labels=torch.tensor([0, 1, 2, 10]),
                   test_images=images, test_labels=torch.zeros(4, dtype=torch.int64), classes=10)

def no_data_set():
    return [1, 2, 3]

def fails_with_weight_errors(profile, recipe, *, number_format, study_seed, training_seed):
    if not profile.weight.error_free:
        raise ValueError("these weights are too much for me\\nand more")
    return train(profile, recipe, number_format=number_format, study_seed=study_seed,
                 training_seed=training_seed)

def returns_nothing(profile, recipe, *, number_format, study_seed, training_seed):
    return None
"""


@pytest.fixture(autouse=True)
def users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "users_training.py").write_text(USERS, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield
    monkeypatch.delitem(__import__("sys").modules, "users_training", raising=False)


def trained(recipe: TrainingRecipe) -> TrainingRun:
    return run_task(
        TrainingTask(profile=ErrorProfile.none(8), recipe=recipe, number_format="int8",
                     study_seed=0, training_seed=0)
    )  # fmt: skip


def idx(values: np.ndarray) -> bytes:
    return bytes([0, 0, 8, values.ndim]) + struct.pack(
        f">{values.ndim}i", *values.shape
    ) + values.tobytes()  # fmt: skip


@pytest.fixture
def mnist(tmp_path: Path) -> Path:
    """A small, sound data set in torchvision's layout."""
    folder = tmp_path / "MNIST" / "raw"
    folder.mkdir(parents=True)
    random = np.random.default_rng(0)
    for part, count in (("train", 60), ("t10k", 20)):
        images = random.integers(0, 256, (count, 28, 28), dtype=np.uint8)
        labels = random.integers(0, 10, count, dtype=np.uint8)
        (folder / f"{part}-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(images)))
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(idx(labels))
    return tmp_path


def test_idx_files_plain_and_packed(mnist: Path) -> None:
    arrays = load_arrays("mnist", str(mnist))
    assert arrays.train_images.shape == (60, 1, 28, 28)
    assert arrays.train_images.dtype == np.float32
    assert arrays.test_labels.shape == (20,)
    random = np.random.default_rng(0)
    first = random.integers(0, 256, (60, 28, 28), dtype=np.uint8)[0]
    assert arrays.train_images[0, 0] == pytest.approx((first / 255.0 - 0.1307) / 0.3081, abs=1e-5)


def test_missing_data_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"set `training.data_folder` .* MNIST/raw"):
        load_arrays("mnist", str(tmp_path))
    with pytest.raises(
        DataError, match="install the Debian package dataset-fashion-mnist, or set"
    ):
        load_arrays("fashion_mnist", str(tmp_path))
    with pytest.raises(DataError, match="cifar-10-batches-py"):
        load_arrays("cifar10", str(tmp_path))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda raw: raw[: len(raw) // 2], "damaged"),
        (lambda raw: b"\x1f\x8b" + os.urandom(64), "damaged"),
        (lambda raw: gzip.compress(b"\x00\x00\x0d\x03" + bytes(40)), "no IDX file of bytes"),
        (lambda raw: gzip.compress(gzip.decompress(raw)[:-1]), "47039 bytes follow"),
        (lambda raw: gzip.compress(b""), "no IDX file"),
    ],
)
def test_damaged_idx_files_are_named(mnist: Path, damage: object, words: str) -> None:
    file = mnist / "MNIST/raw/train-images-idx3-ubyte.gz"
    file.write_bytes(damage(file.read_bytes()))  # type: ignore[operator]
    with pytest.raises(DataError, match=words) as told:
        load_arrays("mnist", str(mnist))
    assert str(file) in str(told.value)


class RunsCode:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("touch /tmp/mram-dse-was-here",)


def cifar(folder: Path) -> Path:
    target = folder / "cifar-10-batches-py"
    target.mkdir()
    random = np.random.default_rng(0)
    for name in (*(f"data_batch_{n}" for n in range(1, 6)), "test_batch"):
        batch = {
            b"data": random.integers(0, 256, (4, 3072), dtype=np.uint8),
            b"labels": [0, 1, 2, 3],
        }
        (target / name).write_bytes(pickle.dumps(batch, protocol=2))
    return target


def test_cifar_batches(tmp_path: Path) -> None:
    cifar(tmp_path)
    arrays = load_arrays("cifar10", str(tmp_path))
    assert arrays.train_images.shape == (20, 3, 32, 32)
    assert arrays.test_labels.tolist() == [0, 1, 2, 3]


def test_a_pickle_that_runs_code_is_refused(tmp_path: Path) -> None:
    target = cifar(tmp_path)
    harmless = Path("/tmp/mram-dse-was-here")
    assert not harmless.exists()
    (target / "data_batch_3").write_bytes(pickle.dumps({b"data": RunsCode()}))
    with pytest.raises(DataError, match=r"data_batch_3 is refused: it asks for .*system"):
        load_arrays("cifar10", str(tmp_path))
    assert not harmless.exists()
    (target / "data_batch_3").write_bytes(b"no pickle at all")
    with pytest.raises(DataError, match="data_batch_3 is damaged"):
        load_arrays("cifar10", str(tmp_path))


def test_labels_out_of_range() -> None:
    images = torch.zeros(2, 1, 8, 8)
    good = torch.tensor([0, 1])
    with pytest.raises(DataError, match=r"`test_labels` must lie in 0 to 1 .* got -1 to 1"):
        DataSet(train_images=images, train_labels=good, test_images=images,
                test_labels=torch.tensor([-1, 1]), classes=2)  # fmt: skip
    with pytest.raises(DataError, match="finite"):
        DataSet(train_images=images * float("nan"), train_labels=good, test_images=images,
                test_labels=good, classes=2)  # fmt: skip


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"model": "users_training:without_parameters"}, "no convolution, linear"),
        ({"model": "users_training:raises"}, "RuntimeError: no such thing"),
        ({"model": "users_training:wrong"}, "Error: "),
        ({"model": "users_training:hangs", "time_limit_s": 0.5}, "longer than `training.time_lim"),
        ({"model": "users_training:absent"}, "has no 'absent'"),
        ({"data": "users_training:labels_out_of_range"}, "`train_labels` must lie in 0 to 9"),
        ({"data": "users_training:no_data_set"}, "must return a DataSet, got list"),
        ({"trainer": "users_training:returns_nothing"}, "must return a TrainingRun, got NoneType"),
    ],
)
def test_what_the_user_brings_fails_with_its_reason(change: dict[str, object], words: str) -> None:
    recipe = replace(TrainingRecipe(data="digits", steps=10), **change)  # type: ignore[arg-type]
    told = trained(recipe)
    assert told.status is RunStatus.FAILED
    assert words in told.reason
    assert "\n" not in told.reason


def test_a_run_tells_what_is_never_faulted() -> None:
    told = trained(TrainingRecipe(data="digits", steps=10, model="users_training:recurrent"))
    assert len(told.warnings) == 1
    assert "GRU (4032 of 4362 parameters, 92 %) are never faulted" in told.warnings[0]
    assert told.unfaulted_share == pytest.approx(4032 / 4362)
    report = summarize([told, told], [told, told])
    assert report.warnings == told.warnings
    assert report.unfaulted_share == told.unfaulted_share
    plain = trained(TrainingRecipe(data="digits", steps=10))
    assert plain.warnings == ()
    assert plain.unfaulted_share == 0.0


def test_a_device_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    recipe = TrainingRecipe(data="digits", steps=10, device="cuda")
    assert "`training.device` is cuda, but PyTorch finds none" in trained(recipe).reason
    found = [trained(replace(recipe, device=device)) for device in ("auto", "cpu")]
    assert found[0] == found[1]
    assert "device" not in (found[0].versions or {})


@pytest.mark.parametrize("name", ["int16", "fp8_e4m3", "fp8_e5m2"])
def test_formats_train(name: str) -> None:
    told = run_task(
        TrainingTask(profile=ErrorProfile.none(16 if name == "int16" else 8), number_format=name,
                     recipe=TrainingRecipe(data="digits", steps=150), study_seed=0,
                     training_seed=0)
    )  # fmt: skip
    assert told.accuracy > 0.85


def test_nan_is_divergence_not_failure() -> None:
    told = trained(TrainingRecipe(data="digits", steps=10, model="users_training:nan"))
    assert told.status is RunStatus.DIVERGED
    assert told.accuracy == told.chance_accuracy
    assert told.reason == "the loss is not finite at step 0"


STUDY = {
    "name": "goes_on", "space": "heterogeneous", "objectives": ["energy_j", "accuracy_loss"],
    "scenario": {"network": "lenet5", "training": {
        "data": "digits", "steps": 20, "seeds": 1,
        "trainer": "users_training:fails_with_weight_errors"}},
    "search": {"candidates": 14, "sampler": "random", "batch": 4, "seed": 1},
}  # fmt: skip


def test_the_search_goes_on_and_says_why(tmp_path: Path) -> None:
    record = run(parse_study(STUDY, "x.toml"), folder=tmp_path, executor="inline")
    states = {c.evaluation.status.value for c in record.candidates}
    assert {"ok", "failed"} <= states
    for candidate in record.candidates:
        if candidate.evaluation.status.value == "failed":
            assert candidate.evaluation.reason == "ValueError: these weights are too much for me"
    assert front(record).candidates


def test_missing_data_is_told_before_anything_starts(tmp_path: Path) -> None:
    recipe = {"data": "mnist", "data_folder": str(tmp_path), "steps": 10}
    study = parse_study({**STUDY, "scenario": {"network": "lenet5", "training": recipe}}, "x.toml")
    with pytest.raises(UserError, match="is not on this machine"):
        run(study, folder=tmp_path / "results", executor="inline")
    assert not (tmp_path / "results").exists()


def test_unknown_names_are_mistakes_of_the_study() -> None:
    recipe = {"data": "fashion", "model": "resnet9"}
    with pytest.raises(StudyError) as told:
        parse_study({**STUDY, "scenario": {"network": "lenet5", "training": recipe}}, "x.toml")
    assert "did you mean 'fashion_mnist'" in str(told.value)
    assert "did you mean 'resnet8'" in str(told.value)
    assert tuple(LOADERS) == DATA_NAMES
    assert tuple(MODELS) == MODEL_NAMES


def test_measured_bits_move_the_write_energy(tmp_path: Path) -> None:
    def energies(statistics: str) -> list[float]:
        study = parse_study({
            **STUDY, "name": statistics,
            "scenario": {"network": "lenet5", "memory": {"bit_statistics": statistics},
                         "training": {"data": "digits", "steps": 20, "seeds": 1}},
            "search": {"candidates": 2},
        }, "x.toml")  # fmt: skip
        record = run(study, folder=tmp_path, executor="inline")
        return [c.evaluation.energy.write_energy_j for c in record.candidates
                if c.evaluation.energy]  # fmt: skip

    given, measured = energies("given"), energies("measured")
    assert given[0] == measured[0] == 0.0  # SRAM
    assert 0.7 < measured[1] / given[1] < 1.1
    assert measured[1] != given[1]


def test_low_bits_of_errors_are_a_trap() -> None:
    """A flipped low bit of a zero is always positive; with all bits the sign bit balances it, and
    in sign-magnitude a sign at random does."""

    def loss(bits: int, **choice: object) -> float:
        rates = (0.05,) * bits + (0.0,) * (8 - bits)
        profile = replace(ErrorProfile.none(8), error=BitErrors(to_one=rates, to_zero=rates))
        recipe = TrainingRecipe(data="digits", steps=200, old_content_error="flip", **choice)  # type: ignore[arg-type]
        found = [
            run_task(TrainingTask(profile=p, recipe=recipe, number_format="int8", study_seed=0,
                                  training_seed=0)).accuracy
            for p in (ErrorProfile.none(8), profile)
        ]  # fmt: skip
        return found[0] - found[1]

    trapped = loss(6)
    assert trapped > loss(8) + 0.1
    signed = {"encoding": "sign_magnitude"}
    assert loss(6, **signed) > loss(6, **signed, random_zero_sign=True) + 0.1
