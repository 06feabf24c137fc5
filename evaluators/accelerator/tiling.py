"""Off-chip traffic of a matrix product whose operands have scratchpads of their own.

Three loop orders, each of which keeps one operand's tile in place and streams the other two. For
each, the sides of the tile come from a ladder of numbers of passes, so that the traffic never
grows with a capacity; an operand that is wholly resident moves once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluators.accelerator.sizes import unique_columns

Array = NDArray[np.float64]
Sides = tuple[Array, Array]

LADDER_RATIO: Final = 1.5
"""Passes of a side are tried at 1, 2, 3, 4, 6, 9, ...: at most 2 % from the best tile."""


ELEMENTS_AT_ONCE: Final = 100_000
"""Candidates worked on together, so that they stay in the processor's cache."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """Elements moved; shapes broadcast. `c_reads` are partial sums that come back."""

    a_reads: Array
    b_reads: Array
    c_reads: Array
    c_writes: Array

    @property
    def total(self) -> Array:
        """All elements moved. [-]"""
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
    partial_weight: float = 1.0,
) -> Traffic:
    """Elements that C (m x n) = A (m x k) B (k x n) moves between DRAM and the scratchpads.

    Args:
        m: rows of A and C. Shape `(g,)`. [-]
        n: columns of B and C. Shape `(g,)`. [-]
        k: columns of A, rows of B. Shape `(g,)`. [-]
        capacity_a: elements of A that fit, half of its region (double buffering). Shape `(d,)`.
        capacity_b: likewise for B. Shape `(d,)`.
        capacity_c: likewise for C. Shape `(d,)`.
        a_elements: true size of A's tensor, None for m k; a convolution's image is smaller.
        b_elements: true size of B's tensor.
        c_elements: true size of C's tensor.
        partial_weight: bytes of a partial sum of C over those of an element of A and B: what
            moves least is in bytes.

    Returns:
        Traffic by operand, of the loop order that moves least. Shape `(g, d)`.
    """
    sides = [np.atleast_1d(np.asarray(side, dtype=float))[:, None] for side in (m, n, k)]
    dense = (sides[0] * sides[2], sides[2] * sides[1], sides[0] * sides[1])
    sizes = [
        whole
        if given is None
        else np.broadcast_to(np.atleast_1d(np.asarray(given, dtype=float))[:, None], whole.shape)
        for whole, given in zip(dense, (a_elements, b_elements, c_elements), strict=True)
    ]
    capacities = np.broadcast_arrays(
        *(
            np.maximum(np.atleast_1d(np.asarray(capacity, dtype=float)), 1.0)
            for capacity in (capacity_a, capacity_b, capacity_c)
        )
    )
    # The three lines of equation (12), in the order A, B, C of what stays.
    a, b, c = (np.array(moved) for moved in _order(0, sides, sizes, capacities, partial_weight))
    least = a + b
    least += partial_weight * c
    for stays in (1, 2):
        others = _order(stays, sides, sizes, capacities, partial_weight)
        total = others[0] + others[1]
        total += partial_weight * others[2]
        better = total < least
        for kept, other in ((least, total), *zip((a, b, c), others, strict=True)):
            np.copyto(kept, other, where=better)
    # Partial sums come in once less than they go out, so C is written |C| more than it is read.
    writes = 0.5 * (c + sizes[2])
    return Traffic(a_reads=a, b_reads=b, c_reads=c - writes, c_writes=writes)


def _order(
    stays: int,
    sides: Sequence[Array],
    sizes: Sequence[Array],
    capacities: Sequence[Array],
    partial_weight: float,
) -> list[Array]:
    """What A, B and C move while a tile of one of them stays. Shape `(g, d)` each.

    A tile's pass over one of its sides moves the operand that has the other side: C's tile of
    (m, n) makes B move once a pass over m, and A once a pass over n. Where C does not stay, its
    partial sums go out and come back in every pass over k but the last.
    """
    side_of = {0: (0, 2), 1: (1, 2), 2: (0, 1)}[stays]  # of m, n, k
    moved_by = {0: (1, 2), 1: (0, 2), 2: (1, 0)}[stays]  # which operand a pass moves
    # The factor 2 of equation (12): a partial sum goes out and comes back.
    again = [2.0 if operand == 2 else 1.0 for operand in moved_by]
    first, second = (sides[side] for side in side_of)
    clamps = {0: (2, 1), 1: (2, 0), 2: (0, 1)}[stays]
    weights = [partial_weight if operand == 2 else 1.0 for operand in moved_by]
    costs = [
        weight * times * sizes[operand]
        for weight, times, operand in zip(weights, again, moved_by, strict=True)
    ]
    tile = _Tile(
        (first, second), (costs[0], costs[1]), capacities[stays],
        (capacities[clamps[0]], capacities[clamps[1]]),
    )  # fmt: skip
    # What is wholly resident moves once, however often the tile passes over it.
    fits = [sizes[operand] <= capacities[operand] for operand in moved_by]
    moved = [np.broadcast_to(size, fits[0].shape) for size in sizes]
    for place, operand in enumerate(moved_by):
        passes = tile.passes(place)
        np.copyto(passes, tile.fewest(place), where=fits[1 - place])
        np.copyto(passes, 1.0, where=fits[place])
        # 2 passes - 1 of C: the first pass has nothing to fetch.
        passes -= 1.0
        passes *= again[place]
        passes += 1.0
        passes *= sizes[operand]
        moved[operand] = passes
    return moved


