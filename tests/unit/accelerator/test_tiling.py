"""Off-chip traffic against a search over all tiles, its lower bound, and its growth."""

import itertools
from math import ceil, floor, inf, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluators.accelerator import offchip_traffic

SHAPES = [
    (100352, 64, 576), (6272, 512, 4608), (25088, 256, 1152), (32, 1000, 512), (4608, 512, 1568),
    (64, 576, 100352), (6304, 3072, 768), (512, 512, 512), (1, 4096, 9216), (777, 555, 333),
    (401408, 64, 147), (13, 100000, 7),
]  # fmt: skip
CAPACITIES = [
    (2**17, 2**17, 2**17), (2**19, 2**18, 2**19), (2**20, 2**16, 2**18),
    (2**22, 2**21, 2**22), (3000, 5000, 2000), (2**15, 2**19, 2**19),
]  # fmt: skip
SIZES = st.integers(1, 30_000)
SMALL = st.integers(1, 2**22)


def tiles(side: int) -> list[int]:
    """Every tile that no smaller one equals in passes."""
    passes = {ceil(side / tile) for tile in range(1, floor(sqrt(side)) + 2)}
    passes |= set(range(1, floor(sqrt(side)) + 2))
    return sorted({ceil(side / p) for p in passes if p <= side})


def searched(m: int, n: int, k: int, caps: tuple[int, int, int]) -> float:
    """Least traffic over all tiles of the three loop orders, written without regard to speed."""
    sizes = {"a": m * k, "b": k * n, "c": m * n}
    cap = dict(zip("abc", caps, strict=True))
    sides = {"m": m, "n": n, "k": k}
    orders = (("c", "m", "n", "b", "a"), ("a", "m", "k", "b", "c"), ("b", "n", "k", "a", "c"))
    streamed = {("c", "m"): "a", ("c", "n"): "b", ("a", "m"): "c", ("a", "k"): "b",
                ("b", "n"): "c", ("b", "k"): "a"}  # fmt: skip
    best = inf
    for stays, first, second, by_first, by_second in orders:
        for one, two in itertools.product(tiles(sides[first]), tiles(sides[second])):
            if one * two > cap[stays] or one > cap[streamed[stays, first]]:
                continue
            if two > cap[streamed[stays, second]]:
                continue
            total = sizes[stays]
            for side, tile, operand in ((first, one, by_first), (second, two, by_second)):
                passes = 1 if sizes[operand] <= cap[operand] else ceil(sides[side] / tile)
                total += sizes[operand] * (2 * passes - 1 if operand == "c" else passes)
            best = min(best, total)
    return best


@pytest.mark.parametrize("caps", CAPACITIES)
@pytest.mark.parametrize("shape", SHAPES)
def test_within_five_percent_of_a_search_over_all_tiles(
    shape: tuple[int, int, int], caps: tuple[int, int, int]
) -> None:
    found = offchip_traffic(*shape, capacity_a=caps[0], capacity_b=caps[1], capacity_c=caps[2])
    best = searched(*shape, caps)
    assert best * (1 - 1e-12) <= found.total[0, 0] <= 1.05 * best


@given(SIZES, SIZES, SIZES, SMALL, SMALL, SMALL)
def test_never_below_the_lower_bound(m: int, n: int, k: int, a: int, b: int, c: int) -> None:
    total = offchip_traffic(m, n, k, capacity_a=a, capacity_b=b, capacity_c=c).total[0, 0]
    memory = a + b + c
    assert total >= max(2 * m * n * k / sqrt(memory) - 2 * memory, m * k + k * n + m * n)


@given(SIZES, SIZES, SIZES, SMALL, SMALL, SMALL, st.sampled_from("abc"), SMALL)
def test_never_grows_with_a_capacity(
    m: int, n: int, k: int, a: int, b: int, c: int, which: str, more: int
) -> None:
    caps = {"a": a, "b": b, "c": c}
    larger = {**caps, which: caps[which] + more}
    before, after = (
        offchip_traffic(m, n, k, **{f"capacity_{x}": v for x, v in have.items()}).total[0, 0]
        for have in (caps, larger)
    )
    assert after <= before


def test_shapes_and_capacities_span_a_table() -> None:
    found = offchip_traffic([10, 20], [30, 40], [50, 60], capacity_a=[100, 200, 300],
                            capacity_b=64, capacity_c=[64, 128, 256])  # fmt: skip
    assert found.total.shape == (2, 3)
    alone = offchip_traffic(20, 40, 60, capacity_a=200, capacity_b=64, capacity_c=128)
    assert np.array_equal(found.total[1, 1], alone.total[0, 0])
