"""Sizes of many designs, each value worked on once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Counts = NDArray[np.int64]
Places = NDArray[np.intp]

SPARSE: Final = 64
"""Codes a design from which on a table over them is slower than a sort."""


@dataclass(frozen=True, slots=True)
class Side:
    """One size of designs: its values, and the place of each design's among them."""

    values: Counts
    places: Places

    @property
    def each(self) -> Counts:
        """The size of every design. Shape `(n,)`."""
        return self.values[self.places]


@dataclass(frozen=True, slots=True)
class ArraySizes:
    """Rows, columns and accumulator depth of arrays."""

    rows: Side
    cols: Side
    depth: Side

    @classmethod
    def unique(cls, rows: Counts, cols: Counts, depth: Counts) -> "tuple[ArraySizes, Places]":
        """The arrays that differ, and which of them each design has. Shape `(n,)`."""
        values, places = zip(
            *(np.unique(side, return_inverse=True) for side in (rows, cols, depth)), strict=True
        )
        chosen, back = unique_codes(list(places))
        sides = [Side(v, p[chosen]) for v, p in zip(values, places, strict=True)]
        return cls(*sides), back


class Capacities:
    """Capacities of the three regions and the accumulator of `n` designs. [elements]

    Args:
        each: shape `(4, n)`.
    """

    def __init__(self, each: Array) -> None:
        self._each = each
        self._places = [np.unique(row, return_inverse=True)[1] for row in each]
        self._known: dict[tuple[int, ...], tuple[Array, Places]] = {}

    def of(self, rows: Sequence[int]) -> tuple[Array, Places]:
        """Combinations of some rows that differ, `(len(rows), u)`, and each design's, `(n,)`."""
        key = tuple(rows)
        if key not in self._known:
            chosen, back = unique_codes([self._places[row] for row in rows])
            self._known[key] = (self._each[list(rows)][:, chosen], back)
        return self._known[key]


def unique_columns(rows: Sequence[Array]) -> tuple[list[Array], Places]:
    """Columns that differ, and which of them each column is; faster than NumPy's over rows."""
    constant = [row[:1] for row in rows if (row == row[0]).all()]
    if len(constant) == len(rows):
        return constant, np.zeros(len(rows[0]), dtype=np.intp)
    places = [np.unique(row, return_inverse=True)[1] for row in rows if not (row == row[0]).all()]
    chosen, back = unique_codes(places)
    return [row[chosen] for row in rows], back


def unique_codes(places: Sequence[Places]) -> tuple[Places, Places]:
    """First place of each combination of small whole numbers, and each one's combination."""
    code = places[0]
    for place in places[1:]:
        code = code * (int(place.max()) + 1) + place
        if int(code.max()) > 2**40:
            code = np.unique(code, return_inverse=True)[1]
    largest = int(code.max())
    if largest > SPARSE * len(code):
        _, first, back = np.unique(code, return_index=True, return_inverse=True)
        return first, back
    # A table over the codes: no sort, which takes four times as long.
    at = np.full(largest + 1, -1, dtype=np.intp)
    at[code[::-1]] = np.arange(len(code) - 1, -1, -1)
    used = np.flatnonzero(at >= 0)
    number = np.empty(largest + 1, dtype=np.intp)
    number[used] = np.arange(len(used))
    return at[used], number[code]
