"""Where the batch is, and how a module takes its inputs: what users bring, and siblings."""

from collections import UserDict, namedtuple
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from evaluators.capture import capture
from evaluators.networks import network
from evaluators.workload import Phase
from tests.unit.odd_inputs import (
    AnyName,
    Batch,
    Detector,
    FindsNothing,
    Graph,
    Masked,
    Named,
    NoGradient,
    OneBatch,
    Silent,
    Tagger,
    Turned,
)

CASES = Path(__file__).parents[1] / "cases"
X = torch.zeros(6, 8)
Pair = namedtuple("Pair", ["x", "y"])
EDGES = torch.tensor([[0, 1, 2, 3], [1, 2, 3, 0]])


@pytest.fixture
def user(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    import sys

    before = set(sys.modules)
    yield monkeypatch
    for name in set(sys.modules) - before:
        monkeypatch.delitem(sys.modules, name)


def test_time_major_tagger_that_a_user_brought(user: pytest.MonkeyPatch) -> None:
    user.syspath_prepend(CASES / "33-capture-time-major")
    found = network("tagger:build", batch_size=32)
    assert found.batch_size == 32
    assert found.macs(Phase.FORWARD) == 35 * 32 * (4 * 128 * (64 + 128) + 128 * 20) == 112_967_680


def test_keyword_batch_that_a_user_brought(user: pytest.MonkeyPatch) -> None:
    user.syspath_prepend(CASES / "34-capture-keyword-inputs")
    assert network("kw:build", batch_size=32).macs(Phase.FORWARD) == 32 * 32


@pytest.mark.parametrize(
    ("module", "inputs", "batch_size"),
    [
        (Tagger(), torch.zeros(5, 6, dtype=torch.long), 6),
        (Turned(), torch.zeros(6, 5, 8), 6),
        (nn.LSTM(8, 4), torch.zeros(5, 6, 8), 6),
        (nn.LSTM(8, 4, batch_first=True), torch.zeros(6, 5, 8), 6),
        (nn.TransformerEncoderLayer(8, 2, 16), torch.zeros(5, 6, 8), 6),
        (nn.LSTM(8, 4), nn.utils.rnn.pack_sequence([torch.zeros(5, 8), torch.zeros(3, 8)]), 2),
        (Detector(), [torch.zeros(3, 8, 8)] * 6, 6),
        (Graph(), (torch.zeros(9, 12), EDGES), 1),
        (Graph(torch.eye(9).to_sparse()), torch.zeros(9, 12), 1),
    ],
)
def test_batch_is_found(module: nn.Module, inputs: Any, batch_size: int) -> None:
    arguments = inputs if type(inputs) is tuple else (inputs,)
    assert capture(module, *arguments).batch_size == batch_size


@pytest.mark.parametrize("device", ["cpu", "meta"])
@pytest.mark.parametrize("times", [5, 8])
def test_time_major_module_that_looks_at_values_is_carried_on(times: int, device: str) -> None:
    tokens = torch.zeros(times, 8, dtype=torch.long, device=device)
    looking, blind = (capture(Tagger(looks=looks), tokens) for looks in (True, False))
    assert looking.batch_size == blind.batch_size == 8
    for phase in Phase:
        assert looking.macs(phase) == blind.macs(phase)


@pytest.mark.parametrize(
    ("module", "inputs"),
    [
        (Named(), ({"x": X},)),
        (Named(), (UserDict(x=X),)),
        (Named(), ({"x": X, "mask": torch.ones(6, 1)},)),
        (AnyName(), ({"x": X, "labels": torch.zeros(6)},)),
        (Masked(), (X, {"mask": torch.ones(6, 1)})),
        (Masked(), (X, torch.ones(6, 1))),
        (OneBatch(), ({"x": X},)),
        (OneBatch(), (UserDict(x=X),)),
        (OneBatch(), (Batch(X),)),
        (OneBatch(), (SimpleNamespace(x=X, more=[1, "a"]),)),
        (OneBatch(), (Pair(X, None),)),
    ],
)
def test_inputs_in_containers(module: nn.Module, inputs: tuple[Any, ...]) -> None:
    found = capture(module, *inputs)
    assert found.batch_size == 6
    assert found.macs(Phase.FORWARD) == found.macs(Phase.WEIGHT_GRADIENT) == 6 * 32


def test_inputs_are_left_as_they_were() -> None:
    batch: UserDict[str, Any] = UserDict(x=X, rest=[X])
    capture(OneBatch(), batch)
    assert batch["x"] is X
    assert not batch["rest"][0].is_meta


USERS = """
import torch
from tests.unit.odd_inputs import Detector, Graph, Masked, Tagger

def images(batch_size):
    return Detector(), [torch.zeros(3, 8, 8)] * batch_size

def nested_images(batch_size):
    return Detector(), ([torch.zeros(3, 8, 8)] * batch_size,)

def graphs(batch_size):
    nodes = 9 * batch_size + 1
    return Graph(), (torch.zeros(nodes, 12), torch.zeros(2, 40, dtype=torch.long))

def positional(batch_size):
    return Masked(), [torch.zeros(batch_size, 8), torch.ones(batch_size, 1)]

def looking(batch_size):
    return Tagger(looks=True), torch.zeros(6, batch_size, dtype=torch.long)

def deaf(batch_size):
    return Masked(), torch.zeros(3, 8)

def factory():
    return Tagger()

def example_inputs(batch_size):
    return torch.zeros(5, batch_size, dtype=torch.long)
"""


@pytest.mark.parametrize("batch_size", [1, 2, 6])
@pytest.mark.parametrize(
    "builder", ["images", "nested_images", "graphs", "positional", "looking", "factory"]
)
def test_builder_says_what_a_sample_is(
    builder: str, batch_size: int, tmp_path: Path, user: pytest.MonkeyPatch
) -> None:
    (tmp_path / "odd_users.py").write_text(USERS, encoding="utf-8")
    user.syspath_prepend(tmp_path)
    assert network(f"odd_users:{builder}", batch_size).batch_size == batch_size


def test_builder_that_does_not_follow_the_batch_is_refused(
    tmp_path: Path, user: pytest.MonkeyPatch
) -> None:
    (tmp_path / "odd_users.py").write_text(USERS, encoding="utf-8")
    user.syspath_prepend(tmp_path)
    with pytest.raises(ValueError, match=r"`batch_size` of network .* must be 32 .* got 3"):
        network("odd_users:deaf", batch_size=32)


def test_reasons_are_never_empty() -> None:
    with pytest.raises(ValueError, match=r"meta device AssertionError: .*; on real tensors Asser"):
        capture(Silent(), X)


def test_module_without_a_gradient_is_told() -> None:
    with pytest.warns(UserWarning, match="no output of NoGradient carries a gradient"):
        capture(NoGradient(), X)


def test_gradients_made_of_zeros_are_errors() -> None:
    found = capture(FindsNothing(), X)
    assert found.macs(Phase.FORWARD) == found.macs(Phase.WEIGHT_GRADIENT) == 6 * (32 + 8)
    assert found.macs(Phase.INPUT_GRADIENT) == 6 * 8


def test_detector_that_finds_nothing_has_all_phases() -> None:
    found = capture(Detector(), [torch.rand(3, 8, 8)] * 6)
    body, head = 6 * 36 * 4 * 27, 6 * 36 * 5 * 4
    assert found.macs(Phase.FORWARD) == body + head
    assert found.macs(Phase.INPUT_GRADIENT) == head
    assert found.macs(Phase.WEIGHT_GRADIENT) == body + head


def test_buffers_are_no_batch() -> None:
    class Shifted(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear = nn.Linear(8, 4)

        def forward(self, shift: Tensor, x: Tensor) -> Tensor:
            y: Tensor = self.linear(x) + shift
            return y

    assert capture(Shifted(), torch.tensor(1.0), X).batch_size == 6
