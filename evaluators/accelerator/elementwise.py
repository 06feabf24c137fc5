"""Element-wise work: normalisation, activation functions, pooling, sums, the update."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluators.accelerator.parts import PASSES, Parts
from evaluators.design import DataKind
from evaluators.workload import Network, Phase

Array = NDArray[np.float64]

ACTIVATION, _, ERROR = range(len(DataKind))


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementwiseWork:
    """Operations of each part, `(p,)`, and elements read and written by kind, `(p, 3)`."""

    operations: Array
    reads: Array
    writes: Array


def elementwise_work(network: Network, parts: Parts) -> ElementwiseWork:
    """What layers without a product do, in the pass and beside the layer that they follow.

    The backward work goes with the input gradients.
    """
    shape = (len(parts.passes), len(DataKind))
    operations, reads, writes = np.zeros(shape[0]), np.zeros(shape), np.zeros(shape)
    operations[parts.update] = network.parameters
    step = 0
    for layer in network.layers:
        forward, backward = (
            parts.of(PASSES.index(phase), max(step - (not layer.gemms), 0))
            for phase in (Phase.FORWARD, Phase.INPUT_GRADIENT)
        )
        step += bool(layer.gemms)
        operations[forward] += layer.elementwise_forward
        operations[backward] += layer.elementwise_backward
        if layer.gemms:
            continue
        if layer.elementwise_forward:
            reads[forward, ACTIVATION] += layer.input_elements
            writes[forward, ACTIVATION] += layer.output_elements
        if layer.elementwise_backward:
            reads[backward, ACTIVATION] += layer.stash_elements
            reads[backward, ERROR] += layer.output_elements
            writes[backward, ERROR] += layer.input_elements
    return ElementwiseWork(operations=operations, reads=reads, writes=writes)
