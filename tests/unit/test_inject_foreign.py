"""Models that others wrote: in place, in other types, by keyword, copied, saved, normalised."""

import copy
import io
import warnings
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import parametrizations

from evaluators.design import BitErrors, DataKind, ErrorProfile
from evaluators.faults import Injection, UninjectedLayerWarning, inject

FREE = ErrorProfile.none(8)


def profile(rate: float = 1e-3) -> ErrorProfile:
    errors = BitErrors(to_one=(rate,) * 8, to_zero=(rate,) * 8)
    return ErrorProfile(activation=errors, weight=errors, error=errors)


def counts(injection: Injection) -> list[int]:
    """Activations, weights and errors that were written."""
    return [injection.hits[kind].values_written for kind in DataKind]


def backward(output: Tensor) -> None:
    torch.autograd.backward(output.float().square().mean())


def stepped(model: nn.Module, *inputs: Any, call: Any = None, rate: float = 1e-3) -> list[int]:
    injection = inject(model, profile(rate), seed=0)
    backward(call(model, *inputs) if call else model(*inputs))
    return counts(injection)


def gradients(model: nn.Module) -> list[Tensor]:
    return [each.grad for each in model.parameters() if each.grad is not None]


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


ATTEND: dict[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
    "operators": lambda q, k, v: torch.softmax(q @ k.transpose(1, 2), -1) @ v,
    "einsum": lambda q, k, v: torch.einsum(
        "bts,bsd->btd", torch.softmax(torch.einsum("btd,bsd->bts", q, k), -1), v),
    "einsum of a list": lambda q, k, v: torch.einsum(
        "bts,bsd->btd", [torch.softmax(torch.einsum("btd,bsd->bts", [q, k]), -1), v]),
    "keywords": lambda q, k, v: torch.matmul(
        input=torch.softmax(torch.matmul(q, other=k.transpose(1, 2)), -1), other=v),
    "bmm": lambda q, k, v: torch.softmax(q.bmm(mat2=k.transpose(1, 2)), -1).bmm(v),
    "baddbmm": lambda q, k, v: torch.bmm(torch.softmax(torch.baddbmm(
        torch.zeros(1, 5, 5), batch1=q, batch2=k.transpose(1, 2)), -1), v),
}  # fmt: skip


