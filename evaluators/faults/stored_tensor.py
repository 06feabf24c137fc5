"""A tensor in memory: quantised, written with errors, read back."""

from collections import deque
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import Tensor

from evaluators.faults.choices import Scaling
from evaluators.faults.formats import Format, Scale
from evaluators.faults.sites import FaultSite

HISTORY: Final = 16
"""Looks whose largest value sets the scale, so that a tensor seldom saturates before the next."""

SCALE_EVERY: Final = 16
"""Steps between two looks of a delayed scale at the data; a static one settles in the first."""


@dataclass(slots=True, kw_only=True)
class Clock:
    """The step of scales and samples; faults happen only while `training`."""

    step: int = 0
    training: bool = True


class Memory:
    """One tensor that is quantised and written into its region, as often as a step computes it.

    Args:
        number_format: how values are rounded and written.
        site: where its write errors come from.
        clock: the step.
        scaling: `delayed` or `static`.
        backward: memory of the copy that the backward phase reads, if that is another one.
    """

    def __init__(
        self,
        number_format: Format,
        site: FaultSite,
        clock: Clock,
        scaling: Scaling,
        backward: "Memory | None" = None,
    ) -> None:
        self.backward = backward
        self._format = number_format
        self._site = site
        self._clock = clock
        self._scaling = scaling
        self._scale: Scale | None = None if number_format.scaled else 1.0
        self._largest: deque[Any] = deque(maxlen=HISTORY)
        self._scaled_at = -1

    def store(self, values: Tensor, training: bool = True) -> Tensor:
        """The values as they come back from memory: a new tensor of the same strides.

        Outside of training they are quantised and nothing else happens.

        Raises:
            TypeError: complex values.
        """
        values = values.detach()
        size = values.numel()
        if size == 0:
            return values.clone()
        dtype = values.dtype
        if dtype != torch.float32:
            if values.is_complex():
                raise TypeError(f"{dtype} values cannot be stored: faults need real tensors")
            values = values.to(torch.float32)
        if not (training and self._clock.training):
            scale = self._scale if self._scale is not None else self._scale_of([_largest(values)])
            return self._format.quantise(values, scale).to(dtype)
        # Nothing below waits for the device: counts and places are the host's, values are not.
        step = self._clock.step
        scale = self._followed(values, step)
        stored = None if isinstance(scale, Tensor) else self._site.store(values, scale, step)
        if stored is None:
            drawn = self._site.draw(size, step, values.device)
            if drawn is None:
                stored = self._format.quantise(values, scale)
            else:
                image = self._format.write(values, scale)
                self._site.write(image, drawn, step)
                stored = self._format.read(image, scale)
        return stored if dtype == torch.float32 else stored.to(dtype)

    def _followed(self, values: Tensor, step: int) -> Scale:
        """The scale, after a look at the data where one is due."""
        # A static scale's looks fill in the first steps; then it never moves again.
        # A look waits for the device where it is the CPU's own; so it is seldom.
        since = step - self._scaled_at
        if self._scale is not None and (since == 0 or not self._format.scaled):
            return self._scale
        due = step < SCALE_EVERY if self._scaling == "static" else since >= SCALE_EVERY
        if self._scale is None or due:
            self._largest.append(_largest(values))
            self._scale = self._scale_of(list(self._largest))
            self._scaled_at = step
        return self._scale

    def _scale_of(self, largest: list[Any]) -> Scale:
        if isinstance(largest[0], Tensor):
            return self._format.scale_there(torch.stack(largest).amax())
        return self._format.scale(max(largest))


def _largest(values: Tensor) -> Any:
    """The largest magnitude: a number on the CPU, elsewhere a tensor that nobody waits for."""
    low, high = torch.aminmax(values)
    if values.device.type != "cpu":
        return torch.maximum(-low, high)
    return max(-float(low), float(high))


