"""Faults in the user's own loop: every layer, attention included, and out again."""

import warnings
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from evaluators.design import BitErrors, DataKind, ErrorProfile
from evaluators.faults import (
    Injection,
    OldContent,
    Scaling,
    UninjectedLayerWarning,
    inject,
)
from evaluators.faults.choices import Writes
from evaluators.training.models import MODELS


def profile(rate: float, bits: int = 8) -> ErrorProfile:
    errors = BitErrors(to_one=(rate,) * bits, to_zero=(rate,) * bits)
    return ErrorProfile(activation=errors, weight=errors, error=errors)


def hit(injection: Injection, kind: DataKind) -> int:
    counted = injection.hits[kind]
    return int(counted.to_one.sum() + counted.to_zero.sum())


def step(model: nn.Module, x: Tensor) -> Tensor:
    y: Tensor = model(x)
    torch.autograd.backward(y.square().sum())
    return y.detach()


class OwnAttention(nn.Module):
    """Attention written by hand, as many models do."""

    def __init__(self, *, fused: bool) -> None:
        super().__init__()
        self.qkv = nn.Linear(16, 48)
        self.fused = fused

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.qkv(x).chunk(3, dim=-1)
        if self.fused:
            fused: Tensor = nn.functional.scaled_dot_product_attention(q, k, v)
            return fused
        result: Tensor = torch.softmax(q @ k.transpose(1, 2), dim=-1) @ v
        return result


MODULES: dict[str, tuple[Callable[[], nn.Module], Tensor]] = {
    "convolution": (lambda: nn.Conv2d(3, 4, 3), torch.randn(2, 3, 8, 8)),
    "transposed": (lambda: nn.ConvTranspose2d(3, 4, 3), torch.randn(2, 3, 8, 8)),
    "linear": (lambda: nn.Linear(16, 8), torch.randn(4, 16)),
    "attention": (lambda: Packed(), torch.randn(2, 5, 16)),
    "encoder": (
        lambda: nn.TransformerEncoderLayer(16, 2, 32, dropout=0.0, batch_first=True),
        torch.randn(2, 5, 16),
    ),
    "fused by hand": (lambda: OwnAttention(fused=True), torch.randn(2, 5, 16)),
    "unfused by hand": (lambda: OwnAttention(fused=False), torch.randn(2, 5, 16)),
}


