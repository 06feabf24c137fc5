"""Axes that a study widens, and two cells in one study: each with errors and a name of its own."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from dse import Record, front, read_study, run
from dse.commands.study_verbs import app
from dse.mistakes import StudyError
from dse.results.words import memories, mram_name
from dse.study import Study, parse_study
from evaluators.profiles import error_profile
from search_spaces.axes import Choice, Range

KINDS = ("activation", "weight", "error")


def study(axes: dict[str, Any], **told: Any) -> Study:
    given = {"name": "wide", "space": "heterogeneous", "objectives": ["energy_j", "area_m2"],
             "scenario": {"network": "lenet5"}, "axes": axes}  # fmt: skip
    return parse_study({**given, **told}, "wide.toml")


def test_an_edge_chip_can_be_described(tmp_path: Path) -> None:
    sizes = {f"{kind}_capacity_bytes": [131072] for kind in KINDS}
    sizes["weight_capacity_bytes"].append(3 * 131072)
    sizes |= {f"{kind}_banks": [1] for kind in KINDS} | {
        f"{kind}_mat_kib": [128] for kind in KINDS
    }
    sizes["accumulator_depth_words"] = [4096]
    read = study({"array_rows": [8, 48, 512], "array_cols": [8], **sizes,
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


@pytest.fixture(scope="module")
def two_cells(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Record]:
    """A study of a measured STT-MRAM and a SOT-MRAM of one's own, run in its folder."""
    folder = tmp_path_factory.mktemp("two")
    grid = [(v, t, rate) for v, rate in ((0.4, 1e-2), (0.8, 1e-10)) for t in (5e-10, 2e-9)]
    rows = [f"{v},{t},{rate},{rate},{1e-4 * v * t}" for v, t, rate in grid]
    (folder / "stt.csv").write_text(MEASURED + "\n".join(rows) + "\n")
    (folder / "own_sot.py").write_text(SOT)
    (folder / "two.toml").write_text(TWO.format(cell="stt.csv"))
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        patch.chdir(folder)
        yield run(read_study("two.toml"), executor="inline")


def test_two_cells_are_searched_with_errors_of_their_own(two_cells: Record) -> None:
    axes = {axis.name: axis for axis in two_cells.study.open_axes}
    volts, pulse = axes["write_voltage_v"], axes["pulse_width_s"]
    assert isinstance(volts, Range)
    assert isinstance(pulse, Range)
    assert (volts.low, volts.high) == (0.4, 0.8)  # as was measured, outside the usual axis
    assert (pulse.low, pulse.high) == (5e-10, 2e-9)
    rates: dict[str, set[float]] = {}
    for candidate in two_cells.candidates[2:]:
        region = candidate.evaluation.design.memory.weight
        profile = candidate.evaluation.profile
        assert profile is not None
        rates.setdefault(region.technology, set()).add(max(profile.weight.to_one))
    assert rates["own_sot:TECHNOLOGY"] == {1e-5}
    assert len(rates["stt_mram"]) > 3
    assert min(rates["stt_mram"]) >= 0.99e-10
    assert max(rates["stt_mram"]) <= 1.4e-2


def test_each_cell_bears_its_name(two_cells: Record) -> None:
    found = front(two_cells)
    names = {*found.table["weight_technology"]}
    assert names <= {"stt_mram", "own_sot:TECHNOLOGY"}
    own = [p for p in found.ranked if p.values.get("weight_technology") == "own_sot:TECHNOLOGY"]
    design = own[0].evaluation.design
    assert "weights in 1 MiB of SOT-MRAM of mine" in memories(design)
    sram = replace(design.memory, activation=design.memory.error)
    assert mram_name(replace(design, memory=sram)) == "SOT-MRAM of mine"
    told = CliRunner().invoke(app, ["show", "two.toml", own[0].label, "-o", "own.toml"])
    assert told.exit_code == 0, told.output
    assert "own_sot:TECHNOLOGY" in Path("own.toml").read_text()


@pytest.mark.slow
def test_a_report_names_both(two_cells: Record) -> None:
    told = CliRunner().invoke(app, ["report", "two.toml", "--json", "--user-code"])
    assert told.exit_code == 0, told.output
    page = Path(json.loads(told.output)["report"]).read_text()
    assert "SOT-MRAM of mine" in page
    assert "STT-MRAM" in page


def test_a_technology_of_one_write_fails_as_it_says(two_cells: Record) -> None:
    values = {"weight_technology": "own_sot:TECHNOLOGY", "activation_technology": "sram"}
    chosen = next(c for c in two_cells.candidates if values.items() <= dict(c.values).items())
    profile = error_profile(chosen.evaluation.design, two_cells.study.scenario)
    assert profile.weight.to_one == profile.weight.to_zero == (1e-5,) * 8
    assert profile.activation.error_free