@pytest.mark.parametrize("name", ATTEND)
def test_attention_however_it_is_written(name: str) -> None:
    class Own(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.qkv = nn.Linear(16, 48)

        def forward(self, x: Tensor) -> Tensor:
            q, k, v = self.qkv(x).chunk(3, dim=-1)
            return ATTEND[name](q, k, v)

    # input, three operands and the scores; projection, scores and result
    assert stepped(Own(), torch.randn(2, 5, 16)) == [160 + 3 * 160 + 50, 768, 480 + 50 + 160]


@pytest.mark.parametrize("by_keyword", [False, True])
def test_fused_attention_by_keyword(by_keyword: bool) -> None:
    class Own(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.qkv = nn.Linear(16, 48)
            self.mix = nn.MultiheadAttention(16, 2, batch_first=True)

        def forward(self, x: Tensor) -> Tensor:
            q, k, v = self.qkv(x).chunk(3, dim=-1)
            if by_keyword:
                y = functional.scaled_dot_product_attention(query=q, key=k, value=v)
                out: Tensor = self.mix(query=y, key=y, value=y)[0]
            else:
                y = functional.scaled_dot_product_attention(q, k, v)
                out = self.mix(y, y, y)[0]
            return out

    fused = [160 + 480, 768, 480 + 160]
    own = [160 + 480 + 2 * 2 * 25 + 160, 4 * 256, 480 + 2 * 2 * 25 + 160 + 160]
    told = [a + b for a, b in zip(fused, own, strict=True)]
    assert stepped(Own(), torch.randn(2, 5, 16)) == told


def test_the_gradient_of_a_gradient() -> None:
    """A gradient penalty trains the weights as in the quantised model, and near the plain one."""

    def penalty(model: Callable[[Tensor], Tensor], weights: Sequence[Tensor]) -> list[float]:
        x = torch.tensor([[2.0]], requires_grad=True)
        (slope,) = torch.autograd.grad(model(x).sum(), x, create_graph=True)
        found = torch.autograd.grad((slope**2).sum(), weights)
        return [float(each) for each in found]

    model = nn.Sequential(nn.Linear(1, 1, bias=False), nn.Tanh(), nn.Linear(1, 1, bias=False))
    for place, value in ((0, 0.5), (2, 0.25)):
        nn.init.constant_(model.get_parameter(f"{place}.weight"), value)
    weights = list(model.parameters())
    plain = penalty(model, weights)
    assert plain == pytest.approx([-0.00577, 0.02205], abs=1e-5)
    inject(model, FREE, seed=0)
    assert penalty(model, weights) == pytest.approx(plain, abs=1e-3)


def test_evaluation_neither_fails_nor_moves_a_scale() -> None:
    model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
    x = torch.randn(32, 64)
    injection = inject(model, profile(0.1), seed=0)
    model.eval()
    with torch.no_grad():
        early = model(x)  # before any scale is known
        assert torch.equal(model(x), early)
    assert counts(injection) == [0, 0, 0]
    model.train()
    backward(model(x))
    written = counts(injection)
    model.eval()
    with torch.no_grad():
        told = model(x)
        for _ in range(40):
            injection.advance()
            model(100.0 * x)
        assert torch.equal(model(x), told)
    backward(model(x))
    assert counts(injection) == written
    twin = copy.deepcopy(model).train()
    assert not torch.equal(told, twin(x))


def test_evaluated_transformers_compute_as_in_training() -> None:
    layer = nn.TransformerEncoderLayer(16, 2, 32, dropout=0.0, batch_first=True)
    model, x = nn.TransformerEncoder(layer, 2), torch.randn(2, 5, 16)
    injection = inject(model, FREE, seed=0)
    told = model(x)
    written = counts(injection)
    with torch.no_grad():
        assert torch.equal(model.eval()(x), told)
    assert counts(injection) == written


def nets() -> nn.Sequential:
    return nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))


def test_copies_and_files_have_no_faults_and_the_plain_keys() -> None:
    model, plain, x = nets(), nets(), torch.randn(8, 64)
    keys = list(plain.state_dict())
    injection = inject(model, profile(0.1), seed=0)
    told = copy.deepcopy(model)
    assert torch.equal(told(x), told(x))
    file = io.BytesIO()
    torch.save(model, file)
    file.seek(0)
    loaded = torch.load(file, weights_only=False)
    assert torch.equal(loaded(x), told(x))
    assert list(model.state_dict()) == list(loaded.state_dict()) == keys
    average = torch.optim.swa_utils.AveragedModel(model)
    average.update_parameters(model)
    assert torch.equal(average(x), average(x))
    model.load_state_dict(plain.state_dict())
    plain.load_state_dict(model.state_dict())
    assert counts(injection) == [0, 0, 0]
    assert not torch.equal(model(x), model(x))
    inject(told, profile(0.1), seed=0)
    assert not torch.equal(told(x), told(x))


def test_faults_that_are_in_already() -> None:
    model = nn.Sequential(OrderedDict(encoder=nets()))
    injection = inject(model.encoder, profile(), seed=0)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"faults are in `encoder.0` \(Linear\) already"):
        inject(model, profile(), seed=1)
    injection.remove()
    inject(model, profile(), seed=1)


def test_removing_leaves_nothing_behind() -> None:
    model = nn.Sequential(nn.Conv2d(1, 3, 3), nn.MultiheadAttention(4, 2), nets())
    told = copy.deepcopy(model)

    def state(module: nn.Module) -> list[Any]:
        return [
            (name, sorted(part.__dict__), list(part._parameters), type(part),
             len(part._forward_hooks) + len(part._forward_pre_hooks))
            for name, part in module.named_modules()
        ]  # fmt: skip

    names = [name for name, _ in model.named_parameters()]
    injection = inject(model, profile(), seed=0)
    assert [name for name, _ in model.named_parameters()] == names
    backward(model[2](torch.randn(2, 64)))
    injection.remove()
    assert state(model) == state(told)
    assert [name for name, _ in model.named_parameters()] == names


