"""`model = "network"`: the module that the energy is computed for is trained."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from dse import run
from dse.mistakes import UserError
from dse.results import front
from dse.results.answer import whose_accuracy
from dse.study import parse_study
from evaluators.networks import network
from evaluators.training.models import builder

USERS = """
import torch
from torch import nn
from evaluators.networks.layers import Table

class Digits(nn.Module):
    def __init__(self, width, classes=10):
        super().__init__()
        self.norm = nn.BatchNorm2d(1)
        self.out = nn.Linear(64, width)
        self.last = nn.Linear(width, classes)

    def forward(self, images):
        return self.last(torch.relu(self.out(self.norm(images).flatten(1))))

def digits(batch_size, width=24):
    return Digits(width), torch.empty(batch_size, 1, 8, 8, device="meta")

def table(batch_size):
    net = Table("mine", batch_size)
    net.linear("only", net.image(1, 1, 8), 4)
    return net.network()

def images(batch_size):
    return nn.Conv2d(3, 8, 3), torch.empty(batch_size, 3, 32, 32)

def two(batch_size):
    return Digits(24), (torch.empty(batch_size, 1, 8, 8), torch.empty(batch_size, 7))

def few():
    return Digits(24, classes=4), torch.empty(2, 1, 8, 8)

def maps():
    return nn.Conv2d(1, 8, 3), torch.empty(2, 1, 8, 8)

def nowhere(batch_size):
    with torch.device("meta"):
        return digits(batch_size)

def model(shape, classes=10):
    return Digits(16, classes)
"""


@pytest.fixture
def users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "users_modules.py").write_text(USERS, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield
    monkeypatch.delitem(sys.modules, "users_modules", raising=False)


@pytest.mark.usefixtures("users")
def test_the_network_of_the_energy_is_the_one_that_is_built() -> None:
    module = builder("users_modules:digits")((1, 8, 8), 10)
    weights = sum(p.numel() for name, p in module.named_parameters() if "norm" not in name)
    assert weights == 64 * 24 + 24 + 24 * 10 + 10
    assert network("users_modules:digits", 4).macs() == 3 * 4 * (64 * 24 + 24 * 10)
    assert module.training
    seen = module.state_dict()["norm.num_batches_tracked"]
    assert int(seen) == 0  # trying it leaves no trace
    assert builder("users_modules:model")((1, 8, 8), 10)(torch.zeros(3, 1, 8, 8)).shape == (3, 10)


@pytest.mark.usefixtures("users")
@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("table", "a table of layers, which cannot be trained"),
        ("images", r"takes samples of shape \(3, 32, 32\), those of the data have \(1, 8, 8\)"),
        ("two", r"samples of shape \(1, 8, 8\) and \(7,\)"),
        ("few", r"must return scores of 10 classes, shape \(2, 10\), got \(2, 4\)"),
        ("maps", r"must return scores of 10 classes, .* got \(2, 8, 6, 6\)"),
        ("nowhere", "parameters without values"),
        ("absent", "has no 'absent'"),
    ],
)
def test_a_network_that_cannot_be_trained_is_told(name: str, rule: str) -> None:
    with pytest.raises(ValueError, match=rule) as told:
        builder(f"users_modules:{name}")((1, 8, 8), 10)
    assert len(str(told.value).splitlines()) == 1


def study(network_name: str) -> dict[str, object]:
    return {
        "name": "own", "space": "heterogeneous", "objectives": ["energy_j", "accuracy_loss"],
        "scenario": {
            "network": network_name,
            "training": {"model": "network", "data": "digits", "steps": 60, "seeds": 1},
        },
        "axes": {"array_rows": 32, "array_cols": 32},
        "search": {"candidates": 3, "batch": 3},
    }  # fmt: skip


@pytest.mark.usefixtures("users")
def test_a_study_trains_its_network_and_says_so(tmp_path: Path) -> None:
    asked = parse_study(study("users_modules:digits"), "own.toml")
    assert asked.scenario.training.model == "users_modules:digits"
    record = run(asked, folder=tmp_path, executor="inline")
    trained = record.candidates[0].evaluation.training
    assert trained is not None
    assert trained.accuracy > 0.5
    whose = whose_accuracy("users_modules:digits", front(record))
    assert whose == "of users_modules:digits on digits (60 steps, 1 seed)"
    named = parse_study(study("users_modules:digits") | {
        "scenario": {"network": "users_modules:digits", "training": {
            "model": "users_modules:digits", "data": "digits", "steps": 60, "seeds": 1}},
    }, "own.toml")  # fmt: skip
    assert named == asked


@pytest.mark.parametrize("name", ["resnet18", "my_layers.csv", "my_model.onnx"])
def test_tables_of_layers_are_refused_when_the_study_is_read(name: str) -> None:
    with pytest.raises(
        UserError, match=f"training.model` is network, but '{name}' is no torch module"
    ):
        parse_study(study(name), "own.toml")
