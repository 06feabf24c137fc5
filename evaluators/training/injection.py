"""Puts write errors into any torch module: inputs, weights and output gradients of its layers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import torch
from torch import Tensor, nn

from evaluators.design import DataKind, ErrorProfile
from evaluators.training.faults import FaultSite, Hits, Key
from evaluators.training.formats import Format, number_format
from evaluators.training.recipe import OldContent

LAYERS: Final = (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.Linear, nn.Embedding)
"""Layers with a weight that is read from the scratchpad."""

SCALE_EVERY: Final = 16
"""Steps after which the scale of a tensor follows its largest value again."""


class Memory:
    """One tensor that is quantised and written into its region once a step."""

    def __init__(self, number_format: Format, site: FaultSite, clock: "Clock") -> None:
        self._format = number_format
        self._site = site
        self._clock = clock
        self._scale = 0.0
        self._scaled_at = -1

    def store(self, values: Tensor) -> Tensor:
        """The values as they come back from memory; a new tensor."""
        step = self._clock.step
        values = values.detach()
        if self._scaled_at < 0 or (self._clock.training and step - self._scaled_at >= SCALE_EVERY):
            self._scale = self._format.scale(float(values.abs().amax()))
            self._scaled_at = step
        stored = self._format.quantise(values, self._scale)
        if self._clock.training:
            if not stored.is_contiguous() or stored.data_ptr() == values.data_ptr():
                stored = stored.clone(memory_format=torch.contiguous_format)
            self._site.write(stored.view(-1).numpy(), self._scale, step)
        return stored


@dataclass(slots=True, kw_only=True)
class Clock:
    """The step that randomness depends on; faults happen only while `training`."""

    step: int = 0
    training: bool = True


class _Store(torch.autograd.Function):
    """Quantise and write going forward; the gradient passes straight through."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, memory: Memory) -> Tensor:
        return memory.store(values)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return gradients[0], None


class _StoreGradient(torch.autograd.Function):
    """The identity going forward; the gradient is quantised and written going back."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, memory: Memory) -> Tensor:
        ctx.memory = memory
        return values.view_as(values)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return ctx.memory.store(gradients[0]), None


class _StoredWeight(nn.Module):
    """Parametrisation that gives a layer the weight as it comes back from memory."""

    def __init__(self, memory: Memory) -> None:
        super().__init__()
        self._memory = memory

    def forward(self, weight: Tensor) -> Tensor:
        """The stored weight; its gradient reaches the fp32 master copy."""
        stored: Tensor = _Store.apply(weight, self._memory)  # type: ignore[no-untyped-call]
        return stored


@dataclass(kw_only=True)
class Injection:
    """Write errors in a module's training. Call `advance` after each optimizer step."""

    clock: Clock
    hits: dict[DataKind, Hits]
    undo: list[Callable[[], None]] = field(default_factory=list)

    def advance(self) -> None:
        """The next step draws other faults."""
        self.clock.step += 1

    def remove(self) -> None:
        """Take the faults out; the module keeps its master weights."""
        for step in reversed(self.undo):
            step()
        self.undo.clear()


def inject(
    model: nn.Module,
    profile: ErrorProfile,
    *,
    seed: int,
    training_seed: int = 0,
    number_format_name: str = "int8",
    encoding: str = "twos_complement",
    old_content: dict[DataKind, OldContent] | None = None,
) -> Injection:
    """Add write errors to a module, for any training loop.

    Every convolution, linear and embedding layer reads its input (activation) and its weight from
    memory, and the gradient of its output (error) is written into memory. All are quantised.

    Args:
        model: the module, changed in place; `Injection.remove` undoes it.
        profile: failure probability of every written bit.
        seed: study seed.
        training_seed: of this run.
        number_format_name: `int8`, `int16` or `bf16`.
        encoding: of integers, `twos_complement` or `sign_magnitude`.
        old_content: what cells held before, by kind; default `random`.

    Raises:
        ValueError: the module has no such layer, or the profile has another number of bits.
    """
    stored = number_format(number_format_name, encoding)  # type: ignore[arg-type]
    if profile.weight.bits != stored.bits:
        raise ValueError(
            f"`profile` has {profile.weight.bits} bits, {number_format_name} has {stored.bits}"
        )
    clock = Clock()
    hits = {kind: Hits(bits=stored.bits) for kind in DataKind}
    injection = Injection(clock=clock, hits=hits)
    sites = iter(range(2**20))

    def memory(kind: DataKind) -> Memory:
        site = FaultSite(
            profile[kind],
            number_format=stored,
            old_content=(old_content or {}).get(kind, "random"),
            key=Key(study_seed=seed, training_seed=training_seed, site=next(sites)),
            hits=hits[kind],
        )
        return Memory(stored, site, clock)

    for layer in list(_layers(model)):
        _attach(layer, memory, injection)
    if not injection.undo:
        raise ValueError("`model` has no convolution, linear or embedding layer to inject into")
    return injection


def _layers(model: nn.Module) -> Iterator[nn.Module]:
    return (module for module in model.modules() if isinstance(module, LAYERS))


def _attach(layer: nn.Module, memory: Callable[[DataKind], Memory], injection: Injection) -> None:
    from torch.nn.utils import parametrize

    parametrize.register_parametrization(
        layer, "weight", _StoredWeight(memory(DataKind.WEIGHT)), unsafe=True
    )
    injection.undo.append(lambda: _remove_parametrization(layer))
    error = memory(DataKind.ERROR)

    def after(module: nn.Module, inputs: Any, output: Tensor) -> Tensor:
        del module, inputs
        result: Tensor = _StoreGradient.apply(output, error)  # type: ignore[no-untyped-call]
        return result

    injection.undo.append(layer.register_forward_hook(after).remove)
    if isinstance(layer, nn.Embedding):
        return
    activation = memory(DataKind.ACTIVATION)

    def before(module: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        del module
        return (_Store.apply(inputs[0], activation), *inputs[1:])  # type: ignore[no-untyped-call]

    injection.undo.append(layer.register_forward_pre_hook(before).remove)


def _remove_parametrization(layer: nn.Module) -> None:
    from torch.nn.utils import parametrize

    parametrize.remove_parametrizations(layer, "weight", leave_parametrized=False)
