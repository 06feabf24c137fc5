"""Models that others wrote: in place, in other types, by keyword, strided, normalised."""

import copy
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import parametrizations

from evaluators.design import DataKind
from evaluators.faults import inject
from tests.unit.faults.injected import FREE, backward, counts, gradients, profile, stepped


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


class Does(nn.Module):
    """A layer, then something done to its output."""

    def __init__(self, layer: nn.Module, do: Callable[[Tensor], Any]) -> None:
        super().__init__()
        self.layer, self.do = layer, do

    def forward(self, x: Tensor) -> Any:
        return self.do(self.layer(x))


def first_row_cleared(y: Tensor) -> Tensor:
    y[:, 0] = 0.0
    return y


IN_PLACE: dict[str, tuple[Callable[[Tensor], Tensor], Callable[[Tensor], Tensor]]] = {
    "relu": (torch.relu_, torch.relu),
    "hardswish": (lambda y: functional.hardswish(y, inplace=True), functional.hardswish),
    "dropout": (lambda y: functional.dropout(y, 0.0, inplace=True), lambda y: y),
    "add": (lambda y: y.add_(1.0), lambda y: y + 1.0),
    "slice": (first_row_cleared, lambda y: first_row_cleared(y.clone())),
    "masked": (lambda y: y.masked_fill_(y > 0, 0.5), lambda y: y.masked_fill(y > 0, 0.5)),
    "twice": (lambda y: y.mul_(2.0).relu_(), lambda y: (y * 2.0).relu()),
}
LAYERS: dict[str, tuple[Callable[[], nn.Module], Callable[[], Tensor]]] = {
    "linear": (lambda: nn.Linear(8, 6), lambda: torch.randn(4, 8)),
    "linear of tokens": (lambda: nn.Linear(8, 6), lambda: torch.randn(2, 3, 8)),
    "convolution": (lambda: nn.Conv2d(3, 4, 3), lambda: torch.randn(2, 3, 6, 6)),
    "in one dimension": (lambda: nn.Conv1d(3, 4, 3), lambda: torch.randn(2, 3, 6)),
    "embedding": (lambda: nn.Embedding(9, 8), lambda: torch.randint(0, 9, (4,))),
}


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("name", IN_PLACE)
def test_in_place_operations_are_only_a_saving_of_memory(name: str, layer: str) -> None:
    make, inputs = LAYERS[layer]
    plain, x = make(), inputs()
    found, written = [], []
    for do in IN_PLACE[name]:
        model = Does(copy.deepcopy(plain), do)
        injection = inject(model, FREE, seed=0)
        backward(model(x))
        found.append(gradients(model))
        written.append(counts(injection))
    assert written[0] == written[1]
    assert written[0][2] > 0
    assert all(torch.equal(a, b) for a, b in zip(*found, strict=True))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_floating_types(dtype: torch.dtype) -> None:
    model = nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 4)).to(dtype)
    x = torch.randn(4, 8).to(dtype).requires_grad_()
    assert stepped(model, x) == [64, 96, 48]
    assert all(each.dtype == dtype for each in [*gradients(model), x.grad] if each is not None)


def test_autocast() -> None:
    def mixed(model: nn.Module, x: Tensor) -> Tensor:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            found: Tensor = model(x)
            return found

    model = nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 4))
    assert stepped(model, torch.randn(4, 8), call=mixed) == [64, 96, 48]
    assert all(each.dtype == torch.float32 for each in gradients(model))
    attention = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(64, 4))
    assert stepped(attention, torch.randn(2, 3, 6, 6), call=mixed) == [344, 364, 136]


def test_empty_tensors() -> None:
    assert stepped(nn.Linear(8, 4), torch.randn(0, 8)) == [0, 32, 0]
    assert stepped(nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(inplace=True)),
                   torch.randn(0, 3, 6, 6)) == [0, 108, 0]  # fmt: skip
    model = nn.Sequential(nn.Embedding(9, 8), nn.Linear(8, 2))
    assert stepped(model, torch.zeros(2, 0, dtype=torch.int64)) == [0, 88, 0]


class ByKeyword(nn.Module):
    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.layer(input=x)
        return found


@pytest.mark.parametrize(("layer", "x"), [
    (lambda: nn.Linear(8, 4), torch.randn(4, 8)),
    (lambda: nn.Conv2d(3, 4, 3), torch.randn(2, 3, 6, 6)),
    (lambda: nn.ConvTranspose2d(3, 4, 3), torch.randn(2, 3, 6, 6)),
    (lambda: nn.Embedding(9, 4), torch.arange(9)),
])  # fmt: skip
def test_layers_called_by_keyword(layer: Callable[[], nn.Module], x: Tensor) -> None:
    plain, named = layer(), layer()
    assert stepped(ByKeyword(named), x) == stepped(plain, x)


class Pair(NamedTuple):
    first: Tensor
    second: Tensor | None


@dataclass(frozen=True)
class Told:
    hidden: Tensor
    size: int


class Odd(nn.Linear):
    """A linear layer that returns more than its product, as sharded ones do."""

    shape: Any = None

    def forward(self, x: Tensor, scale: float = 1.0) -> Any:
        return type(self).shape(super().forward(x) * scale, self)


