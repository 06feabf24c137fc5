"""What one claim of the source says, what the model says, and when the two agree."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A small table that breaks a claim down."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One claim: the source's words, ours, the conditions, and what the source does not tell.

    `headline` and `verdict` are ours and the conditions in a few words. `why` breaks the figures
    down in sentences and `grids` in tables. `figures` are the numbers behind the words, in SI
    base units. `trained` rows come from stored studies.
    """

    name: str
    paper: str
    ours: str
    holds: str
    untold: str
    headline: str
    verdict: str
    why: tuple[str, ...] = ()
    grids: tuple[Grid, ...] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)
    trained: bool = False


def verdict(values: Iterable[float], least: float) -> str:
    """Whether figures reach what is claimed: `yes`, `in part` or `no`. [-]"""
    reached = [value >= least for value in values]
    return "yes" if all(reached) else "in part" if any(reached) else "no"


def short(value: float) -> str:
    """Two or three digits: `0.75`, `4.9`, `13`. [-]"""
    if value < 0.995:
        return f"{value:.2f}" if value >= 0.0995 else f"{value:.2g}"
    return f"{value:.1f}" if value < 9.95 else f"{value:.0f}"


def span(values: Iterable[float], unit: str = "x") -> str:
    """Smallest and largest: `0.75-4.9x`; one figure where they print alike. [-]"""
    found = sorted(values)
    low, high = short(found[0]), short(found[-1])
    return f"{low}{unit}" if low == high else f"{low}-{high}{unit}"
