"""A product computed tile by tile: what each operand's buffer fetches and puts back."""

from math import ceil, inf

from evaluators.workload import Gemm
from tests.unit.accelerator.scalar_reference import best_passes

Moved = list[tuple[float, float]]
"""Elements fetched and put back of A, B and C."""

SIDES = ((0, 2), (2, 1), (0, 1))
"""Sides, of m, n, k, of A, B and C."""

STREAMS = (1, 0, 2)
"""The side that the tile of A, B or C lacks: while the tile stays, the others stream along it."""


def walked(gemm: Gemm, sizes: list[int], room: list[float], weight: float = 1e6) -> Moved:
    """The walk that moves fewest elements, of three that keep one operand's tile in place.

    `weight`: of an element of C, whose partial sums are to move as seldom as can be.
    """
    best: tuple[float, Moved] = inf, []
    for stays in range(3):
        for tile in tiles(gemm, sizes, room, stays, weight):
            moved = walk(gemm, sizes, room, stays, tile)
            cost = sum(moved[0]) + sum(moved[1]) + weight * sum(moved[2])
            if cost < best[0]:
                best = cost, moved
    return best[1]


def tiles(
    gemm: Gemm, sizes: list[int], room: list[float], stays: int, weight: float
) -> list[tuple[int, int]]:
    """Two sides of the tile that stays: the best that fits, and one element wide where the operand
    that passes over that side is wholly there.
    """
    whole = [(gemm.m, gemm.n, gemm.k)[side] for side in SIDES[stays]]
    # An operand that streams has one side with the tile in common, and is passed over the other.
    streaming = [operand_of(side, STREAMS[stays]) for side in SIDES[stays]]
    moved = streaming[::-1]
    costs = [sizes[operand] * (2 * weight if operand == 2 else 1.0) for operand in moved]
    limits = [room[operand] for operand in streaming]
    passes = best_passes((whole[0], whole[1]), costs, room[stays], (limits[0], limits[1]))
    found = [(ceil(whole[0] / passes[0]), ceil(whole[1] / passes[1]))]
    for place in (0, 1):
        if sizes[moved[1 - place]] <= room[moved[1 - place]]:
            wide = max(int(min(whole[place], room[stays], limits[place])), 1)
            found.append((wide, 1) if place == 0 else (1, wide))
    return found


def operand_of(first: int, second: int) -> int:
    """The operand with these two sides."""
    return next(o for o in range(3) if set(SIDES[o]) == {first, second})


def walk(
    gemm: Gemm, sizes: list[int], room: list[float], stays: int, tile: tuple[int, int]
) -> Moved:
    """Every tile of what stays once; the other two stream past, unless they are wholly there."""
    whole = (gemm.m, gemm.n, gemm.k)
    wide = list(whole)
    for side, elements in zip(SIDES[stays], tile, strict=True):
        wide[side] = elements
    there = [size <= space for size, space in zip(sizes, room, strict=True)]
    seen: list[set[tuple[int, int]]] = [set(), set(), set()]
    fetched, back = [0.0] * 3, [0.0] * 3
    first, second = SIDES[stays]
    for outer in range(0, whole[first], wide[first]):
        for inner in range(0, whole[second], wide[second]):
            at = [0, 0, 0]
            at[first], at[second] = outer, inner
            for operand, (a, b) in enumerate(SIDES):
                key = at[a], at[b]
                known = key in seen[operand]
                seen[operand].add(key)
                if known and there[operand]:
                    continue
                part = min(wide[a], whole[a] - at[a]) * min(wide[b], whole[b] - at[b])
                moved = part * sizes[operand] / (whole[a] * whole[b])
                if operand < 2:
                    fetched[operand] += moved
                    continue
                # Partial sums come back where they were put before.
                back[2] += moved
                fetched[2] += moved if known else 0.0
    return list(zip(fetched, back, strict=True))
