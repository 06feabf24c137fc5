"""Pareto maths against its definitions, spelled out point by point."""

import numpy as np
import pytest

from dse import pareto


def drawn(seed: int, objectives: int = 3) -> pareto.Array:
    """Few distinct values, so that points are equal in some or all objectives."""
    random = np.random.default_rng(seed)
    return random.integers(0, 4, (30, objectives)).astype(float)


def beats(one: pareto.Array, other: pareto.Array) -> bool:
    return all(a <= b for a, b in zip(one, other, strict=True)) and tuple(one) != tuple(other)


@pytest.mark.parametrize("objectives", [1, 2, 3, 4])
@pytest.mark.parametrize("seed", range(5))
def test_unbeaten_points_once_each_the_first(seed: int, objectives: int) -> None:
    costs = drawn(seed, objectives)
    wanted = [
        row for row, mine in enumerate(costs)
        if not any(beats(other, mine) for other in costs)
        and not any((other == mine).all() for other in costs[:row])
    ]  # fmt: skip
    assert list(pareto.unbeaten(costs)) == wanted


@pytest.mark.parametrize("seed", range(5))
def test_dominated_shares(seed: int) -> None:
    mine, other = drawn(seed), drawn(seed + 100)[:5]
    beaten = [any(beats(theirs, point) for theirs in other) for point in mine]
    assert pareto.dominated_share(mine, other) == pytest.approx(np.mean(beaten))
    assert pareto.dominated_share(mine, mine[:0]) == 0.0
    assert pareto.dominated_share(mine[:0], other) == 0.0


def test_the_knee_counts_each_objective_over_its_span() -> None:
    costs = np.array([[0.0, 1000.0, 7.0], [0.3, 300.0, 7.0], [1.0, 0.0, 7.0]])
    assert pareto.knee(costs) == 1
    assert pareto.knee(costs * [5.0, 1e-6, 1.0]) == 1
    assert pareto.knee(costs[:1]) == 0


def test_a_hypervolume_is_the_area_up_to_the_reference() -> None:
    costs, reference = np.array([[0.0, 2.0], [1.0, 0.0], [9.0, 9.0]]), np.array([3.0, 3.0])
    assert pareto.hypervolume(costs, reference) == pytest.approx(3.0 * 1.0 + 2.0 * 2.0)
    assert pareto.hypervolume(costs[:0], reference) == 0.0
