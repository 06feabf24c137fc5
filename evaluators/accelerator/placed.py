"""Matrix products of a training step that share dataflow and data kinds, equal shapes merged."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evaluators.accelerator.options import Dataflow
from evaluators.accelerator.residency import Residency
from evaluators.accelerator.systolic import gemm_counts
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A product, and the tensors that hold its operands.

    `shares_b` says that the layer's other backward product has already read B.
    """

    gemm: Gemm
    dataflow: Dataflow
    places: tuple[int, int, int]
    shares_b: bool = False

    @property
    def group(self) -> tuple[Dataflow, Operand, Operand, Operand]:
        """What the products of a group have in common."""
        return self.dataflow, self.gemm.a, self.gemm.b, self.gemm.c

    @property
    def shape(self) -> tuple[int, ...]:
        """What decides a product's counts: sizes, and true sizes of its tensors. [-]"""
        gemm = self.gemm
        sizes = (gemm.a_elements, gemm.b_elements, gemm.c_elements)
        return (gemm.m, gemm.n, gemm.k, *(-(-size // gemm.count) for size in sizes))


class ProductGroup:
    """Products of one dataflow and the same data kinds."""

    def __init__(self, products: Sequence[Placed], residency: Residency) -> None:
        self._dataflow, *operands = products[0].group
        self._rows = [ROWS[operand] for operand in operands]
        self._shared = 2.0 if operands[0] == operands[1] else 1.0
        self._residency = residency
        shapes = sorted({product.shape for product in products})
        index = {shape: place for place, shape in enumerate(shapes)}
        self._m, self._n, self._k, *elements = (
            np.array(column, dtype=np.int64) for column in zip(*shapes, strict=True)
        )
        self._elements = elements
        self._times = np.zeros(len(shapes), dtype=np.int64)
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

    def on_array(self, rows: Counts, cols: Counts, depth: int) -> Array:
        """Cycles, reads and writes by kind, accumulator accesses. Shape `(9, n)`. [-]"""
        counts = gemm_counts(
            self._m[:, None], self._n[:, None], self._k[:, None], rows=rows[None],
            cols=cols[None], dataflow=self._dataflow, accumulator_depth=depth,
        )  # fmt: skip
        times = self._times[:, None]
        # Outputs are summed in the accumulator and leave it once, whatever the dataflow.
        outputs = float((self._times * self._m * self._n).sum())
        result = np.zeros((9, len(rows)))
        result[0] = (times * counts.cycles).sum(axis=0)
        result[1 + self._rows[0]] += (times * counts.a_reads).sum(axis=0)
        result[1 + self._rows[1]] += (times * counts.b_reads).sum(axis=0)
        if self._rows[2] < len(DataKind):
            result[4 + self._rows[2]] += outputs
        result[7] = (times * counts.psum_reads).sum(axis=0) + outputs
        result[8] = (times * counts.c_writes).sum(axis=0)
        return result

    def offchip(self, capacity: Array) -> Array:
        """Fills by kind, spills by kind, gradient partial sums. Shape `(7, n)`. [-]

        Args:
            capacity: of the three regions and the accumulator. Shape `(4, n)`. [elements]
        """
        unique, back = np.unique(capacity[self._rows], axis=1, return_inverse=True)
        half = 0.5 * unique
        traffic = offchip_traffic(
            self._m, self._n, self._k,
            capacity_a=half[0] / self._shared,
            capacity_b=half[1] / self._shared,
            capacity_c=half[2],
            a_elements=self._elements[0],
            b_elements=self._elements[1],
            c_elements=self._elements[2],
        )  # fmt: skip
        points = [self._residency.point(row) for row in unique]
        moved = [self._moved[place][:, point] for place, point in enumerate(points)]
        again = self._read_before[:, points[1]] * self._elements[1][:, None]
        result = np.zeros((7, unique.shape[1]))
        result[self._rows[0]] += (moved[0] * traffic.a_reads).sum(axis=0)
        result[self._rows[1]] += (moved[1] * traffic.b_reads - again).sum(axis=0)
        if self._rows[2] < len(DataKind):
            result[self._rows[2]] += (moved[2] * traffic.c_reads).sum(axis=0)
            result[3 + self._rows[2]] += (moved[2] * traffic.c_writes).sum(axis=0)
        else:
            partial = traffic.c_reads + traffic.c_writes - self._elements[2][:, None]
            result[6] += (self._times[:, None] * partial).sum(axis=0)
        gathered: Array = result[:, back.reshape(-1)]
        return gathered


def grouped(products: Iterable[Placed], residency: Residency) -> list[ProductGroup]:
    """The products by what they have in common."""
    groups: dict[tuple[Dataflow, Operand, Operand, Operand], list[Placed]] = {}
    for product in products:
        groups.setdefault(product.group, []).append(product)
    return [ProductGroup(members, residency) for members in groups.values()]


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