class Packed(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(16, 2, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.attention(x, x, x)[0]
        return y


@pytest.mark.parametrize("name", MODULES)
def test_every_kind_is_hit_and_taken_out_again(name: str) -> None:
    torch.manual_seed(0)
    make, x = MODULES[name]
    model = make()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    clean = step(model, x)
    injection = inject(model, profile(0.05), seed=0)
    faulty = step(model, x)
    assert all(hit(injection, kind) > 0 for kind in DataKind)
    assert not torch.equal(clean, faulty)
    injection.remove()
    assert model.state_dict().keys() == before.keys()
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())
    assert torch.equal(step(model, x), clean)


@pytest.mark.parametrize("fused", [True, False])
def test_attention_writes_its_own_operands(fused: bool) -> None:
    model, x = OwnAttention(fused=fused), torch.randn(2, 5, 16)
    injection = inject(model, profile(0.01), seed=0)
    step(model, x)
    inputs, operands = 2 * 5 * 16, 2 * 5 * 16
    scores = 0 if fused else 2 * 5 * 5
    assert injection.hits[DataKind.ACTIVATION].values_written == inputs + 3 * operands + scores
    projection, context = 2 * 5 * 48, operands
    assert injection.hits[DataKind.ERROR].values_written == projection + context + scores


@pytest.mark.parametrize("masked", ["", "causal", "padding", "both"])
@pytest.mark.parametrize("widths", [(16, 16), (12, 20)])
def test_attention_computes_what_pytorch_computes(masked: str, widths: tuple[int, int]) -> None:
    """Error-free bf16 stands for no quantising: three digits."""
    torch.manual_seed(0)
    model = nn.MultiheadAttention(16, 4, kdim=widths[0], vdim=widths[1])
    q, k, v = torch.randn(5, 3, 16), torch.randn(7, 3, widths[0]), torch.randn(7, 3, widths[1])
    causal = torch.ones(5, 7, dtype=torch.bool).triu(1) if masked in ("causal", "both") else None
    padding = torch.zeros(3, 7, dtype=torch.bool)
    padding[1, 4:] = True
    masks = {"attn_mask": causal, "key_padding_mask": padding if masked in ("padding", "both")
             else None}  # fmt: skip
    told, shares = model(q, k, v, **masks)
    injection = inject(model, ErrorProfile.none(16), seed=0, number_format_name="bf16")
    found, found_shares = model(q, k, v, **masks)
    assert injection.hits[DataKind.ERROR].values_written == 0
    torch.testing.assert_close(found, told, atol=0.02, rtol=0.02)
    torch.testing.assert_close(found_shares, shares, atol=0.02, rtol=0.02)
    torch.autograd.backward(found.sum())
    assert injection.hits[DataKind.ERROR].values_written > 0
    alone = model(q[:, 0], k[:, 0], v[:, 0])[0]
    torch.testing.assert_close(alone, model(q[:, :1], k[:, :1], v[:, :1])[0][:, 0])


def test_embedding_has_weights_and_errors() -> None:
    model = nn.Sequential(nn.Embedding(50, 8), nn.Linear(8, 4))
    injection = inject(model, profile(0.05), seed=0)
    step(model, torch.arange(40).reshape(4, 10))
    assert all(hit(injection, kind) > 0 for kind in DataKind)


def test_a_layer_that_is_called_twice_is_hit_elsewhere() -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear = nn.Linear(64, 64)

        def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
            return self.linear(x), self.linear(x)

    torch.manual_seed(0)
    model = Twice()
    free = BitErrors.none(8)
    only = ErrorProfile(activation=profile(0.02).activation, weight=free, error=free)
    injection = inject(model, only, seed=0)
    first, second = model(torch.randn(32, 64))
    assert hit(injection, DataKind.ACTIVATION) > 0
    assert not torch.equal(first, second)


def test_evaluation_is_free_of_faults() -> None:
    model, x = nn.Linear(16, 8), torch.randn(4, 16)
    injection = inject(model, profile(0.2), seed=0)
    step(model, x)
    before = hit(injection, DataKind.WEIGHT)
    injection.clock.training = False
    with torch.no_grad():
        assert torch.equal(model(x), model(x))
    assert hit(injection, DataKind.WEIGHT) == before


@pytest.mark.parametrize("scaling", ["static", "delayed"])
def test_static_scales_settle_and_delayed_ones_follow(scaling: Scaling) -> None:
    model = nn.Linear(4, 4, bias=False)
    injection = inject(model, profile(0.0), seed=0, scaling=scaling)
    for place in range(64):
        y = model(torch.full((1, 4), 1.0 if place < 30 else 1000.0))
        torch.autograd.backward(y.sum())
        injection.advance()
    with torch.no_grad():
        for master in model.parameters():
            master.fill_(1.0)
    stored = float(model(torch.full((1, 4), 1000.0))[0, 0].detach())
    limit = 4.0 * (127 / 64)
    assert stored <= limit + 1e-3 if scaling == "static" else stored == pytest.approx(4000.0, 0.02)


def test_layers_that_are_not_faulted_are_named() -> None:
    model = nn.Sequential(nn.Linear(8, 8), nn.GRU(8, 8))
    with pytest.warns(UninjectedLayerWarning, match="GRU"):
        inject(model, profile(0.01), seed=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for build in MODELS.values():
            inject(build((1, 28, 28), 10), profile(0.01), seed=0)


def test_a_module_without_such_layers_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no convolution, linear, .* got ReLU"):
        inject(nn.ReLU(), profile(0.01), seed=0)
    with pytest.raises(ValueError, match="`profile` has 16 bits, int8 has 8"):
        inject(nn.Linear(2, 2), profile(0.01, bits=16), seed=0)


def test_resnet18_has_its_published_size() -> None:
    """Source: 11,173,962 parameters, as counted for CIFAR-10 with a 3 x 3 stem."""
    model = MODELS["resnet18"]((3, 32, 32), 10)
    assert sum(each.numel() for each in model.parameters()) == 11_173_962
    inject(model, profile(1e-4), seed=0)
    step(model, torch.randn(2, 3, 8, 8))
    assert all(each.grad is not None for each in model.parameters())


@pytest.mark.parametrize("model", [name for name in MODELS if name != "resnet18"])
def test_models_of_ours_learn_from_their_gradients(model: str) -> None:
    torch.manual_seed(0)
    built = MODELS[model]((1, 28, 28), 10)
    injection = inject(built, profile(1e-4), seed=0)
    optimizer = torch.optim.SGD(built.parameters(), lr=0.05, momentum=0.9)
    x, y = torch.randn(16, 1, 28, 28), torch.arange(16) % 10
    losses = []
    for _ in range(30):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(built(x), y)
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(built.parameters(), 1.0)
        optimizer.step()
        injection.advance()
        losses.append(float(loss.detach()))
    assert np.mean(losses[-5:]) < 0.8 * losses[0]


@pytest.mark.parametrize("writes", [1.0, 3.0, 4.7])
@pytest.mark.parametrize("old", ["random", "flip", "same_tensor"])
def test_a_value_written_often_fails_as_often(writes: float, old: OldContent) -> None:
    p = 0.03
    model = nn.Linear(400, 300, bias=False)
    injection = inject(model, profile(p), seed=0, old_content=dict.fromkeys(DataKind, old),
                       writes={DataKind.WEIGHT: writes})  # fmt: skip
    step(model, torch.randn(2, 400))
    told = 1.0 - (1.0 - p) ** (1.0 if old == "same_tensor" else writes)
    bits = 8 * 400 * 300
    found = hit(injection, DataKind.WEIGHT)
    assert abs(found - told * bits) < 4.0 * np.sqrt(bits * told * (1.0 - told))


class TwoProducts(nn.Module):
    """A layer, attention by hand and by module."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.mix = OwnAttention(fused=False), nn.MultiheadAttention(16, 2)

    def forward(self, x: Tensor) -> Tensor:
        y = self.first(x)
        found: Tensor = self.mix(y, y, y)[0]
        return found


@pytest.mark.parametrize("make", [
    lambda: (nn.Linear(16, 8), torch.randn(4, 16)),
    lambda: (nn.Linear(16, 8), torch.randn(2, 5, 16)),
    lambda: (nn.Conv2d(3, 4, 3), torch.randn(2, 3, 8, 8)),
    lambda: (TwoProducts(), torch.randn(2, 5, 16)),
])  # fmt: skip
def test_both_phases_have_copies_of_their_own(
    make: Callable[[], tuple[nn.Module, Tensor]],
) -> None:
    """With a backward copy that always fails, the output is right and the gradients are not."""
    torch.manual_seed(0)
    model, x = make()
    x.requires_grad_()

    def run(writes: dict[DataKind, Writes], rate: float) -> tuple[list[Tensor], list[int]]:
        free = BitErrors.none(8)
        faulty = profile(rate).weight
        which = ErrorProfile(activation=faulty, weight=faulty, error=free)
        injection = inject(model, which, seed=0, writes=writes)
        model.zero_grad()
        x.grad = None
        out = step(model, x)
        grads = [each.grad.clone() for each in (x, *model.parameters()) if each.grad is not None]
        injection.remove()
        return [out, *grads], [injection.hits[kind].values_written for kind in DataKind]

    pair: dict[DataKind, Writes] = {DataKind.ACTIVATION: (1.0, 1e6), DataKind.WEIGHT: (1.0, 1e6)}
    plain, once = run({}, 1e-7)
    found, twice = run(pair, 1e-7)  # a forward copy fails once in 10^7, a backward copy one in ten
    assert torch.equal(found[0], plain[0])
    assert not torch.equal(found[1], plain[1])
    assert twice == [2 * once[0], 2 * once[1], once[2]]
    same, _ = run({DataKind.ACTIVATION: (1.0, 1.0), DataKind.WEIGHT: (1.0, 1.0)}, 0.0)
    assert all(torch.equal(a, b) for a, b in zip(same, run({}, 0.0)[0], strict=True))


def test_writes_that_cannot_be() -> None:
    with pytest.raises(ValueError, match="errors have no forward copy"):
        inject(nn.Linear(2, 2), profile(0.1), seed=0, writes={DataKind.ERROR: (1.0, 2.0)})
    with pytest.raises(ValueError, match=r"`writes\[weight\]` must be in"):
        inject(nn.Linear(2, 2), profile(0.1), seed=0, writes={DataKind.WEIGHT: 0.5})
    with pytest.raises(ValueError, match="written as `outputs` have one copy"):
        inject(nn.Linear(2, 2), profile(0.1), seed=0, activations_at="outputs",
               writes={DataKind.ACTIVATION: (1.0, 2.0)})  # fmt: skip
