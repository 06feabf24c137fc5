"""Objectives as axes of a drawing: where a value stands and how the axis is marked."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Any, Final

from dse.report.drawing import rounded
from dse.si import si
from dse.study import Objective, objectives

POINTS: Final = (0.0, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
"""Marks of an axis of accuracy loss."""

LONG_DECADES: Final = 2.6
"""An axis longer than this is marked once a decade, a shorter one at 1, 2 and 5."""


MOST_STEPS: Final = 6.0
"""Steps of a linear axis."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """One objective's axis."""

    objective: Objective

    @property
    def name(self) -> str:
        """The objective in words."""
        return self.objective.axis[0].split(" (")[0]

    @property
    def short_name(self) -> str:
        """The objective in as few words as tell it."""
        return self.name.removesuffix(" of a training step").removesuffix(" of a step")

    @property
    def is_loss(self) -> bool:
        """Whether the axis is that of accuracy loss, which holds zero and counts by ratio."""
        return self.objective.name == "accuracy_loss"

    def at(self, values: Iterable[float]) -> list[float | None]:
        """Where the values stand on the axis. [as its name, -]"""
        if self.is_loss:
            return rounded(
                log10(objectives.LEAST_POINTS + max(100.0 * value, 0.0)) for value in values
            )
        factor = self.objective.axis[2]
        return rounded(value * factor for value in values)

    def axis(self, values: Iterable[float], *, short: bool = False) -> dict[str, Any]:
        """Title with unit and marks for these values, for plotly."""
        _, unit, factor = self.objective.axis
        title = f"{self.short_name} ({unit})" if short and unit else self.objective.axis_label
        look: dict[str, Any] = {"title": {"text": title}, "tickangle": 0}
        if self.is_loss:
            marks = [log10(objectives.LEAST_POINTS + points) for points in POINTS]
            return {**look, "tickvals": marks, "ticktext": [f"{p:g}" for p in POINTS]}
        if self.objective.scale == "ratio":
            plain = factor != 1.0 or unit in ("", "1")
            return {**look, **logarithmic(
                [v for v in self.at(values) if v is not None],
                (lambda v: f"{v:g}") if plain else (lambda v: si(v, unit, digits=1)))}  # fmt: skip
        return look


def logarithmic(values: Iterable[float], told: Callable[[float], str]) -> dict[str, Any]:
    """A logarithmic axis marked at round values that all bear their text; linear from zero.

    `values`: [as given].
    """
    known = list(values)
    if not known or min(known) <= 0.0:
        return {"rangemode": "tozero", "tickformat": "~s"}
    low, high = log10(min(known)), log10(max(known))
    steps = (1.0,) if high - low > LONG_DECADES else (1.0, 2.0, 5.0)
    marks = [step * 10.0**decade for decade in range(floor(low) - 1, ceil(high) + 2)
             for step in steps]  # fmt: skip
    near = [mark for mark in marks if low - 0.5 <= log10(mark) <= high + 0.5]
    return {"type": "log", "tickvals": rounded(near), "ticktext": [told(mark) for mark in near]}


def linear(highest: float, told: Callable[[float], str]) -> dict[str, Any]:
    """An axis from zero marked at four to eight round values that all bear their text.

    `highest`: [as given].
    """
    decade = 10.0 ** floor(log10(highest))
    step = next(s * decade for s in (0.2, 0.5, 1.0, 2.0) if highest / (s * decade) <= MOST_STEPS)
    marks = [place * step for place in range(floor(highest / step) + 2)]
    return {
        "tickvals": rounded(marks),
        "ticktext": [told(mark) if mark else "0" for mark in marks],
    }