class _Tile:
    """Passes over the two sides of the tile that stays, where they cost least."""

    def __init__(self, sides: Sides, costs: Sides, capacity: Array, clamps: Sides) -> None:
        limits = [np.minimum(clamp, side.max()) for clamp, side in zip(clamps, sides, strict=True)]
        unique, self._back = unique_columns([capacity, *limits])
        held, *most = (values[None] for values in unique)
        found = [
            _along(sides, costs, held, (most[0], most[1])),
            _along(sides[::-1], costs[::-1], held, (most[1], most[0]))[[0, 2, 1]],
        ]
        # A ladder over either side; the other side takes all the room that is left.
        better = found[1][0] < found[0][0]
        self._passes = [np.where(better, found[1][p], found[0][p]) for p in (1, 2)]
        self._fewest = [
            np.ceil(side / np.minimum(np.minimum(side, held), limit))
            for side, limit in zip(sides, most, strict=True)
        ]

    def passes(self, side: int) -> Array:
        """Over one of the two sides. Shape `(g, d)`."""
        result: Array = self._passes[side].take(self._back, axis=1)
        return result

    def fewest(self, side: int) -> Array:
        """Likewise, when the tile may be one element wide in the other. Shape `(g, d)`."""
        result: Array = self._fewest[side].take(self._back, axis=1)
        return result


def _along(sides: Sides, costs: Sides, capacity: Array, limits: Sides) -> Array:
    """Least cost and its passes over both sides, with a ladder over the first. `(3, g, u)`."""
    shape = len(sides[0]), capacity.shape[1]
    best = np.full((3, *shape), np.inf)
    widest = np.minimum(capacity, limits[0])
    ladder = _ladder(int(sides[0].max()))
    alive: NDArray[np.intp] = np.arange(shape[0])
    columns = np.arange(shape[1])
    start = 0
    while start < len(ladder) and alive.size:
        rows = slice(None) if alive.size == shape[0] else alive
        first, second, first_cost, second_cost = (values[rows] for values in (*sides, *costs))
        # So many rungs at a time that the arrays stay within the processor's cache.
        end = start + max(1, ELEMENTS_AT_ONCE // (alive.size * shape[1]))
        tile = np.ceil(first / ladder[start:end, None, None])
        over_first = np.ceil(first / tile)
        # No wider than what is left of the tile, its own operand, and the matrix.
        other = np.floor(capacity / tile)
        np.minimum(other, limits[1], out=other)
        np.clip(other, 1.0, second, out=other)
        over_second = np.ceil(np.divide(second, other, out=other), out=other)
        cost = second_cost * over_second
        cost += first_cost * over_first
        np.copyto(cost, np.inf, where=tile > widest)
        least = cost.argmin(axis=0)
        each = np.arange(alive.size)[:, None]
        found = cost[least, each, columns], over_first[least, each, 0], over_second[
            least, each, columns]  # fmt: skip
        # The first of equal rungs wins, so that the result does not depend on the chunks.
        better = found[0] < best[0][rows]
        for values, new in zip(best, found, strict=True):
            values[rows] = np.where(better, new, values[rows])
        start = end
        if start < len(ladder):
            # A further rung passes over the first side more often, over the other at least once.
            more = np.ceil(first / np.ceil(first / ladder[start]))
            hopeful = first_cost * more + second_cost < best[0][rows]
            alive = alive[hopeful.any(axis=1)]
    return best


@cache
def _ladder(largest: int) -> Array:
    # Steps of a constant ratio: traffic is within that ratio of the best tile's.
    steps = [1]
    while steps[-1] < largest:
        steps.append(max(steps[-1] + 1, round(steps[-1] * LADDER_RATIO)))
    return np.array(steps, dtype=float)
