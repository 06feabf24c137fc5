"""Range checks whose messages carry the name, the rule, the unit and the value received."""

import math
import reprlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, Final, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

LONGEST_WORD: Final = 100
"""Letters of a word that are compared with the known ones."""

STRICT: Final[Any] = {"extra": "forbid", "strict": True}
"""How pydantic reads our dataclasses from a study file: no unknown keys, no silent conversion."""

UNITS: Final = {
    "_v": "volts",
    "_s": "seconds",
    "_j": "joules",
    "_w": "watts",
    "_k": "kelvin",
    "_m": "metres",
    "_m2": "square metres",
    "_f2": "squared feature sizes",
    "_hz": "hertz",
    "_ohm": "ohms",
    "_ohm_m2": "ohm square metres",
    "_a": "amperes",
    "_a_per_m": "amperes per metre",
    "_t": "tesla",
    "_js": "joule seconds",
    "_kib": "kibibytes",
    "_bytes": "bytes",
    "_nm": "nanometres",
    "_bits": "bits",
    "_bytes_per_s": "bytes per second",
}
"""What the end of a field's name says of its unit."""


def unit(name: str) -> str:
    """Unit of a quantity from the longest matching end of its name, or an empty string."""
    endings = [ending for ending in UNITS if name.endswith(ending)]
    return UNITS[max(endings, key=len)] if endings else ""


def check_range(name: str, value: ArrayLike, low: float, high: float, hint: str = "") -> None:
    """Refuse a value, or an array with any value, that is not finite or not in [low, high].

    `value`, `low` and `high`: [as its name].

    Raises:
        ValueError: with the name, the range, the unit, the hint and the first wrong value.
    """
    if type(value) in (int, float) and low <= value <= high < math.inf:  # type: ignore[operator]
        return  # one number, as in every field of a design: an array would take ten times longer
    try:
        if isinstance(value, tuple) and _all_inside(cast(tuple[object, ...], value), low, high):
            return  # the same few probabilities of bits, thousands of times
        if isinstance(value, bool | str | bytes):
            raise TypeError
        values: NDArray[Any] = np.asarray(value, dtype=float).reshape(-1)
        inside = np.isfinite(values) & (values >= low) & (values <= high)
        if inside.all():
            return
        got = brief(value) if type(value) is int else _plain(values[~inside][0])
    except (TypeError, ValueError, OverflowError):
        got = brief(value)
    units = f" {unit(name)}" if unit(name) else ""
    remedy = f"; {hint}" if hint else ""
    ends = f"[{_end(low)}, {_end(high)}]"
    raise ValueError(f"`{name}` must be in {ends}{units}{remedy}, got {got}")


@lru_cache(maxsize=65536)
def _all_inside(values: tuple[object, ...], low: float, high: float) -> bool:
    """Whether these are numbers in a range; of anything else not known."""
    return all(
        type(value) in (int, float) and low <= cast(float, value) <= high < math.inf
        for value in values
    )


def check_text(name: str, value: object, longest: int = 500) -> None:
    """Refuse what is no text in one line.

    Raises:
        ValueError: with the name and the value.
    """
    if not isinstance(value, str) or not 0 < len(value) <= longest or not value.isprintable():
        raise ValueError(
            f"`{name}` must be text in one line, 1 to {longest} letters, got {brief(value)}"
        )


_NOTED: Final[ContextVar[list[Mapping[str, Any]] | None]] = ContextVar("noted", default=None)


@contextmanager
def noted() -> Iterator[list[Mapping[str, Any]]]:
    """The ranges that `check_fields` is asked for within, for those who write them down."""
    found: list[Mapping[str, Any]] = []
    before = _NOTED.set(found)
    try:
        yield found
    finally:
        _NOTED.reset(before)


def check_fields(
    owner: object, ranges: Mapping[str, tuple[float, float] | tuple[float, float, str]]
) -> None:
    """Check several fields of a dataclass and refuse all that are wrong at once.

    Raises:
        ValueError: one message a line.
    """
    if (notes := _NOTED.get()) is not None:
        notes.append(ranges)
    mistakes: list[str] = []
    for name, (low, high, *hint) in ranges.items():
        try:
            check_range(name, getattr(owner, name), low, high, *hint)
        except ValueError as error:
            mistakes.append(str(error))
    if mistakes:
        raise ValueError("\n".join(mistakes))


def check_choice(name: str, value: str, choices: list[str] | tuple[str, ...]) -> None:
    """Refuse a name that is not among the known ones, naming the nearest.

    Raises:
        ValueError: with the known names and the nearest one.
    """
    if value not in choices:
        raise ValueError(
            f"`{name}` must be one of {', '.join(choices)}, got {brief(value)}"
            f"{nearest(value, choices)}"
        )


BRIEF: Final = reprlib.Repr()
BRIEF.maxstring = BRIEF.maxother = 80
BRIEF.maxlist = BRIEF.maxtuple = BRIEF.maxdict = 12
BRIEF.maxlevel = 4


def brief(value: object) -> str:
    """A value as a message shows it, however long it is."""
    return BRIEF.repr(value)


def known_names(name: str, known: Sequence[str], users: str = "") -> str:
    """The end of a message on an unknown name: the nearest, all, and how the user's is written."""
    own = f"; your own is written {users!r}" if users else ""
    return f"{nearest(name, known)}; known: {', '.join(known)}{own}"


def nearest(value: str, choices: Sequence[str]) -> str:
    """A question that names the nearest known word, or an empty string."""
    close = get_close_matches(value[:LONGEST_WORD], choices, n=1, cutoff=0.5)
    return f" (did you mean {close[0]!r}?)" if close else ""


def nearest_numbers(value: float, choices: Sequence[Any]) -> str:
    """The known numbers next to one, in words: that below it and that above it. [as given]"""
    below = [choice for choice in choices if choice < value]
    above = [choice for choice in choices if choice > value]
    near = [*([max(below)] if below else []), *([min(above)] if above else [])]
    return f"nearest: {' and '.join(map(str, near))}"


WHOLE_BELOW: Final = 1e7
"""Whole ends of a range are written out below it."""


def _end(value: float) -> str:
    """An end of a range as a message shows it."""
    return str(int(value)) if abs(value) < WHOLE_BELOW and value == int(value) else f"{value:g}"


def _plain(value: float) -> str:
    return repr(float(value)) if math.isfinite(value) else str(float(value))
