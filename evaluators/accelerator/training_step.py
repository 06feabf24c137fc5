"""A whole training step on the array: cycles, scratchpad accesses and off-chip traffic.

Everything that depends on the network alone is computed once; designs then come as arrays.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evaluators.accelerator.options import AcceleratorOptions, Dataflow
from evaluators.accelerator.systolic import gemm_counts
from evaluators.accelerator.tiling import offchip_traffic
from evaluators.design import DataKind
from evaluators.workload import Gemm, Network, Operand, Phase

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
        self._groups = {
            dataflow: _Merged(gemms) for dataflow, gemms in _by_dataflow(network, options).items()
        }
        self._vector_reads, self._vector_writes = _elementwise_accesses(network)
        self._vector_operations = float(
            sum(x.elementwise_forward + x.elementwise_backward for x in network.layers)
            + network.parameters
        )

    def counts(self, rows: Counts, cols: Counts, capacity_bytes: Array) -> StepCounts:
        """Counts for designs.

        Args:
            rows: of the arrays. Shape `(n,)`.
            cols: of the arrays. Shape `(n,)`.
            capacity_bytes: of the region of each data kind. Shape `(3, n)`. [bytes]
        """
        on_array = self._on_array(rows, cols)
        fills, spills, gradient = self._offchip(cols, capacity_bytes)
        size = len(rows)
        updated = np.zeros((len(KINDS), size))
        updated[KINDS.index(DataKind.WEIGHT)] = self.network.parameters
        update_bytes = UPDATE_PASSES[self._options.optimizer] * MASTER_BYTES
        dram_bytes = (
            (fills + spills).sum(axis=0) * self._element_bytes
            + gradient * MASTER_BYTES
            + float(self.network.parameters) * update_bytes
        )
        return StepCounts(
            cycles=on_array[0] + np.ceil(self._vector_operations / cols),
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
        sizes, back = np.unique(np.stack([rows, cols]), axis=1, return_inverse=True)
        total = np.zeros((9, sizes.shape[1]))
        for dataflow, merged in self._groups.items():
            total += merged.on_array(
                sizes[0], sizes[1], dataflow, self._options.accumulator_depth_words
            )
        result: Array = total[:, back.reshape(-1)]
        return result

    def _offchip(self, cols: Counts, capacity_bytes: Array) -> tuple[Array, Array, Array]:
        """Elements filled and spilled by kind, `(3, n)`, and partial gradients moved, `(n,)`."""
        accumulator = (cols * self._options.accumulator_depth_words).astype(float)
        wanted = np.concatenate([capacity_bytes / self._element_bytes, accumulator[None]])
        unique, back = np.unique(wanted, axis=1, return_inverse=True)
        moved = np.zeros((7, unique.shape[1]))
        for merged in self._groups.values():
            moved += merged.offchip(unique)
        moved = moved[:, back.reshape(-1)]
        return moved[0:3], moved[3:6], moved[6]


class _Merged:
    """Products of one dataflow, equal shapes merged. Arrays over shapes are columns `(g, 1)`."""

    def __init__(self, gemms: Mapping[Gemm, int]) -> None:
        shapes = list(gemms)

        def column(values: Iterable[int]) -> Counts:
            return np.fromiter(values, dtype=np.int64)[:, None]

        self._times = column(gemms[g] * g.count for g in shapes)
        self._m, self._n, self._k = (
            column(getattr(g, side) for g in shapes) for side in ("m", "n", "k")
        )
        self._elements = tuple(
            column(getattr(g, f"{side}_elements") // g.count for g in shapes) for side in "abc"
        )
        # One row a kind of data, one column a shape: which shapes read or write that kind.
        self._is_a, self._is_b, self._is_c = (
            np.array([[getattr(g, side).value == kind.value for g in shapes] for kind in KINDS],
                     dtype=float)
            for side in "abc"
        )  # fmt: skip
        self._place_a, self._place_b, self._place_c = (
            np.array([_place(getattr(g, side)) for g in shapes]) for side in "abc"
        )
        self._shared = self._is_a.T @ np.ones(3) * np.array([g.a == g.b for g in shapes]) + 1.0

    def on_array(self, rows: Counts, cols: Counts, dataflow: Dataflow, depth: int) -> Array:
        counts = gemm_counts(
            self._m, self._n, self._k, rows=rows[None], cols=cols[None], dataflow=dataflow,
            accumulator_depth=depth,
        )  # fmt: skip
        times = self._times
        outputs = times * self._m * self._n * np.ones_like(cols[None])
        reads = self._is_a @ (times * counts.a_reads) + self._is_b @ (times * counts.b_reads)
        # Outputs are summed in the accumulator and leave it once, whatever the dataflow.
        return np.concatenate(
            [
                (times * counts.cycles).sum(axis=0, keepdims=True, dtype=float),
                reads,
                self._is_c @ outputs,
                (times * counts.psum_reads + outputs).sum(axis=0, keepdims=True, dtype=float),
                (times * counts.c_writes).sum(axis=0, keepdims=True, dtype=float),
            ]
        )

    def offchip(self, capacity: Array) -> Array:
        """Fills by kind, spills by kind, gradient partials. `capacity` is `(4, n)` in elements."""
        half = 0.5 * capacity
        moved = offchip_traffic(
            self._m, self._n, self._k,
            capacity_a=half[self._place_a] / self._shared[:, None],
            capacity_b=half[self._place_b] / self._shared[:, None],
            capacity_c=half[self._place_c],
            a_elements=self._elements[0],
            b_elements=self._elements[1],
            c_elements=self._elements[2],
        )  # fmt: skip
        times = self._times
        fills = self._is_a @ (times * moved.a_reads) + self._is_b @ (times * moved.b_reads)
        fills = fills + self._is_c @ (times * moved.c_reads)
        gradient = (1.0 - self._is_c.sum(axis=0)) @ (
            times * (moved.c_reads + moved.c_writes - self._elements[2])
        )
        return np.concatenate([fills, self._is_c @ (times * moved.c_writes), gradient[None]])


def _place(operand: Operand) -> int:
    """Row of the capacities that an operand lives in; gradients live in the accumulator."""
    names = [kind.value for kind in KINDS]
    return names.index(operand.value) if operand.value in names else len(KINDS)


def _by_dataflow(network: Network, options: AcceleratorOptions) -> dict[Dataflow, Counter[Gemm]]:
    dataflows: dict[Phase, Dataflow] = {
        Phase.FORWARD: options.dataflow_forward,
        Phase.INPUT_GRADIENT: options.dataflow_input_gradient,
        Phase.WEIGHT_GRADIENT: options.dataflow_weight_gradient,
    }
    groups: dict[Dataflow, Counter[Gemm]] = {}
    for layer in network.layers:
        for gemm in layer.gemms:
            shaped = phased(gemm) if options.stride == "phased" else gemm
            merged = replace(shaped, phase=Phase.FORWARD, convolution=None)
            groups.setdefault(dataflows[gemm.phase], Counter())[merged] += 1
    return groups


def phased(gemm: Gemm) -> Gemm:
    """A strided input gradient as s^2 products without the stride's zeros."""
    geometry = gemm.convolution
    if geometry is None or geometry.stride_h * geometry.stride_w == 1:
        return gemm
    batch = gemm.m // (geometry.in_h * geometry.in_w)
    channels = gemm.k // (geometry.kernel_h * geometry.kernel_w)
    phases = geometry.stride_h * geometry.stride_w
    height, width = -(-geometry.in_h // geometry.stride_h), -(-geometry.in_w // geometry.stride_w)
    kernel = -(-geometry.kernel_h // geometry.stride_h) * -(
        -geometry.kernel_w // geometry.stride_w
    )
    return replace(
        gemm,
        m=batch * height * width,
        k=channels * kernel,
        count=gemm.count * phases,
        convolution=None,
    )


def _elementwise_accesses(network: Network) -> tuple[Array, Array]:
    """Scratchpad reads and writes of layers without a product, by kind. Shape `(3,)` each."""
    reads, writes = np.zeros(len(KINDS)), np.zeros(len(KINDS))
    activation, error = KINDS.index(DataKind.ACTIVATION), KINDS.index(DataKind.ERROR)
    for layer in network.layers:
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
