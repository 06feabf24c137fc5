"""Our axes as Optuna's distributions."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from search_spaces.axes import Axis, Choice, Value, Values, contains, fixed

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution


def distributions(axes: Sequence[Axis]) -> dict[str, "BaseDistribution"]:
    """What the sampler chooses: every axis with more than one value."""
    return {axis.name: _distribution(axis) for axis in axes if not fixed(axis)}


def fixed_values(axes: Sequence[Axis]) -> dict[str, Value]:
    """The axes that have only one value."""
    return {a.name: a.options[0] for a in axes if isinstance(a, Choice) and fixed(a)}


def inside(axes: Sequence[Axis], values: Values) -> bool:
    """Whether the sampler could have chosen these values."""
    return bool(values) and all(contains(axis, values[axis.name]) for axis in axes)


def _distribution(axis: Axis) -> "BaseDistribution":
    from optuna.distributions import CategoricalDistribution, FloatDistribution

    if isinstance(axis, Choice):
        return CategoricalDistribution(axis.options)
    return FloatDistribution(axis.low, axis.high, log=axis.log)
