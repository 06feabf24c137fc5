"""A whole training step on the array: cycles, scratchpad accesses and off-chip traffic.

Everything that depends on the network alone is computed once; designs then come as arrays.
"""

from dataclasses import dataclass, fields, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evaluators.accelerator.options import AcceleratorOptions, Dataflow
from evaluators.accelerator.placed import Placed, grouped, phased
from evaluators.accelerator.residency import NOWHERE, LayerTensors, Lifetimes, Residency, lifetimes
from evaluators.design import DataKind
from evaluators.workload import Network, Operand, Phase

Array = NDArray[np.float64]
Counts = NDArray[np.int64]

MASTER_BYTES: Final = 4
"""Master weights, weight gradients and optimizer state are fp32. [bytes]"""

UPDATE_PASSES: Final = {"sgd": 4, "momentum": 6, "adam": 8}
"""fp32 words moved off-chip for each parameter: gradient, master weight and each state, out and
back."""

KINDS: Final = tuple(DataKind)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCounts:
    """Counts of one training step for `n` designs; elements unless said otherwise.

    `reads` and `writes` have a row for each data kind: `(3, n)`. `dram_bytes` holds everything
    that crosses the chip's border.
    """

    cycles: Array
    reads: Array
    writes: Array
    accumulator_reads: Array
    accumulator_writes: Array
    dram_bytes: Array
    macs: float
    vector_operations: float

    def at(self, designs: slice | NDArray[np.intp]) -> "StepCounts":
        """The counts of some of the designs, in any order and number. [-]"""
        arrays = {
            f.name: getattr(self, f.name)[..., designs]
            for f in fields(self)
            if f.name not in ("macs", "vector_operations")
        }
        return replace(self, **arrays)


class TrainingStep:
    """One network's training step under fixed options.

    Args:
        network: at its batch size.
        options: dataflows, stride, optimizer, accumulator.
        element_bytes: of a stored value of the number format. [bytes]
    """

    def __init__(
        self, network: Network, options: AcceleratorOptions, *, element_bytes: float
    ) -> None:
        self._options = options
        self._element_bytes = element_bytes
        self.network = network
        lives = lifetimes(network, branches=options.branches)
        self._residency = Residency.by_kind(lives, element_bytes=element_bytes)
        self._groups = grouped(placed_products(lives, options), self._residency)
        self._weights = float(
            max(
                network.parameters,
                sum(t.elements for t in lives.tensors if t.operand is Operand.WEIGHT),
            )
        )
        self._kept_weights = _kept_weights(network, lives, self._residency)
        self._vector_reads, self._vector_writes = _elementwise_accesses(network)
        self._vector_operations = float(
            sum(x.elementwise_forward + x.elementwise_backward for x in network.layers)
            + network.parameters
        )

    def counts(self, rows: Counts, cols: Counts, capacity_bytes: Array) -> StepCounts:
        """Counts for designs.

        Args:
            rows: of the arrays. Shape `(n,)`. [-]
            cols: of the arrays. Shape `(n,)`. [-]
            capacity_bytes: of the region of each data kind. Shape `(3, n)`. [bytes]
        """
        on_array = self._on_array(rows, cols)
        fills, spills, gradient = self._offchip(cols, capacity_bytes)
        updated, written_back = self._updates(capacity_bytes)
        update_bytes = UPDATE_PASSES[self._options.optimizer] * MASTER_BYTES
        # Gradients and the optimizer's state are fp32 in DRAM, whatever the number format.
        dram_bytes = (
            ((fills + spills).sum(axis=0) + written_back) * self._element_bytes
            + gradient * MASTER_BYTES
            + float(self.network.parameters) * update_bytes
        )
        return StepCounts(
            # One element-wise lane a column (`assumed`), after the products.
            cycles=on_array[0] + np.ceil(self._vector_operations / cols),
            # A spill is read from the scratchpad, a fill and a kept update are written into it.
            reads=on_array[1:4] + self._vector_reads[:, None] + spills,
            writes=on_array[4:7] + self._vector_writes[:, None] + fills + updated,
            accumulator_reads=on_array[7],
            accumulator_writes=on_array[8],
            dram_bytes=dram_bytes,
            macs=float(self.network.macs()),
            vector_operations=self._vector_operations,
        )

    def _on_array(self, rows: Counts, cols: Counts) -> Array:
        """Cycles, reads and writes by kind, accumulator accesses. Shape `(9, n)`."""
        # Many designs share an array; each is counted once.
        sizes, back = np.unique(np.stack([rows, cols]), axis=1, return_inverse=True)
        total = np.zeros((9, sizes.shape[1]))
        for group in self._groups:
            total += group.on_array(sizes[0], sizes[1], self._options.accumulator_depth_words)
        result: Array = total[:, back.reshape(-1)]
        return result

    def _offchip(self, cols: Counts, capacity_bytes: Array) -> tuple[Array, Array, Array]:
        """Elements filled and spilled by kind, `(3, n)`, and partial gradients moved, `(n,)`."""
        # A weight gradient's partial sums live in the accumulator, not in a region.
        accumulator = (cols * self._options.accumulator_depth_words).astype(float)
        capacity = np.concatenate([capacity_bytes / self._element_bytes, accumulator[None]])
        moved = np.zeros((7, capacity.shape[1]))
        for group in self._groups:
            moved += group.offchip(capacity)
        return moved[0:3], moved[3:6], moved[6]

    def _updates(self, capacity_bytes: Array) -> tuple[Array, Array]:
        """New working copies: those kept are written by kind, `(3, n)`, the others off-chip."""
        row = KINDS.index(DataKind.WEIGHT)
        point = self._residency.point(capacity_bytes[row] / self._element_bytes)
        # What is not kept goes off the chip after the update and is fetched again when it is read.
        updated = np.zeros(capacity_bytes.shape)
        updated[row] = self._kept_weights[point]
        return updated, self._weights - self._kept_weights[point]


