"""Axes that a study widens, and two cells in one study: each with errors and a name of its own."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from dse import front, run
from dse.commands.study_verbs import app
from dse.mistakes import StudyError
from dse.results.words import memories, technology_in_prose
from dse.study import Study, parse_study
from evaluators.evaluate import score
from evaluators.profiles import error_profile
from search_spaces.axes import Choice, Range

KINDS = ("activation", "weight", "error")


def study(axes: dict[str, Any], **told: Any) -> Study:
    given = {"name": "wide", "space": "heterogeneous", "objectives": ["energy_j", "area_m2"],
             "scenario": {"network": "lenet5"}, "axes": axes}  # fmt: skip
    return parse_study({**given, **told}, "wide.toml")


def test_an_edge_chip_can_be_described(tmp_path: Path) -> None:
    sizes = {f"{kind}_capacity_bytes": [131072, 3 * 131072] for kind in KINDS}
    read = study({"array_rows": [8, 48, 512], "array_cols": [8, 1024], **sizes,
                  "write_voltage_v": [0.4, 1.5], "pulse_width_s": [5e-10, 5e-8]},
                 search={"candidates": 4})  # fmt: skip
    axes = {axis.name: axis for axis in read.open_axes}
    rows, volts = axes["array_rows"], axes["write_voltage_v"]
    assert isinstance(rows, Choice)
    assert rows.options == (8, 48, 512)
    assert isinstance(volts, Range)
    assert (volts.low, volts.high) == (0.4, 1.5)
    found = front(run(read, folder=tmp_path, executor="inline"))
    arrays = {p.evaluation.design.array.rows for p in found.candidates}
    assert arrays <= {8, 48, 512}
    assert 8 in arrays


@pytest.mark.parametrize(
    ("axis", "value", "words"),
    [
        ("array_rows", [4], r"must lie in \[8, 1024\], got 4"),
        ("array_rows", [48.5], r"whole numbers .*got 48.5"),
        ("weight_capacity_bytes", [200000], r"whole multiples of 131072 \(nearest: 131072 and"),
        ("weight_capacity_bytes", [1024], r"must lie in \[131072, 6.71089e\+07\] bytes"),
        ("write_voltage_v", [0.01, 1.0], r"must lie in \[0.05, 3\] volts"),
        ("pulse_width_s", [1e-9, 1e-3], r"must lie in \[1e-10, 1e-06\] seconds"),
    ],
)
def test_beyond_the_models_is_refused(axis: str, value: list[float], words: str) -> None:
    with pytest.raises(StudyError, match=words):
        study({axis: value})


MEASURED = "voltage_v,pulse_width_s,error_probability_p_to_ap,error_probability_ap_to_p,energy_j\n"
SOT = """
from evaluators.memories import FixedWrite, Technology

TECHNOLOGY = Technology(
    name="SOT-MRAM of mine", family="stt_mram", cell_area_f2=60.0, source="an example; assumed",
    fixed_write=FixedWrite(energy_j=0.15e-12, pulse_width_s=1e-9, error_probability=1e-5),
)
"""
TWO = """
name = "two"
space = "heterogeneous"
objectives = ["energy_j", "write_error_probability", "area_m2"]
[scenario]
network = "lenet5"
cell = "{cell}"
[scenario.memory]
cell_area_f2 = 40.0
[axes]
activation_technology = ["sram", "stt_mram", "own_sot:TECHNOLOGY"]
weight_technology = ["stt_mram", "own_sot:TECHNOLOGY"]
error_technology = "sram"
array_rows = 32
array_cols = 32
activation_capacity_bytes = 1048576
weight_capacity_bytes = 1048576
error_capacity_bytes = 1048576
weight_reliable_bits = [0]
activation_reliable_bits = [0]
[search]
strategy = "joint"
sampler = "random"
candidates = 24
"""


@pytest.fixture
def two_cells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A study of a measured STT-MRAM and a SOT-MRAM of one's own."""
    grid = [(v, t, rate) for v, rate in ((0.4, 1e-2), (0.8, 1e-10)) for t in (5e-10, 2e-9)]
    rows = [f"{v},{t},{rate},{rate},{1e-4 * v * t}" for v, t, rate in grid]
    (tmp_path / "stt.csv").write_text(MEASURED + "\n".join(rows) + "\n")
    (tmp_path / "own_sot.py").write_text(SOT)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "two.toml"
    file.write_text(TWO.format(cell="stt.csv"))
    return file


def test_two_cells_are_searched_with_errors_of_their_own(two_cells: Path) -> None:
    from dse import read_study

    read = read_study(two_cells)
    axes = {axis.name: axis for axis in read.open_axes}
    volts, pulse = axes["write_voltage_v"], axes["pulse_width_s"]
    assert isinstance(volts, Range)
    assert isinstance(pulse, Range)
    assert (volts.low, volts.high) == (0.4, 0.8)  # as was measured, outside the usual axis
    assert (pulse.low, pulse.high) == (5e-10, 2e-9)
    record = run(read, executor="inline")
    rates: dict[str, set[float]] = {}
    for candidate in record.candidates[2:]:
        region = candidate.evaluation.design.memory.weight
        profile = candidate.evaluation.profile
        assert profile is not None
        rates.setdefault(region.technology, set()).add(max(profile.weight.to_one))
    assert rates["own_sot:TECHNOLOGY"] == {1e-5}
    assert len(rates["stt_mram"]) > 3
    assert min(rates["stt_mram"]) >= 0.99e-10
    assert max(rates["stt_mram"]) <= 1.4e-2


def test_each_cell_bears_its_name(two_cells: Path) -> None:
    told = CliRunner().invoke(app, ["run", str(two_cells), "--executor", "inline"])
    assert told.exit_code == 0, told.output
    told = CliRunner().invoke(app, ["show", str(two_cells), "2"])
    table = CliRunner().invoke(app, ["front", str(two_cells), "--json"]).output
    names = {row["weight_technology"] for row in json.loads(table)["candidates"]}
    assert names <= {"stt_mram", "own_sot:TECHNOLOGY"}
    assert technology_in_prose("own_sot:TECHNOLOGY") == "SOT-MRAM of mine"
    read = CliRunner().invoke(app, ["report", str(two_cells), "--json", "--user-code"])
    assert read.exit_code == 0, read.output
    page = Path(json.loads(read.output)["report"]).read_text()
    assert "SOT-MRAM of mine" in page


def test_a_technology_of_one_write_fails_as_it_says(two_cells: Path) -> None:
    from dse import read_study

    read = read_study(two_cells)
    values = {"weight_technology": "own_sot:TECHNOLOGY", "activation_technology": "sram"}
    record = run(read, executor="inline")
    design = next(c for c in record.candidates if values.items() <= dict(c.values).items())
    profile = error_profile(design.evaluation.design, read.scenario)
    assert profile.weight.to_one == profile.weight.to_zero == (1e-5,) * 8
    assert profile.activation.error_free
    assert "SOT-MRAM of mine" in memories(design.evaluation.design)
    assert score([design.evaluation.design], read.scenario)[0].energy is not None
