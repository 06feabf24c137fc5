"""Cycles and accesses against SCALE-Sim 3.0.0: every row exact.

Origin: `data/systolic_scalesim.csv`, SCALE-Sim runs. Its total cycles hold the stalls of its own
bandwidth model, which the reference reports beside them.
"""

import csv
from pathlib import Path

import pytest

from evaluators.accelerator import gemm_counts


def test_every_row_is_exact() -> None:
    with (Path(__file__).parent / "data/systolic_scalesim.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 333
    for row in rows:
        size = [int(row[side]) for side in ("M", "N", "K")]
        array_rows, array_cols = int(row["rows"]), int(row["cols"])
        counts = gemm_counts(*size, rows=array_rows, cols=array_cols,
                             dataflow=row["dataflow"])  # type: ignore[arg-type]  # fmt: skip
        extra = int(counts.folds) * (array_rows + array_cols) if row["dataflow"] == "os" else 0
        assert counts.cycles == int(row["total_cycles"]) - int(row["stall_cycles"]) + 1
        assert counts.a_reads == int(row["sram_ifmap_reads"])
        assert counts.b_reads == int(row["sram_filter_reads"])
        assert counts.c_writes == int(row["sram_ofmap_writes"]) - extra
        told = float(row["mapping_eff_pct"])
        assert float(counts.utilization) * 100 == pytest.approx(told, abs=1e-5)


@pytest.mark.parametrize("wrong", [0, -3, 2.5])
def test_sizes_must_be_whole_and_positive(wrong: float) -> None:
    with pytest.raises(ValueError, match="`m` must be whole numbers"):
        gemm_counts(wrong, 1, 1, rows=8, cols=8, dataflow="os")
