"""The table of a measured cell: bytes to figures, each refused by its line and column.

Commas, tabs or semicolons; blanks around a cell, a byte order mark and empty lines are no matter.
"""

import csv
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evaluators.checks import brief, check_range, nearest, unit

Array = NDArray[np.float64]

LARGEST_FILE_BYTES: Final = 4 * 2**20
MOST_ROWS: Final = 50_000
LONGEST_CELL: Final = 500
MOST_REASONS: Final = 8

COLUMNS: Final = (
    "voltage_v",
    "pulse_width_s",
    "error_probability_p_to_ap",
    "error_probability_ap_to_p",
    "energy_j",
)
TRIALS: Final = "trials"
"""An optional column: how many writes were tried at this point."""

RANGES: Final[dict[str, tuple[float, float, str]]] = {
    "voltage_v": (0.01, 10.0, "800 mV is written 0.8"),
    "pulse_width_s": (1e-12, 1e-3, "10 ns is written 10e-9"),
    "error_probability_p_to_ap": (0.0, 1.0, "1 % is written 0.01"),
    "error_probability_ap_to_p": (0.0, 1.0, "1 % is written 0.01"),
    "energy_j": (1e-18, 1e-8, "0.5 pJ is written 0.5e-12"),
    TRIALS: (1.0, 1e30, ""),
}
NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def read_table(path: Path) -> Array:
    """The measurements, shape `(rows, 5)` in the order of `COLUMNS`. [as its name]

    Raises:
        ValueError: not a regular file of a table's size, a missing column, or cells that hold no
            figure; names up to eight of them, each with line, column, value and remedy.
    """
    lines = _rows(path)
    number, head = next(lines, (1, []))
    places = _places(head, f"{path}, line {number}")
    rows, mistakes = [], []
    for number, cells in lines:
        figures: dict[str, float] = {}
        for name, place in places.items():
            where = f"{path}, line {number}, column {place + 1} ({name})"
            try:
                figures[name] = _figure(name, cells[place] if place < len(cells) else "")
            except ValueError as error:
                mistakes.append(f"{where}: {error}")
        if len(figures) == len(places):
            rows.append([_floored(figures, name, f"{path}, line {number}", mistakes)
                         for name in COLUMNS])  # fmt: skip
    if mistakes:
        more = len(mistakes) - MOST_REASONS
        raise ValueError(
            "\n".join(mistakes[:MOST_REASONS] + ([f"and {more} cells more"] if more > 0 else []))
        )
    if not rows:
        raise ValueError(f"{str(path)!r} holds no measurement below its line of column names")
    return np.array(rows)


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The lines that hold anything, with their numbers from 1. [-]"""
    text = _text(path)
    first = next((line for line in text.splitlines() if line.strip()), "")
    sign = max(",\t;", key=first.count)
    reader = csv.reader(text.splitlines(), delimiter=sign, strict=True, skipinitialspace=True)
    try:
        for cells in reader:
            where = f"{path}, line {reader.line_num}"
            if reader.line_num > MOST_ROWS:
                raise ValueError(f"{where}: a table has at most {MOST_ROWS} lines; thin it out")
            longest = max(map(len, cells), default=0)
            if longest > LONGEST_CELL:
                raise ValueError(
                    f"{where}: a cell has at most {LONGEST_CELL} letters, got {longest}"
                )
            if any(cell.strip() for cell in cells):
                yield reader.line_num, [cell.strip() for cell in cells]
    except csv.Error as error:
        raise ValueError(
            f"{path}, line {reader.line_num}: no row of a table ({error}); close every quote, or "
            f"leave quotes out"
        ) from None


def _text(path: Path) -> str:
    """The text of a regular file; nothing else is waited for or read to its end."""
    shown = brief(str(path))
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with open(descriptor, "rb") as stream:
            kind = os.fstat(descriptor).st_mode
            raw = stream.read(LARGEST_FILE_BYTES + 1) if stat.S_ISREG(kind) else None
    except FileNotFoundError:
        raise ValueError(f"cell {shown}: there is no such file of measurements") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ValueError(f"cannot read cell {shown}: {reason}") from None
    if raw is None:
        raise ValueError(f"cell {shown} must be a regular file of measurements")
    if len(raw) > LARGEST_FILE_BYTES:
        raise ValueError(f"cell {shown} must have at most {LARGEST_FILE_BYTES} bytes")
    wide = raw[:2] in (b"\xff\xfe", b"\xfe\xff")
    try:
        return raw.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ValueError(
            f"{path}, line {line}: is not UTF-8 text, got byte {raw[error.start]:#04x}; save the "
            f"table as CSV in UTF-8"
        ) from None


def _places(head: list[str], where: str) -> dict[str, int]:
    """Which column holds what; others are notes.

    Raises:
        ValueError: columns that are missing or stand there twice.
    """
    names = [cell.lower() for cell in head]
    missing = [f"{name}{nearest(name, [n for n in names if n not in COLUMNS])}"
               for name in COLUMNS if name not in names]  # fmt: skip
    if missing:
        raise ValueError(f"{where}: lacks the columns {', '.join(missing)}, got {brief(head)}")
    known = [*COLUMNS, *([TRIALS] if TRIALS in names else [])]
    twice = [name for name in known if names.count(name) > 1]
    if twice:
        raise ValueError(f"{where}: names the columns {', '.join(twice)} twice")
    return {name: names.index(name) for name in known}


def _figure(name: str, cell: str) -> float:
    """The figure of a cell.

    Raises:
        ValueError: it holds none, or one out of range.
    """
    if not NUMBER.fullmatch(cell):
        unit_words = f" in {unit(name)}" if unit(name) else ""
        hint = "; a decimal comma is written as a point" if "," in cell else ""
        raise ValueError(
            f"must be a number{unit_words} without its unit{hint}, got {brief(cell)}"
            if cell else f"must be a number{unit_words}, and is empty"
        )  # fmt: skip
    check_range(name, float(cell), *RANGES[name])
    return float(cell)


def _floored(figures: dict[str, float], name: str, where: str, mistakes: list[str]) -> float:
    """A figure; a rate of 0 as the least that the trials could have seen, one in so many."""
    value = figures[name]
    if value > 0.0 or "probability" not in name:
        return value
    if TRIALS not in figures:
        mistakes.append(
            f"{where} ({name}): 0 was measured, which says only that no write of so many failed; "
            f"write one divided by the number of writes, or give a column `{TRIALS}` with it"
        )
        return 1.0
    return 1.0 / figures[TRIALS]
