"""Which axes training sees: found by changing them, never listed."""

import numpy as np

from dse.study import Study
from evaluators.evaluate import resolved
from evaluators.write_errors import error_profile, snapped
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
        if any(len({_seen(study, {**context, axis.name: option}) for option in _options(axis)}) > 1
               for context in contexts)
    )  # fmt: skip


def changes_designs(study: Study, axis: Axis) -> bool:
    """Whether an axis makes any difference at all."""
    random = np.random.default_rng(0)
    for _ in range(CONTEXTS):
        context = {other.name: _drawn(other, random) for other in study.open_axes}
        if len({study.design({**context, axis.name: option}) for option in _options(axis)}) > 1:
            return True
    return False


def _options(axis: Axis) -> tuple[Value, ...]:
    if isinstance(axis, Choice):
        return axis.options
    return tuple(float(value) for value in np.linspace(axis.low, axis.high, POINTS))


def _drawn(axis: Axis, random: np.random.Generator) -> Value:
    options = _options(axis)
    return options[int(random.integers(len(options)))]


def _seen(study: Study, values: dict[str, Value]) -> object:
    """All that training depends on, of the design at these values."""
    design = study.design(values)
    scenario = resolved(design, study.scenario)
    profile = snapped(error_profile(design, scenario))
    return profile, scenario.number_format, scenario.training.encoding
