"""What no fault reaches: told once, with its share of the parameters."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from evaluators.faults import Injection, UninjectedLayerWarning, inject
from tests.unit.faults.injected import backward, profile, stepped


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


class Experts(nn.Module):
    """As newer Mixtral models: three-dimensional parameters, used by their rows."""

    def __init__(self) -> None:
        super().__init__()
        self.gate_up_proj = nn.Parameter(torch.randn(4, 8, 16))
        self.head = nn.Linear(16, 4)

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.head(x @ self.gate_up_proj[0])
        return found


class Factors(nn.Module):
    """Parameters in a list, read by einsum."""

    def __init__(self) -> None:
        super().__init__()
        self.factors = nn.ParameterList([nn.Parameter(torch.randn(8, 8)) for _ in range(2)])
        self.head = nn.Linear(8, 4)

    def forward(self, x: Tensor) -> Tensor:
        for factor in self.factors:
            x = torch.einsum("ni,io->no", x, factor)
        found: Tensor = self.head(x)
        return found


class Tied(nn.Module):
    """A language model whose output reads the embedding's weight."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(9, 8)

    def forward(self, ids: Tensor) -> Tensor:
        return functional.linear(self.embedding(ids), self.embedding.weight)


class Query(nn.Module):
    """A learned query with a leading axis of one, multiplied all the same."""

    def __init__(self) -> None:
        super().__init__()
        self.query = nn.Parameter(torch.randn(1, 3, 8))
        self.key = nn.Linear(8, 8)

    def forward(self, x: Tensor) -> Tensor:
        return torch.matmul(self.query, self.key(x).transpose(-1, -2))


class Recurrent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cell, self.head = nn.GRU(8, 8), nn.Linear(8, 4)

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.head(self.cell(x)[0])
        return found


@pytest.mark.parametrize(("make", "x", "words", "share"), [
    (Experts, torch.randn(4, 8), r"Experts \(512 of 580 parameters", 512 / 580),
    (Factors, torch.randn(4, 8), r"Factors \(128 of 164 parameters", 128 / 164),
    (Tied, torch.arange(9), r"`embedding.weight` of Embedding is an operand of `linear`", 0.0),
    (Query, torch.randn(2, 5, 8), r"`query` of Query is an operand of `matmul`.*24 of 96", 0.0),
    (Recurrent, torch.randn(3, 2, 8), r"GRU \(432 of 468 parameters, 92 %\)", 432 / 468),
])  # fmt: skip
def test_what_never_fails_is_said_once(
    make: Callable[[], nn.Module], x: Tensor, words: str, share: float
) -> None:
    def trained() -> Injection:
        model = make()
        injection = inject(model, profile(), seed=0)
        for _ in range(3):
            backward(model(x))
        return injection

    with pytest.warns(UninjectedLayerWarning, match=words) as caught:
        injection = trained()
    assert len(caught) == 1
    assert [str(each.message) for each in caught] == list(injection.warnings)
    assert injection.unfaulted_share == pytest.approx(share)


def test_norms_and_positions_are_no_matrices() -> None:
    class Own(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scale, self.shift = nn.Parameter(torch.ones(8)), nn.Parameter(torch.zeros(8))
            self.positions = nn.Parameter(torch.randn(1, 5, 8))
            self.layer_scale = nn.Parameter(torch.ones(8, 1, 1))
            self.head = nn.Linear(8, 4)

        def forward(self, x: Tensor) -> Tensor:
            found: Tensor = self.head((x + self.positions) * self.scale + self.shift)
            return found

    assert stepped(Own(), torch.randn(2, 5, 8)) == [80, 32, 40]
