"""A step of a model with write errors, and what it wrote."""

from typing import Any

import torch
from torch import Tensor, nn

from evaluators.design import BitErrors, DataKind, ErrorProfile
from evaluators.faults import Injection, inject

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
