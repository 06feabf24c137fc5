"""Puts write errors into any torch module: inputs, weights and output gradients of its layers."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

from torch import Tensor, nn
from torch.nn.utils import parametrize

from evaluators.design import DataKind, ErrorProfile
from evaluators.faults.attention import PROJECTIONS, AttentionProducts, may_attend
from evaluators.faults.choices import OldContent, Scaling, Site
from evaluators.faults.formats import Encoding, number_format
from evaluators.faults.sites import FaultSite, Hits, Key
from evaluators.faults.stored_tensor import Clock, Memory, gradient_written, written

LAYERS: Final = (nn.modules.conv._ConvNd, nn.Linear, nn.Embedding)
"""Layers with a weight that is read from the scratchpad."""

PASSED: Final = (nn.modules.batchnorm._NormBase, nn.LayerNorm, nn.GroupNorm, nn.RMSNorm, nn.PReLU)
"""Layers whose few parameters do not live in the scratchpad."""


class UninjectedLayerWarning(UserWarning):
    """A layer with parameters that no fault reaches."""


class _StoredWeight(nn.Module):
    """Parametrisation that gives a layer the weight as it comes back from memory."""

    def __init__(self, memory: Memory) -> None:
        super().__init__()
        self._memory = memory

    def forward(self, weight: Tensor) -> Tensor:
        """The stored weight; its gradient reaches the fp32 master copy."""
        return written(weight, self._memory)


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
    encoding: Encoding = "twos_complement",
    scaling: Scaling = "delayed",
    headroom_bits: int = 0,
    activations_at: Site = "inputs",
    old_content: dict[DataKind, OldContent] | None = None,
) -> Injection:
    """Add write errors to a module, for any training loop.

    Every convolution, linear, embedding and attention layer reads its input (activation) and its
    weight from memory, and the gradient of its output (error) is written into memory; so are the
    operands of attention's own products. All are quantised.

    Args:
        model: the module, changed in place; `Injection.remove` undoes it.
        profile: failure probability of every written bit.
        seed: study seed. [-]
        training_seed: of this run. [-]
        number_format_name: `int8`, `int16` or `bf16`.
        encoding: of integers, `twos_complement` or `sign_magnitude`.
        scaling: of integers: `delayed` follows the data, `static` settles in the first steps.
        headroom_bits: of integers: doublings of the scale against overflow.
        activations_at: written as a layer reads them (`inputs`) or makes them (`outputs`).
        old_content: what cells held before, by kind; default `random`.

    Raises:
        ValueError: the module has no such layer, or the profile has another number of bits.
    """
    stored = number_format(number_format_name, encoding, headroom_bits=headroom_bits)
    if profile.weight.bits != stored.bits:
        raise ValueError(
            f"`profile` has {profile.weight.bits} bits, {number_format_name} has {stored.bits}"
        )
    clock = Clock()
    hits = {kind: Hits(bits=stored.bits) for kind in DataKind}
    injection = Injection(clock=clock, hits=hits)
    # Numbered in the order of the layers, so that a site's faults follow from the seeds alone.
    sites = count()

    def memory(kind: DataKind) -> Memory:
        site = FaultSite(
            profile[kind],
            number_format=stored,
            old_content=(old_content or {}).get(kind, "random"),
            key=Key(study_seed=seed, training_seed=training_seed, site=next(sites)),
            hits=hits[kind],
        )
        return Memory(stored, site, clock, scaling)

    for layer in list(model.modules()):
        _attach(layer, memory, injection, activations_at)
    if not injection.undo:
        raise ValueError(
            "`model` has no convolution, linear, embedding or attention layer to inject into, "
            f"got {type(model).__name__}"
        )
    if may_attend(model):
        injection.undo += AttentionProducts(memory).follow(model)
    return injection


def _attach(
    layer: nn.Module, memory: Callable[[DataKind], Memory], injection: Injection, site: Site
) -> None:
    own = [name for name, _ in layer.named_parameters(recurse=False)]
    if isinstance(layer, nn.MultiheadAttention):
        for name in PROJECTIONS:
            if name in own:
                _store_weight(layer, name, memory, injection)
    elif isinstance(layer, LAYERS) and "weight" in own:
        _store_weight(layer, "weight", memory, injection)
        _store_activations_and_errors(layer, memory, injection, site)
    elif any("weight" in name for name in own) and not isinstance(layer, PASSED):
        warnings.warn(
            f"the parameters of {type(layer).__name__} are never faulted: write errors reach "
            f"convolution, linear, embedding and attention layers",
            UninjectedLayerWarning,
            stacklevel=3,
        )


def _store_weight(
    layer: nn.Module, name: str, memory: Callable[[DataKind], Memory], injection: Injection
) -> None:
    parametrize.register_parametrization(
        layer, name, _StoredWeight(memory(DataKind.WEIGHT)), unsafe=True
    )
    injection.undo.append(
        lambda: _forget(parametrize.remove_parametrizations(layer, name, leave_parametrized=False))
    )


def _forget(module: nn.Module) -> None:
    del module


def _store_activations_and_errors(
    layer: nn.Module, memory: Callable[[DataKind], Memory], injection: Injection, site: Site
) -> None:
    # Made in this order, as it numbers the sites.
    error, activation = memory(DataKind.ERROR), memory(DataKind.ACTIVATION)

    def after(module: nn.Module, inputs: Any, output: Tensor) -> Tensor:
        del module, inputs
        output = written(output, activation) if site == "outputs" else output
        return gradient_written(output, error)

    injection.undo.append(layer.register_forward_hook(after).remove)
    # An embedding reads indices, which are no stored values.
    if isinstance(layer, nn.Embedding) or site == "outputs":
        return

    def before(module: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        del module
        return (written(inputs[0], activation), *inputs[1:])

    injection.undo.append(layer.register_forward_pre_hook(before).remove)
