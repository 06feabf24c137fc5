"""Which axes training sees: found by changing them, never listed."""

import numpy as np

from dse.study import Study
from evaluators.profiles import error_profile, snapped
from evaluators.scenario import resolved
from search_spaces.axes import Axis, Choice, Value

CONTEXTS = 24
"""Random designs in which each axis is tried."""

POINTS = 5
"""Values of a range that are tried."""


def seen_axes(study: Study) -> frozenset[str]:
    """Names of the open axes that change the trained profile, or how values are stored."""
    random = np.random.default_rng(0)
    axes = study.open_axes
    contexts = [{axis.name: _drawn(axis, random) for axis in axes} for _ in range(CONTEXTS)]
    return frozenset(
        axis.name for axis in axes
        if any(len({_seen(study, {**context, axis.name: o}) for o in options_of(axis)}) > 1
               for context in contexts)
    )  # fmt: skip


def changes_designs(study: Study, axis: Axis) -> bool:
    """Whether an axis makes any difference at all."""
    random = np.random.default_rng(0)
    for _ in range(CONTEXTS):
        context = {other.name: _drawn(other, random) for other in study.open_axes}
        if len({study.design({**context, axis.name: option}) for option in options_of(axis)}) > 1:
            return True
    return False


def options_of(axis: Axis) -> tuple[Value, ...]:
    """All options, or a few values of a range."""
    if isinstance(axis, Choice):
        return axis.options
    return tuple(float(value) for value in np.linspace(axis.low, axis.high, POINTS))


def _drawn(axis: Axis, random: np.random.Generator) -> Value:
    options = options_of(axis)
    return options[int(random.integers(len(options)))]


def draw(axis: Axis, random: np.random.Generator) -> Value:
    """A value of an axis at random, as a sampler that knows nothing draws it."""
    if isinstance(axis, Choice):
        return axis.options[int(random.integers(len(axis.options)))]
    if axis.log:
        return float(np.exp(random.uniform(np.log(axis.low), np.log(axis.high))))
    return float(random.uniform(axis.low, axis.high))


def _seen(study: Study, values: dict[str, Value]) -> object:
    """All that training depends on, of the design at these values."""
    design = study.design(values)
    scenario = resolved(design, study.scenario)
    profile = snapped(error_profile(design, scenario))
    return profile, scenario.number_format, scenario.training.encoding
