"""Matrix products of a training step that share dataflow and data kinds, equal shapes merged."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evaluators.accelerator.options import Dataflow
from evaluators.accelerator.residency import Residency
from evaluators.accelerator.sizes import ArraySizes, Capacities
from evaluators.accelerator.tiling import offchip_traffic
from evaluators.design import DataKind
from evaluators.workload import Gemm, Operand

Array = NDArray[np.float64]
Counts = NDArray[np.int64]

ROWS: Final = {
    operand: place
    for place, operand in enumerate(
        (Operand.ACTIVATION, Operand.WEIGHT, Operand.ERROR, Operand.WEIGHT_GRADIENT)
    )
}
"""Row of an operand in arrays over data kinds; gradients live in the accumulator, the last."""


NEVER_MOVED: Final = 1e6
"""Weight of a partial sum that no tile is to move: above any other cost, and sums stay exact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A product, and the tensors that hold its operands.

    `part` is the part of the step that the product belongs to; `shares_b` says that the layer's
    other backward product has already read B.
    """

    gemm: Gemm
    dataflow: Dataflow
    places: tuple[int, int, int]
    part: int = 0
    shares_b: bool = False

    @property
    def operands(self) -> tuple[Dataflow, Operand, Operand, Operand]:
        """Dataflow and data kinds, which the products of a group have in common."""
        return self.dataflow, self.gemm.a, self.gemm.b, self.gemm.c

    @property
    def shape(self) -> tuple[int, ...]:
        """What decides a product's counts: sizes, and true sizes of its tensors. [-]"""
        gemm = self.gemm
        sizes = (gemm.a_elements, gemm.b_elements, gemm.c_elements)
        each = (-(-size // gemm.count) for size in sizes)
        return (gemm.m, gemm.n, gemm.k, gemm.count, *each)


class ProductGroup:
    """Products of one part of the step, one dataflow and the same data kinds.

    Args:
        products: the products.
        residency: which of their tensors are kept.
        packed: products of one layer lie side by side on the array where several fit.
        partial_weight: bytes of a partial gradient over those of an element.
        beside: the tiles of operands in one region share the half that keeps no tensors; False
            gives each of them that much, whatever else is there.
        whole_outputs: outputs leave the accumulator once, summed up, whatever their operands then
            move; False lets partial sums go out and come back where that moves less.
    """

    def __init__(
        self,
        products: Sequence[Placed],
        residency: Residency,
        *,
        packed: bool = False,
        partial_weight: float = 1.0,
        beside: bool = True,
        whole_outputs: bool = False,
    ) -> None:
        self.part = products[0].part
        self._dataflow, *operands = products[0].operands
        self._rows = [ROWS[operand] for operand in operands]
        self._packed = packed
        gradient = self._rows[2] == len(DataKind)
        self._partial_weight = partial_weight if gradient else 1.0
        if whole_outputs:
            self._partial_weight = NEVER_MOVED
        together = self._rows if beside else self._rows[:2]
        self._shared = [max(together.count(row), 1) for row in self._rows]
        self._residency = residency
        shapes = sorted({product.shape for product in products})
        index = {shape: place for place, shape in enumerate(shapes)}
        self._m, self._n, self._k, self._count, *elements = (
            np.array(column, dtype=np.int64)[:, None] for column in zip(*shapes, strict=True)
        )
        self._elements = elements
        self._times = np.zeros((len(shapes), 1), dtype=np.int64)
        points = len(residency.moved(-1))
        self._moved = np.zeros((3, len(shapes), points))
        self._read_before = np.zeros((len(shapes), points))
        for product in products:
            shape, count = index[product.shape], product.gemm.count
            self._times[shape] += count
            for operand, place in enumerate(product.places):
                self._moved[operand, shape] += count * residency.moved(place)
            if product.shares_b:
                self._read_before[shape] += count * residency.moved(product.places[1])

    def on_array(self, sizes: ArraySizes) -> Array:
        """Cycles, reads and writes by kind, accumulator accesses. Shape `(9, n)`.

        The counts of `systolic.gemm_counts`, summed over the products: all but the cycles depend
        on rows, columns or depth alone.
        """
        m, n, k, flow = self._m, self._n, self._k, self._dataflow
        across, down, stream = {"os": (m, n, k), "ws": (k, n, m), "is": (k, m, n)}[flow]
        over_rows = _ceil(across, sizes.rows.values)
        over_cols = _ceil(down, sizes.cols.values)
        tiles = np.ones((len(m), len(sizes.depth.values))) if flow == "os" else _ceil(
            stream, sizes.depth.values)  # fmt: skip
        folds = over_rows[:, sizes.rows.places] * over_cols[:, sizes.cols.places]
        folds *= self._rounds(across, down, sizes)
        fill = (1 if flow == "os" else 2) * sizes.rows.each + sizes.cols.each - 2
        result = np.zeros((9, len(fill)))
        result[0] = stream[:, 0] @ folds + fill * np.einsum(
            "sn,sn->n", folds, tiles[:, sizes.depth.places])  # fmt: skip
        again = {"rows": (over_rows, sizes.rows), "cols": (over_cols, sizes.cols),
                 "depth": (tiles, sizes.depth)}  # fmt: skip
        a_again, b_again = {"os": ("cols", "rows"), "ws": ("cols", "depth"),
                            "is": ("depth", "cols")}[flow]  # fmt: skip
        for row, elements, by in (
            (self._rows[0], m * k, a_again),
            (self._rows[1], k * n, b_again),
        ):
            passes, side = again[by]
            result[1 + row] += ((self._times * elements)[:, 0] @ passes)[side.places]
        # Outputs are summed in the accumulator and leave it once, whatever the dataflow.
        outputs = (self._times * m * n)[:, 0]
        if self._rows[2] < len(DataKind):
            result[4 + self._rows[2]] += float(outputs.sum())
        partial = np.ones_like(over_rows) if flow == "os" else over_rows
        result[7:9] = (outputs @ partial)[sizes.rows.places]
        return result

    def _rounds(self, across: Counts, down: Counts, sizes: ArraySizes) -> Array:
        """How often the array is filled with a fold of every product. Shape `(shapes, 1 or n)`."""
        if not self._packed or self._count.max() == 1:
            return self._times.astype(float)
        fit = np.minimum(sizes.rows.values // across, (2**31,))[:, sizes.rows.places]
        fit = np.maximum(np.minimum(fit, (sizes.cols.values // down)[:, sizes.cols.places]), 1)
        layers = self._times // self._count
        return layers * _ceil(self._count, fit)

    def offchip(self, capacity: Capacities) -> Array:
        """Fills by kind, spills by kind, gradient partial sums. Shape `(7, n)`."""
        unique, back = capacity.of(self._rows)
        half = 0.5 * unique
        traffic = offchip_traffic(
            self._m[:, 0], self._n[:, 0], self._k[:, 0],
            capacity_a=half[0] / self._shared[0],
            capacity_b=half[1] / self._shared[1],
            capacity_c=half[2] / self._shared[2],
            a_elements=self._elements[0][:, 0],
            b_elements=self._elements[1][:, 0],
            c_elements=self._elements[2][:, 0],
            partial_weight=self._partial_weight,
        )  # fmt: skip
        points = [self._residency.point(row) for row in unique]
        moved = [self._moved[place].take(point, axis=1) for place, point in enumerate(points)]
        again = self._read_before.take(points[1], axis=1)
        again *= self._elements[1]
        result = np.zeros((7, unique.shape[1]))
        for place, reads in enumerate((traffic.a_reads, traffic.b_reads)):
            reads *= moved[place]
        np.subtract(traffic.b_reads, again, out=again)
        result[self._rows[0]] += traffic.a_reads.sum(axis=0)
        result[self._rows[1]] += again.sum(axis=0)
        if self._rows[2] < len(DataKind):
            result[self._rows[2]] += (moved[2] * traffic.c_reads).sum(axis=0)
            moved[2] *= traffic.c_writes
            result[3 + self._rows[2]] += moved[2].sum(axis=0)
        else:
            partial = traffic.c_reads + traffic.c_writes - self._elements[2]
            result[6] += (self._times * partial).sum(axis=0)
        gathered: Array = result[:, back]
        return gathered


def _ceil(value: Counts, by: Counts) -> Array:
    """Rounded up, as exact floats: products of them are then one matrix product."""
    result: Array = (-(-value // by)).astype(float)
    return result


def grouped(
    products: Iterable[Placed],
    residency: Residency,
    *,
    packed: bool = False,
    partial_weight: float = 1.0,
    beside: bool = True,
    whole_outputs: bool = False,
) -> list[ProductGroup]:
    """The products by part of the step and what they have in common; see `ProductGroup`."""
    groups: dict[tuple[object, ...], list[Placed]] = {}
    for product in products:
        groups.setdefault((product.part, *product.operands), []).append(product)
    return [
        ProductGroup(
            members,
            residency,
            packed=packed,
            partial_weight=partial_weight,
            beside=beside,
            whole_outputs=whole_outputs,
        )
        for members in groups.values()
    ]


def phased(gemm: Gemm) -> Gemm:
    """A strided input gradient as one product a phase of the stride, without its zeros.

    A window smaller than the stride leaves phases that are zero everywhere.
    """
    geometry = gemm.convolution
    if geometry is None or geometry.stride_h * geometry.stride_w == 1:
        return gemm
    batch = gemm.m // (geometry.in_h * geometry.in_w)
    channels = gemm.k // (geometry.kernel_h * geometry.kernel_w)
    phases = min(geometry.stride_h, geometry.kernel_h) * min(geometry.stride_w, geometry.kernel_w)
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
