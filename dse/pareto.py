"""Pareto maths: which points no other beats, the knee of a front, what a front dominates.

Points are rows, objectives columns. Costs are lower better; `costs` and `signs` make them.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Rows = NDArray[np.intp]


class Axis(Protocol):
    """What is asked of an objective here."""

    @property
    def direction(self) -> str:
        """`minimize` or `maximize`."""

    def cost(self, value: float) -> float:
        """The value on the axis that the hypervolume measures, lower better. [-]"""


def signs(axes: Sequence[Axis]) -> Array:
    """What turns figures into costs that rank alike: 1 where less is better, -1 where more is.

    Args:
        axes: the objectives, one a column.

    Returns:
        Shape `(objectives,)`. [-]
    """
    return np.array([1.0 if axis.direction == "minimize" else -1.0 for axis in axes])


def costs(figures: Array, axes: Sequence[Axis]) -> Array:
    """Figures on the axes of the hypervolume.

    Args:
        figures: in the objectives' own units. Shape `(points, objectives)`.
        axes: the objectives, one a column.

    Returns:
        Shape `(points, objectives)`. [-]
    """
    # One value at a time: numpy's logarithm of a column differs from math's in the last bits.
    rows = [[axis.cost(value) for axis, value in zip(axes, row, strict=True)] for row in figures]
    return np.array(rows, dtype=float).reshape(len(rows), len(axes))


def unbeaten(costs: Array) -> Rows:
    """Which points no other dominates; of equal ones the first.

    Args:
        costs: lower better. Shape `(points, objectives)`. [any unit, the same in a column]

    Returns:
        Row numbers in rising order. Shape `(unbeaten,)`. [-]
    """
    import moocore

    rows: Rows = np.flatnonzero(moocore.is_nondominated(costs, keep_weakly=False))
    return rows


def knee(costs: Array) -> int:
    """The point nearest to the best of every objective, each scaled to the points' span.

    `argmin_i sum_o ((c_io - min c_o) / (max c_o - min c_o))^2`; of equal distances the first.

    Args:
        costs: lower better. Shape `(points, objectives)`, at least one point. [-]

    Returns:
        Its row number. [-]
    """
    span = costs.max(axis=0) - costs.min(axis=0)
    # An objective in which all points are alike has no span: it must not decide by 0 / 0.
    scaled = (costs - costs.min(axis=0)) / np.where(span > 0.0, span, 1.0)
    return int(np.argmin((scaled**2).sum(axis=1)))


def hypervolume(costs: Array, reference: Array) -> float:
    """Volume that the points dominate up to a reference; points beyond it add nothing.

    Args:
        costs: lower better. Shape `(points, objectives)`. [-]
        reference: the worst costs that still count. Shape `(objectives,)`. [-]

    Returns:
        0 for no points. [-]
    """
    import moocore

    return float(moocore.hypervolume(costs, ref=reference)) if len(costs) else 0.0


def dominated_share(costs: Array, other: Array) -> float:
    """Part of the points that some point of another set dominates.

    Args:
        costs: lower better. Shape `(points, objectives)`. [-]
        other: of the other set. Shape `(others, objectives)`. [-]

    Returns:
        In [0, 1]; 0 for no points. [-]
    """
    if not len(costs):
        return 0.0
    mine, theirs = costs[:, None, :], other[None, :, :]  # (points, others, objectives)
    # One point dominates another: nowhere worse, and somewhere better.
    nowhere_worse = np.all(theirs <= mine, axis=2)
    better = np.any(theirs < mine, axis=2)
    return float(np.mean(np.any(nowhere_worse & better, axis=1)))
