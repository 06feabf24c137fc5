"""Off-chip traffic of a matrix product whose operands have scratchpads of their own.

The closed form takes the best of three loop orders, each of which keeps one operand's tile in
place and streams the other two, with near-square tiles aligned to the matrix. Factor 1 where an
operand is wholly resident.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """Elements moved; shapes broadcast. `c_reads` are partial sums that come back."""

    a_reads: Array
    b_reads: Array
    c_reads: Array
    c_writes: Array

    @property
    def total(self) -> Array:
        """All elements moved."""
        result: Array = self.a_reads + self.b_reads + self.c_reads + self.c_writes
        return result


def offchip_traffic(
    m: ArrayLike,
    n: ArrayLike,
    k: ArrayLike,
    *,
    capacity_a: ArrayLike,
    capacity_b: ArrayLike,
    capacity_c: ArrayLike,
    a_elements: ArrayLike | None = None,
    b_elements: ArrayLike | None = None,
    c_elements: ArrayLike | None = None,
) -> Traffic:
    """Elements that C (m x n) = A (m x k) B (k x n) moves between DRAM and the scratchpads.

    Args:
        m: rows of A and C. All shapes broadcast together.
        n: columns of B and C.
        k: columns of A, rows of B.
        capacity_a: elements of A that fit, half of its region (double buffering).
        capacity_b: likewise for B.
        capacity_c: likewise for C.
        a_elements: true size of A's tensor, None for m k; a convolution's image is smaller.
        b_elements: true size of B's tensor.
        c_elements: true size of C's tensor.

    Returns:
        Traffic by operand, of the loop order that moves least.
    """
    m, n, k, *capacities = np.broadcast_arrays(
        *(np.asarray(x, dtype=float) for x in (m, n, k, capacity_a, capacity_b, capacity_c))
    )
    sizes = [
        dense if given is None else np.asarray(given, dtype=float)
        for dense, given in ((m * k, a_elements), (k * n, b_elements), (m * n, c_elements))
    ]
    cap_a, cap_b, cap_c = (np.maximum(capacity, 1.0) for capacity in capacities)
    orders = np.stack(
        [
            _c_stays((m, n, k), (cap_a, cap_b, cap_c)),
            _a_stays((m, n, k), (cap_a, cap_b, cap_c)),
            _a_stays((n, m, k), (cap_b, cap_a, cap_c))[[1, 0, 2]],
        ]
    )
    for place, (size, capacity) in enumerate(zip(sizes, (cap_a, cap_b, cap_c), strict=True)):
        orders[:, place] = np.where(size <= capacity, 1.0, orders[:, place])
    moved = orders * np.stack(np.broadcast_arrays(*sizes))
    best = np.argmin(moved.sum(axis=1), axis=0)
    a, b, c = np.take_along_axis(moved, best[None, None], axis=0)[0]
    writes = 0.5 * (c + sizes[2])
    return Traffic(a_reads=a, b_reads=b, c_reads=c - writes, c_writes=writes)


def _c_stays(size: tuple[Array, Array, Array], capacity: tuple[Array, Array, Array]) -> Array:
    """How often A, B and C move while a tile of C stays."""
    m, n, _ = size
    tile_m, tile_n = _tile(m, n, capacity[2], 1.0)
    tile_m, tile_n = np.minimum(tile_m, capacity[0]), np.minimum(tile_n, capacity[1])
    return np.stack([_passes(n, tile_n), _passes(m, tile_m), np.ones_like(m)])


def _a_stays(size: tuple[Array, Array, Array], capacity: tuple[Array, Array, Array]) -> Array:
    """How often A, B and C move while a tile of A stays: partial sums go out and come back."""
    m, _, k = size
    tile_m, tile_k = _tile(m, k, capacity[0], 2.0)
    tile_m, tile_k = np.minimum(tile_m, capacity[2]), np.minimum(tile_k, capacity[1])
    return np.stack([np.ones_like(m), _passes(m, tile_m), 2.0 * _passes(k, tile_k) - 1.0])


def _tile(first: Array, second: Array, capacity: Array, weight: float) -> tuple[Array, Array]:
    """Sides of the tile that minimise 1/first + weight/second within the capacity, aligned."""
    side = np.minimum(first, np.floor(np.sqrt(capacity / weight)).clip(1.0))
    other = np.minimum(second, np.floor(capacity / side).clip(1.0))
    side = np.minimum(first, np.floor(capacity / other).clip(1.0))
    return _aligned(first, side), _aligned(second, other)


def _aligned(whole: Array, tile: Array) -> Array:
    """The smallest tile with the same number of passes."""
    result: Array = np.ceil(whole / np.ceil(whole / tile))
    return result


def _passes(whole: Array, tile: Array) -> Array:
    result: Array = np.ceil(whole / np.maximum(tile, 1.0))
    return result