def test_looking_at_a_weight_writes_nothing() -> None:
    model = nets()
    injection = inject(model, profile(0.1), seed=0)
    master = model.get_parameter("0.weight")
    for _ in range(3):
        assert model[0].weight is master
    assert counts(injection) == [0, 0, 0]
    with pytest.raises(RuntimeError, match="shapes"):
        model(torch.randn(4, 7))
    assert model[0].weight is master


def test_shared_weights_and_gathered_gradients() -> None:
    model = nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 8))
    model[2].weight = model[0].weight
    assert stepped(model, torch.randn(4, 8)) == [64, 128, 64]
    whole, parts = (nn.Linear(8, 4), nn.Linear(8, 4))
    parts.load_state_dict(whole.state_dict())
    x = torch.randn(6, 8)
    first = inject(whole, profile(0.0), seed=0)
    second = inject(parts, profile(0.0), seed=0)
    torch.autograd.backward(whole(x).sum())
    for part in torch.split(x, 2):
        torch.autograd.backward(parts(part).sum())
    assert counts(first) == [48, 32, 24]
    assert counts(second) == [48, 96, 24]
    torch.testing.assert_close(gradients(whole)[0], gradients(parts)[0], atol=0.1, rtol=0.0)


def test_without_gradients_values_are_written_all_the_same() -> None:
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(64, 4))
    injection = inject(model, profile(0.1), seed=0)
    with torch.no_grad():
        model(torch.randn(2, 3, 6, 6))
    assert counts(injection) == [216 + 128, 108 + 256, 0]
    with torch.inference_mode():
        model(torch.randn(2, 3, 6, 6))
    assert counts(injection) == [2 * 344, 2 * 364, 0]


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


@pytest.mark.parametrize(("make", "words"), [
    (lambda: nn.Sequential(nn.LazyLinear(4)), r"`0` \(LazyLinear\) is lazy .* run the model once"),
    (lambda: nn.Linear(4, 4, dtype=torch.cfloat), "Linear has complex weights"),
    (lambda: nn.GRU(4, 4), "no convolution, linear, embedding or attention layer"),
])  # fmt: skip
def test_modules_that_are_refused(make: Callable[[], nn.Module], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        inject(make(), profile(), seed=0)


def test_a_compiled_module_is_refused_before_and_after() -> None:
    model = nets()
    model._compiled_call_impl = lambda *told: None  # what `Module.compile` leaves
    with pytest.raises(ValueError, match=r"compiled or traced module.* got Sequential"):
        inject(model, profile(), seed=0)
    traced = nets()
    inject(traced, profile(), seed=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(RuntimeError, match="compiled or traced module"):
            torch.jit.trace(traced, torch.randn(2, 64))  # type: ignore[no-untyped-call]


def test_complex_activations_are_refused() -> None:
    model = Does(nn.Linear(4, 4), lambda y: y)
    inject(model, profile(), seed=0)
    with pytest.raises(TypeError, match="faults need real tensors"):
        model(torch.randn(2, 4, dtype=torch.cfloat))


@pytest.mark.parametrize("rate", [0.0, 1e-3, 0.1])
@pytest.mark.parametrize("name", ["int8", "bf16", "fp8_e4m3"])
def test_a_device_that_is_not_the_cpu_is_never_waited_for(name: str, rate: float) -> None:
    """Tensors of the meta device have no values: any look at one raises."""
    bits = 16 if name == "bf16" else 8
    errors = BitErrors(to_one=(rate,) * bits, to_zero=(rate / 3,) * bits)
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(144, 4))
    injection = inject(
        model.to("meta"), ErrorProfile(activation=errors, weight=errors, error=errors), seed=0,
        number_format_name=name,
    )  # fmt: skip
    for _ in range(20):
        torch.autograd.backward(model(torch.randn(2, 1, 8, 8, device="meta")).sum())
        injection.advance()
    assert counts(injection) == [20 * 416, 20 * 612, 20 * 296]