def placed_products(lives: Lifetimes, options: AcceleratorOptions) -> list[Placed]:
    """The products of a step as the array computes them, with the tensors they use."""
    dataflows: dict[Phase, Dataflow] = {
        Phase.FORWARD: options.dataflow_forward,
        Phase.INPUT_GRADIENT: options.dataflow_input_gradient,
        Phase.WEIGHT_GRADIENT: options.dataflow_weight_gradient,
    }
    products = []
    for used in lives.layers:
        for gemm in used.layer.gemms:
            # `naive` multiplies the zeros between strided gradients; `phased` leaves them out.
            shaped = phased(gemm) if options.stride == "phased" else gemm
            places = used.places(gemm)
            if gemm.phase is Phase.FORWARD and places[2] != NOWHERE:
                read = lives.tensors[places[2]].elements  # what pooling leaves of the output
                shaped = replace(shaped, c_elements=min(shaped.c_elements, read))
            products.append(
                Placed(
                    gemm=shaped,
                    dataflow=dataflows[gemm.phase],
                    places=places,
                    shares_b=_shares_error(used, gemm.phase),
                )
            )
    return products


def _shares_error(used: LayerTensors, phase: Phase) -> bool:
    """Whether the input gradient has brought the error that a weight gradient reads."""
    phases = [gemm.phase for gemm in used.layer.gemms]
    return phase is Phase.WEIGHT_GRADIENT and Phase.INPUT_GRADIENT in phases


def _kept_weights(network: Network, lives: Lifetimes, residency: Residency) -> Array:
    """Working copies that stay, over the columns of the residency; vectors always do."""
    weights = [p for p, tensor in enumerate(lives.tensors) if tensor.operand is Operand.WEIGHT]
    elements = float(sum(lives.tensors[place].elements for place in weights))
    kept = np.full(residency.moved(NOWHERE).shape, max(network.parameters - elements, 0.0))
    for place in weights:
        kept += lives.tensors[place].elements * (1.0 - residency.moved(place))
    return kept


def _elementwise_accesses(network: Network) -> tuple[Array, Array]:
    """Scratchpad reads and writes of layers without a product, by kind. Shape `(3,)` each."""
    reads, writes = np.zeros(len(KINDS)), np.zeros(len(KINDS))
    activation, error = KINDS.index(DataKind.ACTIVATION), KINDS.index(DataKind.ERROR)
    for layer in network.layers:
        # Fused with its product, so its operands never cross the scratchpad alone.
        if layer.gemms:
            continue
        if layer.elementwise_forward:
            reads[activation] += layer.input_elements
            writes[activation] += layer.output_elements
        if layer.elementwise_backward:
            reads[activation] += layer.stash_elements
            reads[error] += layer.output_elements
            writes[error] += layer.input_elements
    return reads, writes
