"""Grids of mats of every size, from the coefficients that `fitting` has found."""

import csv
from functools import cache, lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evaluators.memories.fitting import COEFFICIENTS, QUANTITIES, terms

Array = NDArray[np.float64]
Coefficients = dict[tuple[str, int, str, int, str, int, str], tuple[float, ...]]

LARGEST_BYTES: Final = 64 * 2**20


@lru_cache(maxsize=256)
def grid_figures(
    cell: str, mat: int, node_nm: int, roadmap: str, word_bits: int, wire: str
) -> Array:
    """The six quantities for every number of mats. Shape `(largest + 1, 6)`; row 0 is not used."""
    largest = LARGEST_BYTES // mat
    table = np.zeros((largest + 1, len(QUANTITIES)))
    for bit in range(largest.bit_length()):
        grid = _grid(cell, mat // 1024, node_nm, roadmap, word_bits, wire, bit)
        members = np.flatnonzero(np.arange(largest + 1) >> bit & 1)
        table[members, 0] += grid[0]
        table[members, 1:5] = np.maximum(table[members, 1:5], grid[1:5])
        table[members, 5] += grid[5]
    # A capacity can be built as a larger one, so it never takes more area than that.
    table[1:, 0] = np.minimum.accumulate(table[:0:-1, 0])[::-1]
    table.setflags(write=False)
    return table


def _grid(
    cell: str, mat_kib: int, node_nm: int, roadmap: str, word_bits: int, wire: str, bit: int
) -> Array:
    """The six quantities of one grid of 2^bit mats; the word width interpolates linearly."""
    known = sorted({key[3] for key in _coefficients() if key[:3] == (cell, node_nm, roadmap)})
    ends = [max(w for w in known if w <= word_bits), min(w for w in known if w >= word_bits)]
    side_a, side_b = np.array(2.0 ** ((bit + 1) // 2)), np.array(2.0 ** (bit // 2))
    values = [
        np.array(
            [
                terms(quantity, side_a, side_b, wire=wire)
                @ np.array(
                    _coefficients()[(cell, node_nm, roadmap, word, wire, mat_kib, quantity)]
                )
                for quantity in QUANTITIES
            ]
        )
        for word in ends
    ]
    if ends[0] == ends[1]:
        return values[0]
    share = (word_bits - ends[0]) / (ends[1] - ends[0])
    result: Array = values[0] + share * (values[1] - values[0])
    return result


@cache
def _coefficients() -> Coefficients:
    with COEFFICIENTS.open(encoding="utf-8", newline="") as stream:
        return {
            (
                row["cell"],
                int(row["node_nm"]),
                row["roadmap"],
                int(row["word_bits"]),
                row["wire"],
                int(row["mat_kib"]),
                row["quantity"],
            ): tuple(float(row[f"c{place}"]) for place in range(4))
            for row in csv.DictReader(stream)
        }
