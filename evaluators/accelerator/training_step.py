"""A whole training step on the array: cycles, scratchpad accesses and off-chip traffic.

Everything that depends on the network alone is computed once; designs then come as arrays.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evaluators.accelerator.elementwise import elementwise_work
from evaluators.accelerator.options import AcceleratorOptions, Dataflow
from evaluators.accelerator.parts import PASSES, Parts
from evaluators.accelerator.placed import Placed, ProductGroup, grouped, phased
from evaluators.accelerator.residency import NOWHERE, LayerTensors, Lifetimes, Residency, lifetimes
from evaluators.accelerator.sizes import ArraySizes, Capacities
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
    """Counts of one training step for `n` designs, by part; elements unless said otherwise.

    The parts follow one another, what a part does overlaps. A part is a pass of the whole step,
    the four of `PASSES`; with `overlap = "layer"` it is a pass of one layer. `passes` has the
    place in `PASSES` of each part, `(p,)`. `reads` and `writes` have a row for each data kind:
    `(p, 3, n)`; the other arrays are `(p, n)`, `macs` and `vector_operations` `(p,)`. `dram_bytes`
    holds everything that crosses the chip's border.

    `buffer_reads` and `buffer_writes` are those of the buffers in front of the regions, likewise
    `(p, 3, n)`, 0 where a region has none; None where no region of any design has one.
    """

    passes: NDArray[np.intp]
    cycles: Array
    reads: Array
    writes: Array
    accumulator_reads: Array
    accumulator_writes: Array
    dram_bytes: Array
    macs: Array
    vector_operations: Array
    buffer_reads: Array | None = None
    buffer_writes: Array | None = None

    def at(self, designs: slice | NDArray[np.intp]) -> "StepCounts":
        """The counts of some of the designs, in any order and number. [-]"""
        arrays = {
            f.name: getattr(self, f.name)[..., designs]
            for f in fields(self)
            if f.name not in ("passes", "macs", "vector_operations")
            and getattr(self, f.name) is not None
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
        self._parts = Parts(len(lives.layers), by_layer=options.overlap == "layer")
        work, tensors = elementwise_work(network, self._parts, options, len(lives.tensors))
        lives = replace(lives, tensors=(*lives.tensors, *tensors))
        self._residency = Residency.by_kind(lives, element_bytes=element_bytes)
        self._products = placed_products(lives, options, self._parts)
        self._groups = grouped(
            self._products,
            self._residency,
            packed=options.depthwise == "packed",
            partial_weight=MASTER_BYTES / element_bytes,
        )
        self._weights = float(
            sum(t.elements for t in lives.tensors if t.operand is Operand.WEIGHT)
        )
        self._kept_weights = _kept_weights(lives, self._residency)
        self._work = work
        self._fills, self._spills = work.moved(self._residency)
        self._macs = np.zeros(len(self._parts.passes))
        for step, used in enumerate(lives.layers):
            for gemm in used.layer.gemms:
                self._macs[self._parts.of(PASSES.index(gemm.phase), step)] += gemm.macs

    def counts(
        self,
        rows: Counts,
        cols: Counts,
        capacity_bytes: Array,
        *,
        depth: Counts | None = None,
        buffer_bytes: Array | None = None,
    ) -> StepCounts:
        """Counts for designs.

        Args:
            rows: of the arrays. Shape `(n,)`. [-]
            cols: of the arrays. Shape `(n,)`. [-]
            capacity_bytes: of the region of each data kind. Shape `(3, n)`. [bytes]
            depth: words of a column's accumulator; None takes the options'. Shape `(n,)`.
            buffer_bytes: of the buffer in front of each region, 0 where it has none; None is no
                buffer anywhere. Shape `(3, n)`. [bytes]
        """
        if depth is None:
            depth = np.full(len(rows), self._options.accumulator_depth_words, dtype=np.int64)
        # Half of an accumulator is emptied while the other half is filled.
        on_array = self._on_array(rows, cols, np.maximum(depth // 2, 1))
        fills, spills, gradient = self._offchip(cols * depth, capacity_bytes)
        dram_bytes = (fills + spills).sum(axis=1) * self._element_bytes + gradient * MASTER_BYTES
        update = self._parts.update
        updated, written_back = self._updates(capacity_bytes)
        update_bytes = UPDATE_PASSES[self._options.optimizer] * MASTER_BYTES
        dram_bytes[update] += (
            written_back * self._element_bytes + float(self.network.parameters) * update_bytes
        )
        writes = on_array[:, 4:7] + self._work.writes[:, :, None] + fills
        writes[update] += updated
        counts = StepCounts(
            passes=self._parts.passes,
            cycles=on_array[:, 0] + np.ceil(self._work.operations[:, None] / cols),
            reads=on_array[:, 1:4] + self._work.reads[:, :, None] + spills,
            writes=writes,
            accumulator_reads=on_array[:, 7],
            accumulator_writes=on_array[:, 8],
            dram_bytes=dram_bytes,
            macs=self._macs,
            vector_operations=self._work.operations,
        )
        if buffer_bytes is None or not np.any(buffer_bytes):
            return counts
        # What the array and the element-wise work ask for, without what DRAM does.
        asked = on_array[:, 1:4] + self._work.reads[:, :, None], (
            on_array[:, 4:7] + self._work.writes[:, :, None])  # fmt: skip
        first = np.where(buffer_bytes > 0, buffer_bytes, capacity_bytes)
        fetched, put_back, _ = self._offchip(cols * depth, first, self._inner_groups)
        return _two_levels(counts, asked, (fetched, put_back), buffer_bytes > 0)

    def _on_array(self, rows: Counts, cols: Counts, depth: Counts) -> Array:
        """Cycles, reads and writes by kind, accumulator accesses. Shape `(p, 9, n)`."""
        sizes, back = ArraySizes.unique(rows, cols, depth)
        total = np.zeros((len(self._parts.passes), 9, len(sizes.rows.places)))
        for group in self._groups:
            total[group.part] += group.on_array(sizes)
        result: Array = total[:, :, back]
        return result

    @cached_property
    def _inner_groups(self) -> list[ProductGroup]:
        """As `_groups`, for the tiles of buffers: partial sums stay in the accumulator, so that
        every output is written into its region once.
        """
        return grouped(self._products, self._residency, whole_outputs=True)

    def _offchip(
        self, accumulator: Counts, capacity_bytes: Array, groups: Sequence[ProductGroup] = ()
    ) -> tuple[Array, Array, Array]:
        """Elements filled and spilled by kind, `(p, 3, n)`; partial gradients moved, `(p, n)`."""
        words = accumulator[None].astype(float)
        capacity = Capacities(np.concatenate([capacity_bytes / self._element_bytes, words]))
        moved = np.zeros((len(self._parts.passes), 7, len(accumulator)))
        for group in groups or self._groups:
            moved[group.part] += group.offchip(capacity)
        for row in range(len(KINDS)):
            point = self._residency.point(capacity_bytes[row] / self._element_bytes)
            moved[:, row] += self._fills[:, row][:, point]
            moved[:, len(KINDS) + row] += self._spills[:, row][:, point]
        return moved[:, 0:3], moved[:, 3:6], moved[:, 6]

    def _updates(self, capacity_bytes: Array) -> tuple[Array, Array]:
        """New working copies: those kept are written by kind, `(3, n)`, the others off-chip."""
        row = KINDS.index(DataKind.WEIGHT)
        point = self._residency.point(capacity_bytes[row] / self._element_bytes)
        # What is not kept goes off the chip after the update and is fetched again when it is read.
        updated = np.zeros(capacity_bytes.shape)
        updated[row] = self._kept_weights[point]
        return updated, self._weights - self._kept_weights[point]


Both = tuple[Array, Array]
"""Reads and writes, or what comes and goes. Shape `(p, 3, n)` each."""


def _two_levels(
    counts: StepCounts, asked: Both, moved: Both, buffered: NDArray[np.bool_]
) -> StepCounts:
    """The counts of regions with buffers in front of them.

    Args:
        counts: as if the array used the regions themselves.
        asked: what the array reads and writes.
        moved: what the buffers fetch from the regions, and what they put back.
        buffered: which regions have a buffer. Shape `(3, n)`.
    """
    (reads, writes), (fetched, put_back) = asked, moved
    return replace(
        counts,
        reads=np.where(buffered, counts.reads - reads + fetched, counts.reads),
        writes=np.where(buffered, counts.writes - writes + put_back, counts.writes),
        buffer_reads=np.where(buffered, reads + put_back, 0.0),
        buffer_writes=np.where(buffered, writes + fetched, 0.0),
    )


def placed_products(
    lives: Lifetimes, options: AcceleratorOptions, parts: Parts | None = None
) -> list[Placed]:
    """The products of a step as the array computes them, with the tensors they use."""
    parts = Parts(len(lives.layers)) if parts is None else parts
    dataflows: dict[Phase, Dataflow] = {
        Phase.FORWARD: options.dataflow_forward,
        Phase.INPUT_GRADIENT: options.dataflow_input_gradient,
        Phase.WEIGHT_GRADIENT: options.dataflow_weight_gradient,
    }
    products = []
    for step, used in enumerate(lives.layers):
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
                    part=parts.of(PASSES.index(gemm.phase), step),
                    shares_b=_shares_error(used, gemm.phase),
                )
            )
    return products


def _shares_error(used: LayerTensors, phase: Phase) -> bool:
    """Whether the input gradient has brought the error that a weight gradient reads."""
    phases = [gemm.phase for gemm in used.layer.gemms]
    return phase is Phase.WEIGHT_GRADIENT and Phase.INPUT_GRADIENT in phases


def _kept_weights(lives: Lifetimes, residency: Residency) -> Array:
    """Working copies that stay, over the columns of the residency."""
    kept = np.zeros_like(residency.moved(NOWHERE))
    for place, tensor in enumerate(lives.tensors):
        if tensor.operand is Operand.WEIGHT:
            kept += tensor.elements * (1.0 - residency.moved(place))
    return kept