SHAPES: dict[str, tuple[Any, Any]] = {
    "tuple with its bias": (lambda y, own: (y, own.bias), lambda out: out[0]),
    "tuple with None": (lambda y, own: (y, None), lambda out: out[0]),
    "list": (lambda y, own: [y], lambda out: out[0]),
    "mapping": (lambda y, own: OrderedDict(y=y, n=3), lambda out: out["y"]),
    "named tuple": (lambda y, own: Pair(y, None), lambda out: out.first),
    "data class": (lambda y, own: Told(y, 3), lambda out: out.hidden),
    "nested": (lambda y, own: {"a": [(y, 1)]}, lambda out: out["a"][0][0]),
}


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("at", ["inputs", "outputs"])
def test_layers_with_other_outputs(name: str, at: Any) -> None:
    shape, take = SHAPES[name]

    class Shaped(Odd):
        pass

    Shaped.shape = staticmethod(shape)
    model = Does(Shaped(8, 4), take)
    injection = inject(model, profile(0.3), seed=0, activations_at=at)
    backward(model(torch.randn(4, 8)))
    assert counts(injection) == [32 if at == "inputs" else 16, 32, 16]
    assert injection.hits[DataKind.ERROR].to_one.sum() > 0


def test_an_input_handed_through_is_no_error_of_the_layer() -> None:
    class Passes(nn.Linear):
        def forward(self, x: Tensor) -> Any:
            return super().forward(x), x.view(-1), x

    model = Does(Passes(8, 4), lambda out: out[0].sum() + out[1].sum() + out[2].sum())
    injection = inject(model, FREE, seed=0)
    x = torch.randn(4, 8, requires_grad=True)
    torch.autograd.backward(model(x))
    assert counts(injection)[1] == 32
    assert counts(injection)[2] >= 16


NORMS: dict[str, Callable[[nn.Module], nn.Module]] = {
    "weight norm": parametrizations.weight_norm,
    "spectral norm": parametrizations.spectral_norm,
    "orthogonal": parametrizations.orthogonal,
    "older weight norm": nn.utils.weight_norm,
    "older spectral norm": nn.utils.spectral_norm,
}


@pytest.mark.filterwarnings("ignore:.*weight_norm.*is deprecated:FutureWarning")
@pytest.mark.parametrize("alone", [False, True])
@pytest.mark.parametrize("name", NORMS)
def test_normalised_weights_are_written_as_plain_ones(name: str, alone: bool) -> None:
    first = NORMS[name](nn.Linear(8, 8))
    model = nn.Sequential(first) if alone else nn.Sequential(first, nn.Linear(8, 4))
    before = {key: each.clone() for key, each in model.state_dict().items()}
    keys, x = list(before), torch.randn(4, 8)
    model.eval()
    plain = model(x).detach()
    model.train()
    injection = inject(model, profile(0.02), seed=0)
    backward(model(x))
    assert counts(injection) == ([32, 64, 32] if alone else [64, 96, 48])
    assert injection.hits[DataKind.WEIGHT].to_one.sum() > 0
    assert len(gradients(model)) == len(list(model.parameters()))
    assert list(model.state_dict()) == keys
    injection.remove()
    model.load_state_dict(before)
    model.eval()
    torch.testing.assert_close(model(x), plain)


def last(model: nn.Module) -> nn.Module:
    """With channels last."""
    return model.to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]


STRIDED: dict[str, tuple[Callable[[], nn.Module], Tensor, list[int]]] = {
    "channels last": (lambda: last(nn.Conv2d(3, 4, 3)),
                      torch.randn(2, 3, 6, 6).to(memory_format=torch.channels_last),
                      [216, 108, 128]),
    "transposed input": (lambda: nn.Linear(8, 4), torch.randn(8, 5).t(), [40, 32, 20]),
    "expanded input": (lambda: nn.Linear(8, 4), torch.randn(1, 8).expand(5, 8), [40, 32, 20]),
    "every other": (lambda: nn.Linear(8, 4), torch.randn(5, 16)[:, ::2], [40, 32, 20]),
    "three dimensions": (lambda: nn.Conv3d(2, 3, 2), torch.randn(2, 2, 3, 3, 3), [108, 48, 48]),
    "transposed": (lambda: nn.ConvTranspose1d(2, 3, 2), torch.randn(2, 2, 5), [20, 12, 36]),
    "grouped": (lambda: nn.Conv2d(4, 4, 3, groups=4), torch.randn(1, 4, 5, 5), [100, 36, 36]),
}  # fmt: skip


@pytest.mark.parametrize("name", STRIDED)
def test_layouts_and_dimensions(name: str) -> None:
    make, x, told = STRIDED[name]
    model = make()
    clean = model(x).detach()
    injection = inject(model, FREE, seed=0)
    found = model(x)
    assert found.stride() == clean.stride()
    torch.testing.assert_close(found, clean, atol=0.15, rtol=0.05)
    backward(found)
    assert counts(injection) == told


def test_a_lookup_that_shortens_its_rows_shortens_the_master() -> None:
    model = nn.Embedding(9, 8, max_norm=1.0)
    with torch.no_grad():
        model.weight.mul_(10.0)
    inject(model, FREE, seed=0)
    backward(model(torch.arange(5)))
    lengths = model.weight.detach().norm(dim=1)
    assert (lengths[:5] <= 1.0 + 1e-4).all()
    assert (lengths[5:] > 2.0).all()


def test_bags_of_embeddings_are_looked_up() -> None:
    model = nn.EmbeddingBag(9, 8, mode="sum")
    told = stepped(model, torch.arange(8).reshape(4, 2))
    assert told == [0, 72, 32]


def test_complex_activations_are_refused() -> None:
    model = Does(nn.Linear(4, 4), lambda y: y)
    inject(model, profile(), seed=0)
    with pytest.raises(TypeError, match="faults need real tensors"):
        model(torch.randn(2, 4, dtype=torch.cfloat))
