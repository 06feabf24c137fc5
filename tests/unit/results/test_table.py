"""A front as CSV, Parquet and Markdown: the same rows, read back."""

import io
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from dse import front, read_study, run
from dse.commands.study_verbs import app

STUDY = """# Which?
name = "exported"
space = "heterogeneous"
objectives = ["energy_j", "area_m2"]
scenario = { network = "lenet5" }
axes = { array_rows = [32], array_cols = [32, 64], activation_capacity_bytes = [1048576], \
weight_capacity_bytes = [1048576], error_capacity_bytes = [1048576] }
search = { candidates = 8, batch = 4, population = 4 }
"""


@pytest.mark.parametrize("which", [[], ["--all"]])
def test_the_three_exports_hold_the_same_figures(tmp_path: Path, which: list[str]) -> None:
    study = tmp_path / "exported.toml"
    study.write_text(STUDY)
    best = front(run(read_study(study), folder=tmp_path, executor="inline"))
    files = {kind: tmp_path / f"out.{kind}" for kind in ("csv", "parquet", "md")}
    options = [word for kind, file in files.items() for word in (f"--{kind}", str(file))]
    told = CliRunner().invoke(app, ["front", str(study), "--folder", str(tmp_path), *which,
                                    *options])  # fmt: skip
    assert told.exit_code == 0, told.output
    wanted = best.whole_table if which else best.table
    csv, parquet = pd.read_csv(files["csv"]), pd.read_parquet(files["parquet"])
    lines = files["md"].read_text().splitlines()
    marked = pd.read_csv(io.StringIO("\n".join([lines[0], *lines[2:]])), sep=r"\s*\|\s*",
                         engine="python")  # fmt: skip
    for name in ("number", "energy_j", "area_m2"):
        for found in (csv, parquet, marked):
            assert list(found[name]) == list(wanted[name]), name
    assert list(parquet.columns) == list(csv.columns) == list(wanted.columns)
