"""A tensor in memory: quantised, written with errors, read back."""

from collections import deque
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import Tensor

from evaluators.faults.choices import Scaling
from evaluators.faults.formats import Format
from evaluators.faults.sites import FaultSite

HISTORY: Final = 16
"""Looks whose largest value sets the scale, so that a tensor seldom saturates before the next."""

SCALE_EVERY: Final = 16
"""Steps between two looks of a delayed scale at the data; a static one settles in the first."""


@dataclass(slots=True, kw_only=True)
class Clock:
    """The step that randomness depends on; faults happen only while `training`."""

    step: int = 0
    training: bool = True


class Memory:
    """One tensor that is quantised and written into its region, as often as a step computes it.

    Args:
        number_format: how values are rounded and written.
        site: where its write errors come from.
        clock: the step.
        scaling: `delayed` or `static`.
    """

    def __init__(
        self, number_format: Format, site: FaultSite, clock: Clock, scaling: Scaling
    ) -> None:
        self._format = number_format
        self._site = site
        self._clock = clock
        self._scaling = scaling
        self._scale = 0.0
        self._largest: deque[float] = deque(maxlen=HISTORY)
        self._scaled_at = -1
        self._again = 0
        self._written_at = -1

    def store(self, values: Tensor) -> Tensor:
        """The values as they come back from memory; a new tensor."""
        step = self._clock.step
        values = values.detach()
        self._follow(values, step)
        stored = self._format.quantise(values, self._scale)
        if self._clock.training:
            if not stored.is_contiguous() or stored.data_ptr() == values.data_ptr():
                stored = stored.clone(memory_format=torch.contiguous_format)
            self._again = self._again + 1 if self._written_at == step else 0
            self._written_at = step
            self._site.write(stored.view(-1).numpy(), self._scale, step, again=self._again)
        return stored

    def _follow(self, values: Tensor, step: int) -> None:
        """Set the scale when it is due."""
        first = self._scaled_at < 0
        if not first and (not self._clock.training or self._scaled_at == step):
            return
        if self._scaling == "static":
            # Its looks fill in the first steps; then it never moves again.
            due = step < SCALE_EVERY
        else:
            due = step - self._scaled_at >= SCALE_EVERY
        if first or due:
            # The one look at the data that waits for the device; so it is seldom.
            self._largest.append(float(values.abs().amax()))
            self._scale = self._format.scale(max(self._largest))
            self._scaled_at = step


class Store(torch.autograd.Function):
    """Quantise and write going forward; the gradient passes straight through."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, memory: Memory) -> Tensor:
        """The stored values."""
        return memory.store(values)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        """The gradient, unchanged."""
        return gradients[0], None


class StoreGradient(torch.autograd.Function):
    """The identity going forward; the gradient is quantised and written going back."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, memory: Memory) -> Tensor:
        """The values, unchanged."""
        ctx.memory = memory
        return values.view_as(values)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        """The gradient as it comes back from memory."""
        return ctx.memory.store(gradients[0]), None


def written(values: Tensor, memory: Memory) -> Tensor:
    """Values as they come back from memory; their gradient passes straight through."""
    result: Tensor = Store.apply(values, memory)  # type: ignore[no-untyped-call]
    return result


def gradient_written(values: Tensor, memory: Memory) -> Tensor:
    """The same values; their gradient is written into memory on its way back."""
    result: Tensor = StoreGradient.apply(values, memory)  # type: ignore[no-untyped-call]
    return result
