"""What every search space promises."""

from dataclasses import replace

import numpy as np

from evaluators import plugins
from evaluators.evaluate import Status, score
from evaluators.scenario import Scenario
from evaluators.testing import expect
from search_spaces.axes import Axis, Choice, Range, Space, Value, Values

DRAWS = 40
"""Points at which a space is looked at."""


def check_space(given: Space | str, scenario: Scenario | None = None) -> None:
    """Axes that are named once and matter, and a pure `decode` to designs that can be scored.

    Args:
        given: a space, its name, or `module:SPACE`.
        scenario: that its designs are scored in; LeNet-5 without training where it is left out.

    Raises:
        AssertionError: a broken promise.
        UnknownNameError: no such space.
    """
    space: Space = (
        plugins.load("search_spaces", "SPACE", given, what="space")
        if isinstance(given, str)
        else given
    )
    scenario = scenario or Scenario(network="lenet5")
    expect(
        space.question.endswith("?"),
        f"space: `question` must end with a question mark, got {space.question!r}",
    )
    bits = scenario.bits
    names = [axis.name for axis in _offered(space, bits)]
    expect(names, "space: `axes` must give at least one axis, got none")
    expect(len(set(names)) == len(names), f"space: an axis must be named once, got {names}")
    for axis in _offered(space, bits):
        if isinstance(axis, Range):
            _check_range(axis)
    _check_designs(space, scenario)
    for name in names:
        expect(
            any(_changes(space, bits, name, seed) for seed in range(DRAWS)),
            f"space: axis `{name}` must change some design, got {DRAWS} pairs that are equal",
        )


def point(space: Space, bits: int, seed: int) -> dict[str, Value]:
    """A value for each axis, drawn at random.

    Args:
        space: whose axes.
        bits: of a value in the number format. [bits]
        seed: of the draw. [-]
    """
    random = np.random.default_rng(seed)
    values: dict[str, Value] = {}
    for axis in _offered(space, bits):
        if isinstance(axis, Choice):
            values[axis.name] = axis.options[random.integers(len(axis.options))]
        else:
            values[axis.name] = float(random.uniform(axis.low, axis.high))
    return values


def _offered(space: Space, bits: int) -> list[Axis]:
    """The axes with all that a study may give them on request."""
    return [
        replace(axis, options=axis.on_request)
        if isinstance(axis, Choice) and axis.on_request
        else axis
        for axis in space.axes(bits=bits)
    ]


def _check_range(axis: Range) -> None:
    expect(
        axis.low < axis.high,
        f"space: axis `{axis.name}` must have low < high, got [{axis.low}, {axis.high}]",
    )
    expect(
        "is written" in axis.example,
        f"space: `example` of axis `{axis.name}` must tell how a value is written, as in '4 ns is "
        f"written 4e-9', got {axis.example!r}",
    )


def _check_designs(space: Space, scenario: Scenario) -> None:
    points = [point(space, scenario.bits, seed) for seed in range(DRAWS)]
    designs = [space.decode(values) for values in points]
    again = [space.decode(values) for values in points]
    expect(designs == again, "space: `decode` must give the same design for the same values")
    for values, evaluation in zip(points, score(designs, scenario), strict=True):
        expect(
            evaluation.status is Status.OK,
            f"space: the design at {values} must be scored, got: {evaluation.reason}",
        )


def _changes(space: Space, bits: int, axis: str, seed: int) -> bool:
    values: Values = point(space, bits, seed)
    other = {**values, axis: point(space, bits, seed + 1000)[axis]}
    return space.decode(values) != space.decode(other)
