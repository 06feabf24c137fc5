"""Element-wise work: normalisation, activation functions, pooling, sums, the update."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluators.accelerator.options import AcceleratorOptions
from evaluators.accelerator.parts import PASSES, Parts
from evaluators.accelerator.residency import KINDS, Residency, Tensor
from evaluators.workload import Layer, Network, Operand, Phase

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What one element-wise layer reads and writes of one kind of data in one part of the step.

    `place` is that of the tensor it works on: what is not kept comes from and goes off the chip.
    """

    part: int
    kind: Operand
    place: int
    reads: int
    writes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementwiseWork:
    """Operations of each part, `(p,)`, and elements read and written by kind, `(p, 3)`."""

    operations: Array
    reads: Array
    writes: Array
    uses: tuple[Use, ...]

    def moved(self, residency: Residency) -> tuple[Array, Array]:
        """Elements filled and spilled over the residency's columns. Shape `(p, 3, c)` each."""
        columns = len(residency.moved(-1))
        fills, spills = np.zeros((2, *self.reads.shape, columns))
        for use in self.uses:
            gone = residency.moved(use.place)
            fills[use.part, KINDS.index(use.kind)] += use.reads * gone
            spills[use.part, KINDS.index(use.kind)] += use.writes * gone
        return fills, spills


def elementwise_work(
    network: Network, parts: Parts, options: AcceleratorOptions, first_place: int
) -> tuple[ElementwiseWork, list[Tensor]]:
    """What layers without a product do, in the pass and beside the layer that they follow.

    The backward work goes with the input gradients.

    Args:
        network: at its batch size.
        parts: of the step.
        options: whether the layers are fused with the products.
        first_place: of the tensors that they add to those of the products.

    Returns:
        The work, and those tensors.
    """
    operations = np.zeros(len(parts.passes))
    operations[parts.update] = network.parameters
    count = sum(bool(layer.gemms) for layer in network.layers)
    tensors: list[Tensor] = []
    uses: list[Use] = []
    step = 0
    for layer in network.layers:
        at = max(step - (not layer.gemms), 0)
        step += bool(layer.gemms)
        forward, backward = (
            parts.of(PASSES.index(phase), at) for phase in (Phase.FORWARD, Phase.INPUT_GRADIENT)
        )
        operations[forward] += layer.elementwise_forward
        operations[backward] += layer.elementwise_backward
        touched = _touched(layer, options)
        if any(touched):
            place = first_place + len(tensors)
            tensors += _tensors(layer, touched, step=at, last=2 * count - 1)
            read, written, stash, error, input_error = touched
            uses += [
                Use(part=forward, kind=Operand.ACTIVATION, place=place, reads=read,
                    writes=written),
                Use(part=backward, kind=Operand.ACTIVATION, place=place, reads=stash, writes=0),
                Use(part=backward, kind=Operand.ERROR, place=place + 1, reads=error,
                    writes=input_error),
            ]  # fmt: skip
    reads, writes = np.zeros((2, len(parts.passes), len(KINDS)))
    for use in uses:
        reads[use.part, KINDS.index(use.kind)] += use.reads
        writes[use.part, KINDS.index(use.kind)] += use.writes
    work = ElementwiseWork(operations=operations, reads=reads, writes=writes, uses=tuple(uses))
    return work, tensors


Touched = tuple[int, int, int, int, int]
"""Elements of activations read and written forward, of activations read backward, of errors read
and written backward."""


def _touched(layer: Layer, options: AcceleratorOptions) -> Touched:
    """What a layer reads and writes in memory, beyond what the products around it do."""
    forward, backward = bool(layer.elementwise_forward), bool(layer.elementwise_backward)
    if layer.gemms or options.elementwise == "fused":
        return 0, 0, 0, 0, 0
    if options.elementwise == "statistics_first":
        forward, backward = (forward and layer.statistics, backward and layer.statistics)
        again = backward * layer.input_elements
        return forward * layer.input_elements, 0, again, backward * layer.output_elements, 0
    return (
        forward * layer.input_elements,
        forward * layer.output_elements,
        backward * layer.stash_elements,
        backward * layer.output_elements,
        backward * layer.input_elements,
    )


def _tensors(layer: Layer, touched: Touched, *, step: int, last: int) -> list[Tensor]:
    """The layer's input, which lives on where its backward pass needs it, and its error."""
    read, written, stash, error, input_error = touched
    life = last - step
    return [
        Tensor(
            operand=Operand.ACTIVATION,
            elements=max(layer.input_elements, 1),
            accesses=bool(read) + bool(written) + bool(stash),
            first_step=step,
            last_step=life if stash else step,
        ),
        Tensor(
            operand=Operand.ERROR,
            elements=max(layer.output_elements, 1),
            accesses=bool(error) + bool(input_error),
            first_step=life,
            last_step=life,
        ),
    ]