class BackwardCopies:
    """Gives the backward phase its own copies of what products save for it.

    While it is entered, a tensor that autograd saves is replaced by its other copy.
    """

    def __init__(self) -> None:
        self._copies: dict[int, tuple[Tensor, Tensor]] = {}
        self._depth = 0
        self._hooks: Any = None

    def add(self, memory: Memory, values: Tensor, stored: Tensor) -> None:
        """Write the backward copy of values whose forward copy is `stored`."""
        if memory.backward is not None and torch.is_grad_enabled():
            copy = memory.backward.store(values)
            self._copies[stored.untyped_storage().data_ptr()] = (stored, copy)

    def enter(self) -> None:
        """Watch what autograd saves from here on."""
        self._depth += 1
        # Layers run within layers: the outermost watches for all.
        if self._depth == 1:
            self._hooks = torch.autograd.graph.saved_tensors_hooks(self._saved, lambda kept: kept)
            self._hooks.__enter__()

    def leave(self) -> None:
        """Watch no longer, and forget the copies."""
        self._depth -= 1
        if self._depth == 0:
            self._hooks.__exit__(None, None, None)
            self._copies.clear()

    def _saved(self, tensor: Tensor) -> Tensor:
        """The backward copy of a tensor, or of a view of one."""
        forward, backward = self._copies.get(tensor.untyped_storage().data_ptr(), (None, None))
        if forward is None or backward is None:
            return tensor
        # Autograd may save a view: the same view of the other copy.
        place = tensor.storage_offset() - forward.storage_offset() + backward.storage_offset()
        return backward.as_strided(tensor.size(), tensor.stride(), place)


class Store(torch.autograd.Function):
    """Quantise and write going forward; the gradient passes straight through."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, memory: Memory, training: bool) -> Tensor:
        """The stored values."""
        return memory.store(values, training)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        """The gradient, unchanged."""
        return gradients[0], None, None


class StoreBoth(torch.autograd.Function):
    """A layer's input and its weight, in one call."""

    @staticmethod
    def forward(
        ctx: Any, values: Tensor, weight: Tensor, memories: tuple[Memory, Memory], training: bool
    ) -> tuple[Tensor, Tensor]:
        """The stored input and weight."""
        # A weight without a gradient, as a frozen one, costs no tensor of zeros.
        ctx.set_materialize_grads(False)
        stored = memories[0].store(values, training), memories[1].store(weight, training)
        if not ctx.needs_input_grad[0]:
            ctx.mark_non_differentiable(stored[0])
        if not ctx.needs_input_grad[1]:
            ctx.mark_non_differentiable(stored[1])
        return stored

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, None, None]:
        """The gradients, unchanged."""
        return gradients[0], gradients[1], None, None


def written(values: Tensor, memory: Memory, training: bool = True) -> Tensor:
    """Values as they come back from memory; their gradient passes straight through."""
    if not (values.requires_grad and torch.is_grad_enabled()):
        return memory.store(values, training)
    result: Tensor = Store.apply(values, memory, training)  # type: ignore[no-untyped-call]
    return result


def both_written(
    values: Tensor, weight: Tensor, memories: tuple[Memory, Memory], training: bool
) -> tuple[Tensor, Tensor]:
    """A layer's input and weight as they come back from memory."""
    if not torch.is_grad_enabled() or not (values.requires_grad or weight.requires_grad):
        return memories[0].store(values, training), memories[1].store(weight, training)
    result: tuple[Tensor, Tensor] = StoreBoth.apply(  # type: ignore[no-untyped-call]
        values, weight, memories, training
    )
    return result


def gradient_written(values: Tensor, memory: Memory, training: bool = True) -> Tensor:
    """The same values; their gradient is written into memory on its way back.

    The result may be changed in place, as the layer's own output could.
    """
    if not training or not values.requires_grad:
        return values
    watched = values
    # An operation in place would go round a hook on a view.
    if values._is_view():
        if _whole(values):
            assert values._base is not None
            watched = values._base
        else:
            watched = values = values.clone()

    def on_its_way_back(gradient: Tensor) -> Tensor:
        # With `create_graph` a gradient of this gradient follows: its way stays differentiable.
        if torch.is_grad_enabled() and gradient.requires_grad:
            return written(gradient, memory)
        return memory.store(gradient)

    watched.register_hook(on_its_way_back)  # type: ignore[no-untyped-call]
    return values


def _whole(view: Tensor) -> bool:
    """Whether a view only reshapes what it is a view of, and follows it at once."""
    base = view._base
    if base is None or base.grad_fn is None or base.numel() != view.numel():
        return False
    assert view.grad_fn is not None
    return any(step is base.grad_fn for step, _ in view.grad_fn.next_functions)
