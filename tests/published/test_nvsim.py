"""Arrays against NVSim. Origin: `memory_arrays_nvsim.csv`, NVSim runs."""

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evaluators.memories import array_cost
from evaluators.memories.fitting import (
    COEFFICIENTS,
    QUANTITIES,
    Row,
    by_key,
    fit,
    read_rows,
    terms,
    write_coefficients,
)

LIMITS = {"area_m2": 0.20, "read_j": 0.08, "write_j": 0.11, "read_s": 0.02, "write_s": 0.02,
          "leakage_w": 0.10}  # fmt: skip


def error(row: Row, place: int, coefficients: np.ndarray) -> float:
    sides = (np.array(float(row.a)), np.array(float(row.b)))
    ours = terms(QUANTITIES[place], *sides, wire=row.key[4]) @ coefficients
    return abs(float(ours) / row.figures[place] - 1.0)


def left_out() -> list[tuple[Row, list[Row]]]:
    """Every repeated-wire capacity but the ends whose removal leaves both kinds of grid."""
    found = []
    for key, rows in by_key(read_rows()).items():
        ordered = sorted(rows, key=lambda row: row.a * row.b)
        for place in range(1, len(ordered) - 1):
            rest = ordered[:place] + ordered[place + 1 :]
            square = any(r.a == r.b > 1 for r in rest)
            if key[4] == "repeated" and square and any(r.a != r.b for r in rest):
                found.append((ordered[place], rest))
    return found


def test_a_capacity_that_was_left_out() -> None:
    cases = left_out()
    assert len(cases) > 180
    assert {row.key[5] for row, _ in cases} == {128, 512}
    for row, rest in cases:
        fitted = fit(rest)
        for place, quantity in enumerate(QUANTITIES):
            assert error(row, place, fitted[quantity]) <= LIMITS[quantity], (row.key, quantity)


def test_unrepeated_wires_within_two_and_a_half_percent() -> None:
    for key, rows in by_key(read_rows()).items():
        if key[4] == "unrepeated":
            fitted = fit(rows)
            worst = max(error(r, p, fitted[q]) for r in rows for p, q in enumerate(QUANTITIES))
            assert worst <= 0.025, key


def test_the_fit_is_the_one_that_is_shipped(tmp_path: Path) -> None:
    write_coefficients(tmp_path / "again.csv")
    shipped, again = pd.read_csv(COEFFICIENTS), pd.read_csv(tmp_path / "again.csv")
    names = shipped.select_dtypes(exclude="float").columns
    pd.testing.assert_frame_equal(again[names], shipped[names])
    # the last digits differ between kinds of CPU, so the table is shipped and not fitted
    numbers = shipped.select_dtypes("float").columns
    np.testing.assert_allclose(again[numbers], shipped[numbers], rtol=1e-6, atol=0.0)


def test_write_energy_and_latency_decouple_from_the_array() -> None:
    """Origin: `data/write_decoupling_nvsim.csv`, 16 runs with other cells in the same arrays."""
    with (Path(__file__).parent / "data/write_decoupling_nvsim.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    for capacity in {row["cap_kb"] for row in rows}:
        same = [row for row in rows if row["cap_kb"] == capacity]
        for row in same:
            bits_pj = int(row["word"]) * float(row["Ebit"])
            periphery = float(same[0]["write_pJ"]) - 256 * float(same[0]["Ebit"])
            assert float(row["write_pJ"]) == pytest.approx(periphery + bits_pj, rel=0.01)
            start = float(same[0]["write_lat_ns"]) - float(same[0]["pulse"])
            told = float(row["write_lat_ns"])
            assert told == pytest.approx(start + float(row["pulse"]), abs=0.08)


def test_density_follows_the_cell() -> None:
    size = 16 * 2**20
    sram = array_cost("sram", size, node_nm=22, roadmap="HP").area_m2[0]
    ratio = {
        area: sram / array_cost("stt_mram", size, node_nm=22, roadmap="HP",
                                cell_area_f2=area).area_m2[0]
        for area in (34.5, 54.0, 112.7)
    }  # fmt: skip
    assert 3.4 <= ratio[34.5] <= 4.0
    assert 2.1 <= ratio[54.0] <= 2.6
    assert ratio[112.7] < ratio[54.0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"node_nm": 28}, "22, 32 or 45"),
        ({"roadmap": "LP"}, "HP, LOP, LSTP"),
        ({"word_bits": 64}, "nearest at 22 nm: 128"),
        ({"temperature_k": 400.0}, r"\[300, 360\]"),
        ({"capacity_bytes": 2**28}, "67108864"),
        ({"capacity_bytes": 200_000}, "nearest 131072 and 262144"),
    ],
)
def test_outside_the_calibrated_range(change: dict[str, object], words: str) -> None:
    arguments: dict[str, object] = {"capacity_bytes": 2**20, "node_nm": 22, "roadmap": "HP"}
    with pytest.raises(ValueError, match=words):
        array_cost("sram", **{**arguments, **change})  # type: ignore[arg-type]
