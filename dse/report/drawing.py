"""What the page is made of: sections, and drawings whose colours the theme decides.

A drawing is plotly's data and layout. A colour is named by its token of `page.css` (`--front`), so
that one drawing serves the light theme, the dark one and paper. `customdata` holds the places of a
point's designs in the page's list of designs, from which the browser takes the hover text and by
which it finds the same design in the other drawings.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import floor, isfinite, log10
from typing import Any

from dse.report.markup import NOTHING, Html

Trace = dict[str, Any]

HOVER = "%{hovertext}<extra></extra>"
"""The design's description, which the browser puts in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """One figure: a title, one sentence that says what to see, and what plotly draws.

    A drawing with a `least_width` in pixels scrolls sideways where the page is narrower.
    """

    name: str
    title: str
    caption: str
    data: list[Trace]
    layout: dict[str, Any] = field(default_factory=dict)
    height: int = 400
    least_width: int = 0
    half: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the page."""

    name: str
    title: str
    lead: str
    drawings: tuple[Drawing, ...] = ()
    before: Html = NOTHING
    after: Html = NOTHING


def count(number: int, thing: str) -> str:
    """`1 design`, `2 designs`. [-]"""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def rounded(values: Iterable[float], digits: int = 5) -> list[float | None]:
    """Numbers with so many digits, as a page needs no more; None where there is no number.

    `values`, `digits` and the result: [as given, -].
    """
    return [_rounded(float(value), digits) for value in values]


def _rounded(value: float, digits: int) -> float | None:
    if not isfinite(value):
        return None
    if value == 0.0:
        return 0.0
    return round(value, digits - 1 - floor(log10(abs(value))))
