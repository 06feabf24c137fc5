"""Leakage: where its figure comes from, and how it follows temperature.

Leakage decides most comparisons and is known to about a decade. So the source is named, and one
source holds for both technologies of a study.
"""

import csv
from functools import cache
from typing import Final

import numpy as np

from evaluators.checks import check_range
from evaluators.memories.fitting import FOLDER, by_key, read_rows

FITTED_AT_K: Final = 350.0
TEMPERATURE_RANGE_K: Final = (300.0, 360.0)
CELLS: Final = {"sram": "SRAM146", "stt_mram": "STT34agg"}
CACTI_DEVICE: Final = {"HP": "itrs-hp", "LOP": "itrs-lop", "LSTP": "itrs-lstp"}


def temperature_factor(family: str, roadmap: str, temperature_k: float) -> float:
    """Leakage relative to 350 K. [-]

    Logarithmic interpolation between NVSim's temperatures (22 nm, 16 MiB, 256 bits).

    Raises:
        ValueError: outside 300-360 K.
    """
    check_range("temperature_k", temperature_k, *TEMPERATURE_RANGE_K,
                "the calibrated range of leakage")  # fmt: skip
    temperatures, logarithms = _curve(CELLS[family], roadmap)
    at = np.interp([temperature_k, FITTED_AT_K], temperatures, logarithms)
    return float(np.exp(at[0] - at[1]))


def source_factor(source: str, node_nm: int, roadmap: str) -> float:
    """Leakage by this source over NVSim's, from SRAM arrays of 1 MiB and more. [-]

    CACTI has no STT-MRAM: its ratio for SRAM is applied to both technologies, `assumed`, so that
    one study never mixes sources.
    """
    return 1.0 if source == "nvsim" else _cacti_over_nvsim(node_nm, roadmap)


@cache
def _curve(cell: str, roadmap: str) -> tuple[list[float], list[float]]:
    with (FOLDER / "leakage_temperature_nvsim.csv").open(encoding="utf-8", newline="") as stream:
        rows = sorted(
            (float(row["temp"]), float(np.log(float(row["leak_mW"]))))
            for row in csv.DictReader(stream)
            if row["cell"] == cell and row["roadmap"] == roadmap
        )
    return [row[0] for row in rows], [row[1] for row in rows]


@cache
def _cacti_over_nvsim(node_nm: int, roadmap: str) -> float:
    """Geometric mean over the capacities that both tools give, 1 MiB and more."""
    nvsim = {
        128 * row.a * row.b: row.figures[5]
        for row in by_key(read_rows())[("SRAM146", node_nm, roadmap, 256, "repeated", 128)]
    }
    device = CACTI_DEVICE[roadmap]
    with (FOLDER / "memory_arrays_cacti.csv").open(encoding="utf-8", newline="") as stream:
        ratios = [
            float(row["leak_mW"]) * 1e-3 / nvsim[int(row["cap_kb"])]
            for row in csv.DictReader(stream)
            if int(row["node"]) == node_nm
            and int(row["word"]) == 256
            and row["cell"] == row["per"] == device
            and int(row["cap_kb"]) >= 1024
            and int(row["cap_kb"]) in nvsim
        ]
    return float(np.exp(np.mean(np.log(ratios))))
