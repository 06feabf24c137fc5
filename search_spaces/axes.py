"""Axes of a search space, and how a study narrows them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from evaluators.checks import brief, check_choice, nearest, nearest_numbers, unit
from evaluators.design import DesignPoint

Value = float | int | str
Values = Mapping[str, Value]
Narrowing = Value | Sequence[Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Every number from `low` to `high`; `log` spreads the samples over the decades.

    `seen_by_training` as of a `Choice`. `widest` is how far a study may widen it; nothing is not
    at all.
    """

    name: str
    low: float
    high: float
    log: bool = False
    example: str = ""
    seen_by_training: bool | None = None
    widest: tuple[float, float] | None = None

    @property
    def bounds(self) -> tuple[float, float]:
        """Within what a study may put it. [as its name]"""
        return self.widest or (self.low, self.high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of a few options.

    `plugin` names the kind of plug-in that a study may add as options. A `sized` axis exists only
    where the scenario leaves the sizing free.

    `seen_by_training` says whether the error probabilities of written bits, or how values are
    stored, can depend on the axis: such axes are sampled, and strategy `nested` solves the others
    on a grid. An axis that does not say it is tried out, which may miss a rare effect.

    `default` is the value of a design that does not name the axis. With `span` a study may give
    other numbers as options: those within it, ends included; with `step` its whole multiples.

    With `on_request` the axis exists only where a study's `[axes]` names it, which may then take
    any of these options; all other designs have its `default`.
    """

    name: str
    options: tuple[Value, ...]
    plugin: str = ""
    sized: bool = False
    seen_by_training: bool | None = None
    default: Value | None = None
    span: tuple[float, float] | None = None
    step: int = 0
    on_request: tuple[Value, ...] = ()


Axis = Range | Choice

LONGEST = 60
"""Letters of a name that a message shows whole."""


class Space(Protocol):
    """What may vary, and how values become a design.

    `decode` is pure. Values that do not matter (the write voltage of SRAM) are dropped there, so
    that equal designs compare equal.
    """

    question: str

    def axes(self, *, bits: int) -> tuple[Axis, ...]:
        """The axes for a number format of `bits` bits, in the order in which they are sampled."""

    def decode(self, values: Values) -> DesignPoint:
        """The design at `values`, which names every axis."""


def narrowed(axes: Sequence[Axis], narrowings: Mapping[str, Narrowing]) -> tuple[Axis, ...]:
    """The axes with a study's `[axes]` applied.

    Raises:
        ValueError: every mistake at once, one a line: unknown axes, options that do not exist,
            bounds outside the axis or in the wrong order.
    """
    mistakes: list[str] = []
    known = [axis.name for axis in axes]
    for name in narrowings:
        if name not in known:
            shown = name if name.isidentifier() and len(name) <= LONGEST else brief(name)
            mistakes.append(
                f"`axes.{shown}` is not an axis of this space{nearest(name, known)}; "
                f"axes: {', '.join(known)}"
            )
    result: list[Axis] = []
    for axis in axes:
        if axis.name not in narrowings:
            result.append(axis)
            continue
        try:
            result.append(_narrow(axis, narrowings[axis.name]))
        except ValueError as error:
            mistakes.append(str(error))
    if mistakes:
        raise ValueError("\n".join(mistakes))
    return tuple(result)


def unsized(axes: tuple[Axis, ...], sizing: str) -> tuple[Axis, ...]:
    """The axes that are left where a scenario's sizing gives the capacities."""
    if sizing == "free":
        return axes
    return tuple(axis for axis in axes if not (isinstance(axis, Choice) and axis.sized))


def requested(axes: tuple[Axis, ...], named: Collection[str]) -> tuple[Axis, ...]:
    """The axes without those that are there on request and not named by a study."""
    return tuple(
        axis
        for axis in axes
        if not (isinstance(axis, Choice) and axis.on_request and axis.name not in named)
    )


def fixed(axis: Axis) -> bool:
    """Whether only one value is left."""
    return isinstance(axis, Choice) and len(axis.options) == 1


def contains(axis: Axis, value: Value) -> bool:
    """Whether `value` lies on the axis."""
    if isinstance(axis, Choice):
        return value in axis.options
    return not isinstance(value, str) and axis.low <= value <= axis.high


def representatives(axis: Axis) -> tuple[Value, ...]:
    """A few values that stand for the axis: all options, or both ends."""
    return axis.options if isinstance(axis, Choice) else (axis.low, axis.high)


def _narrow(axis: Axis, narrowing: Narrowing) -> Axis:
    if isinstance(narrowing, str | int | float):
        return _narrow_choice(axis, [narrowing])
    if not isinstance(narrowing, list | tuple):
        raise ValueError(
            f"`axes.{axis.name}` must be a value, or an array of values, got {brief(narrowing)}"
        )
    if isinstance(axis, Choice):
        return _narrow_choice(axis, narrowing)
    return _narrow_range(axis, narrowing)


def _narrow_choice(axis: Axis, options: Sequence[Value]) -> Choice:
    where = f"axes.{axis.name}"
    if not options:
        raise ValueError(f"`{where}` must name at least one option, got []")
    if isinstance(axis, Range):
        _check_bounds(axis, options)
        return Choice(name=axis.name, options=tuple(float(option) for option in options),
                      seen_by_training=axis.seen_by_training)  # fmt: skip
    if axis.span is not None:
        _check_bounds(axis, options)
        if axis.step:
            _check_multiples(axis, options)
            return replace(axis, options=tuple(dict.fromkeys(options)))
        return replace(axis, options=tuple(dict.fromkeys(map(float, options))))
    offered = axis.on_request or axis.options
    for option in options:
        if isinstance(option, bool) or type(option) is not type(offered[0]):
            raise ValueError(f"`{where}` takes {_listed(offered)}, got {brief(option)}")
        if option not in offered and not axis.plugin:
            if not isinstance(option, str):
                raise ValueError(
                    f"`{where}` must be one of {_listed(offered)}, got {option}; "
                    f"{nearest_numbers(option, offered)}"
                )
            known = [str(known) for known in offered]
            check_choice(where, option, known)
    return replace(axis, options=tuple(dict.fromkeys(options)))


def _check_multiples(axis: Choice, options: Sequence[Value]) -> None:
    for option in options:
        if not isinstance(option, int) or option % axis.step:
            near = "" if isinstance(option, str) else f" (nearest: {_multiples(axis, option)})"
            rule = f"whole multiples of {axis.step}" if axis.step > 1 else "whole numbers"
            raise ValueError(f"`axes.{axis.name}` must be {rule}{near}, got {brief(option)}")


def _multiples(axis: Choice, option: float) -> str:
    below = int(option // axis.step) * axis.step
    low, high = axis.span or (below, below + axis.step)
    return " and ".join(str(n) for n in (below, below + axis.step) if low <= n <= high)


def _narrow_range(axis: Range, bounds: Sequence[Value]) -> Axis:
    where = f"axes.{axis.name}"
    if len(bounds) == 1:
        return _narrow_choice(axis, bounds)
    if len(bounds) != 2:
        raise ValueError(f"`{where}` must be [low, high] or one value, got {brief(list(bounds))}")
    _check_bounds(axis, bounds)
    low, high = (float(bound) for bound in bounds)
    if low >= high:
        raise ValueError(f"`{where}` must be [low, high] with low < high, got [{low:g}, {high:g}]")
    return replace(axis, low=low, high=high)


def _check_bounds(axis: Axis, bounds: Sequence[Value]) -> None:
    low, high, example = 0.0, 0.0, ""
    if isinstance(axis, Range):
        (low, high), example = axis.bounds, axis.example
    elif axis.span is not None:
        low, high = axis.span
    for bound in bounds:
        number = isinstance(bound, int | float) and not isinstance(bound, bool)
        if not number or not low <= bound <= high:  # type: ignore[operator]
            units = f" {unit(axis.name)}" if unit(axis.name) else ""
            hint = f"; {example}" if example else ""
            raise ValueError(
                f"`axes.{axis.name}` must lie in [{low:g}, {high:g}]{units}{hint}, "
                f"got {brief(bound)}"
            )


def _listed(options: Sequence[Value]) -> str:
    return ", ".join(str(option) for option in options)
