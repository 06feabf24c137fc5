"""Fits the structural model of a bank to NVSim's arrays; see docs/physics for the equations.

`python -m evaluators.memories.fitting` fits again and writes coefficients.csv.

A bank is an a x b grid of n = a b mats. All coefficients are linear, so each fit is one weighted
least squares in relative error, the same to the last digit on every run.
"""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

FOLDER: Final = Path(__file__).parent
REFERENCE: Final = FOLDER / "memory_arrays_nvsim.csv"
COEFFICIENTS: Final = FOLDER / "coefficients.csv"

MATS_KIB: Final = (128, 512)
"""Mats: 2 x 2 subarrays of 512 x 512 or of 1024 x 1024 cells."""

CELL_WRITE_J: Final = {"SRAM146": 0.0, "STT34agg": 0.252e-12, "STT54": 1e-12}  # NVSim's cells
CELL_PULSE_S: Final = {"SRAM146": 0.0, "STT34agg": 5e-9, "STT54": 10e-9}  # NVSim's cells
WIRES: Final = {"RepeatedOpt": "repeated", "RepeatedNone": "unrepeated"}

QUANTITIES: Final = ("area_m2", "read_j", "write_j", "read_s", "write_s", "leakage_w")

Key = tuple[str, int, str, int, str, int]
"""Cell, node in nm, roadmap, word in bits, wire, mat in KiB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One array of NVSim in SI units; writes without cells and pulse."""

    key: Key
    a: int
    b: int
    figures: tuple[float, ...]


def read_rows(file: Path = REFERENCE) -> list[Row]:
    """The reference rows."""
    with file.open(encoding="utf-8", newline="") as stream:
        return [_row(line) for line in csv.DictReader(stream)]


def _row(line: dict[str, str]) -> Row:
    cell, word = line["cell"], int(line["word_bits"])
    a, b = (int(part) for part in line["bank_mats"].split("x"))
    return Row(
        key=(
            cell,
            int(line["node_nm"]),
            line["roadmap"],
            word,
            WIRES[line["global_wire"]],
            int(line["mat_kib"]),
        ),
        a=a,
        b=b,
        figures=(
            float(line["area_mm2"]) * 1e-6,
            float(line["read_pj"]) * 1e-12,
            float(line["write_pj"]) * 1e-12 - word * CELL_WRITE_J[cell],
            float(line["read_ns"]) * 1e-9,
            float(line["write_ns"]) * 1e-9 - CELL_PULSE_S[cell],
            float(line["leakage_mw"]) * 1e-3,
        ),
    )


def terms(quantity: str, a: Array, b: Array, *, wire: str) -> Array:
    """The four terms that a quantity is linear in. Shape `(rows, 4)`.

    The last is one for each level of the tree of wires; in a bank's leakage one for every mat and
    level beside one for every level, the form that brings a capacity that was left out back best.
    The delay of an unrepeated wire grows with the square of its length.
    """
    n = a * b
    one, levels = np.ones_like(n), np.log2(n)
    match quantity:
        case "area_m2":
            found = [n, n * (a - 1) / a, n * (b - 1) / b, n * levels]
        case "leakage_w":
            found = [n, levels, np.zeros_like(n), n * levels]
        case "read_s" | "write_s" if wire == "unrepeated":
            found = [one, a**2 - 1, b**2 - 1, np.zeros_like(n)]
        case _:
            found = [one, a - 1, b - 1, levels]
    return np.stack(found, axis=-1)


def fit(rows: Sequence[Row]) -> dict[str, Array]:
    """Coefficients of one key by quantity. Shape `(4,)` each."""
    wire = rows[0].key[4]
    a, b = (np.array([getattr(row, side) for row in rows], dtype=float) for side in "ab")
    result = {}
    for place, quantity in enumerate(QUANTITIES):
        figures = np.array([row.figures[place] for row in rows])
        weighted = terms(quantity, a, b, wire=wire) / figures[:, None]
        result[quantity] = np.linalg.lstsq(weighted, np.ones(len(rows)), rcond=None)[0]
    return result


def by_key(rows: Iterable[Row]) -> dict[Key, list[Row]]:
    """Rows grouped by what has coefficients of its own."""
    groups: dict[Key, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.key, []).append(row)
    return groups


def write_coefficients(file: Path = COEFFICIENTS) -> int:
    """Fit every key and write the coefficients, 12 digits each; returns the number of keys. [-]"""
    groups = by_key(read_rows())
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        keys = ["cell", "node_nm", "roadmap", "word_bits", "wire", "mat_kib"]
        writer.writerow([*keys, "quantity", "c0", "c1", "c2", "c3"])
        for key in sorted(groups):
            for quantity, coefficients in fit(groups[key]).items():
                writer.writerow([*key, quantity, *(f"{c:.12e}" for c in coefficients)])
    return len(groups)


if __name__ == "__main__":
    print(f"{write_coefficients()} fits written to {COEFFICIENTS.name}")
