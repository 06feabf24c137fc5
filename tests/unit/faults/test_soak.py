"""torchvision's classification models with write errors, by hand where it is installed.

`pip install torchvision`, then `python -m pytest tests/unit/faults/test_soak.py -m soak`. Random
weights, images of 64 x 64 (those of a fixed size at their own), two of them: each model does a
training step; each bit of each kind of data fails as often as its rate says, within four standard
errors; and the step without faults is that of a model that a few lines of PyTorch quantise here.
"""

import copy
import math
import warnings
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from evaluators.design import DataKind
from evaluators.faults import Injection, inject
from tests.unit.faults.injected import FREE, profile

RATE = 2e-3
FIXED = {"inception_v3": 96, "maxvit_t": 224}
ATTENTION = ("vit", "swin", "maxvit")
"""Models whose products of attention the reference below does not know."""

LARGEST = 10**8
"""Parameters of the largest model that is tried: more take a machine of their own."""


def names() -> list[str]:
    if find_spec("torchvision") is None:
        return []
    models = import_module("torchvision.models")
    return sorted(models.list_models(module=models))


def build(name: str) -> tuple[nn.Module, Tensor]:
    models = import_module("torchvision.models")
    torch.manual_seed(0)
    side = FIXED.get(name, 64)
    told: dict[str, Any] = {}
    if name.startswith("vit"):
        side = 56 if name == "vit_h_14" else 64
        told = {"image_size": side}
    if name in ("inception_v3", "googlenet"):
        told = {"aux_logits": False, "init_weights": True}
    model = models.get_model(name, **told)
    size = sum(p.numel() for p in model.parameters())
    if size > LARGEST:
        pytest.skip(f"{size} parameters")
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
        if type(module).__name__ == "StochasticDepth":
            module.p = 0.0
    return model, torch.randn(2, 3, side, side)


def step(model: nn.Module, x: Tensor) -> Tensor:
    model.zero_grad(set_to_none=True)
    output = model.train()(x)
    functional.cross_entropy(output, torch.tensor([1, 2])).backward()  # type: ignore[no-untyped-call]
    return torch.cat([p.grad.reshape(-1) for p in model.parameters() if p.grad is not None])


def quantised(x: Tensor) -> Tensor:
    """int8 by the smallest power of two that fits; the gradient goes through."""
    top = float(x.detach().abs().max())
    scale = 2.0 ** math.ceil(math.log2(top / 127.0)) if top > 0 else 1.0
    values = torch.clamp(torch.round(x.detach() / scale), -128, 127) * scale
    return x + (values - x).detach() if x.requires_grad else values


class Error(torch.autograd.Function):
    """Quantises the gradient of an output."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x.clone()

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        return quantised(grad)


def by_hand(model: nn.Module) -> None:
    """Quantise inputs, weights and output gradients of all convolutions and linear layers."""
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):

            def forward(x: Tensor, layer: Any = layer) -> Tensor:
                x, weight = quantised(x), quantised(layer.weight)
                if isinstance(layer, nn.Linear):
                    y = functional.linear(x, weight, layer.bias)
                else:
                    y = layer._conv_forward(x, weight, layer.bias)
                found: Tensor = Error.apply(y)  # type: ignore[no-untyped-call]
                return found

            layer.forward = forward  # type: ignore[method-assign, assignment]


def check_rates(injection: Injection) -> None:
    """Failed writes are counted whether or not the cell held what was to be written."""
    for kind in DataKind:
        hits = injection.hits[kind]
        assert hits.values_written > 0, kind
        for bit in range(8):
            found = hits.to_one[bit] + hits.to_zero[bit]
            mean = RATE * hits.values_written
            assert abs(found - mean) < 4.0 * math.sqrt(mean), (kind, bit, found, mean)


@pytest.mark.soak
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("name", names() or ["none"])
def test_a_training_step_of(name: str) -> None:
    if name == "none":
        pytest.skip("needs torchvision, which is not installed")
    model, x = build(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        injection = inject(model, profile(RATE), seed=0)
    assert bool(step(model, x).isfinite().all())
    check_rates(injection)
    injection.remove()
    if name.startswith(ATTENTION):
        return
    state = copy.deepcopy(model.state_dict())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        injection = inject(model, FREE, seed=0)
    found = step(model, x)
    injection.remove()
    model.load_state_dict(state)
    by_hand(model)
    wanted = step(model, x)
    assert float((found - wanted).norm()) <= 1e-3 * float(wanted.norm()), name
