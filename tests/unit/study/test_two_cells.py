"""`[scenario.cells]`: technologies with cells of their own in one study, from check to export."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from dse import Record, Scenario, front, read_study, run
from dse.commands.study_verbs import app
from dse.mistakes import StudyError, UserError
from dse.results import words
from dse.study import parse_study
from evaluators.design import (
    DataKind,
    DesignPoint,
    MemoryPlan,
    Region,
    SystolicArray,
    WriteCondition,
)
from evaluators.device import cell, write_cost
from evaluators.energy import DesignBatch
from evaluators.energy.regions import region_cost
from evaluators.evaluate import score
from evaluators.profiles import error_profile, snapped_pair

HEAD = "voltage_v,pulse_width_s,error_probability_p_to_ap,error_probability_ap_to_p,energy_j\n"
SOT = """
from dataclasses import replace

from evaluators.device.emram_28nm import CELL as BASE
from evaluators.memories import Technology

CELL = replace(BASE, name="sot_cell", resistance_area_ohm_m2=5e-12, source="an example; assumed")
TECHNOLOGY = Technology(
    name="SOT-MRAM of mine", family="stt_mram", cell_area_f2=60.0, source="an example; assumed"
)
"""
STUDY = """
name = "both"
space = "heterogeneous"
objectives = ["energy_j", "write_error_probability", "area_m2"]
[scenario]
network = "lenet5"
[scenario.cells]
stt_mram = "stt.csv"
"mine:TECHNOLOGY" = "mine:CELL"
[scenario.memory]
cell_area_f2 = 40.0
[axes]
activation_technology = ["sram", "stt_mram", "mine:TECHNOLOGY"]
weight_technology = ["stt_mram", "mine:TECHNOLOGY"]
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
candidates = 16
"""
OWN = "mine:TECHNOLOGY"


def measured(file: Path, volts: tuple[float, float], rates: tuple[float, float]) -> None:
    grid = [(v, t, r) for v, r in zip(volts, rates, strict=True) for t in (2e-9, 2e-8)]
    rows = [f"{v},{t},{rate},{rate},{1e-4 * v * t}" for v, t, rate in grid]
    file.write_text(HEAD + "\n".join(rows) + "\n")


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Record]:
    """The study run in its folder."""
    folder = tmp_path_factory.mktemp("cells")
    measured(folder / "stt.csv", (0.5, 0.9), (1e-2, 1e-10))
    (folder / "mine.py").write_text(SOT)
    (folder / "both.toml").write_text(STUDY)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        patch.chdir(folder)
        yield run(read_study("both.toml"), executor="inline")


def test_each_technology_fails_as_its_cell_does(record: Record) -> None:
    scenario = record.study.scenario
    devices = {"stt_mram": cell("stt.csv"), OWN: cell("mine:CELL")}
    seen = set()
    for candidate in record.candidates[2:]:
        design, profile = candidate.evaluation.design, candidate.evaluation.profile
        assert profile is not None
        for kind in DataKind:
            region, write = design.memory[kind], design.memory[kind].write
            if write is None:
                continue
            cost = write_cost(devices[region.technology], voltage_v=write.voltage_v,
                              pulse_width_s=write.pulse_width_s,
                              temperature_k=scenario.written_at_k)  # fmt: skip
            rates = snapped_pair(float(cost.error_probability_p_to_ap),
                                 float(cost.error_probability_ap_to_p))  # fmt: skip
            assert (profile[kind].to_one[0], profile[kind].to_zero[0]) == rates
            seen.add((kind, region.technology))
    assert {(k, t) for k in (DataKind.ACTIVATION, DataKind.WEIGHT) for t in devices} <= seen


def test_the_usual_axis_is_that_of_both_cells(record: Record) -> None:
    axes = {axis.name: axis for axis in record.study.open_axes}
    assert axes["write_voltage_v"].bounds == (0.5, 0.9)  # type: ignore[union-attr]


def test_a_cell_changes_no_other_technology(record: Record) -> None:
    """Nor do its current and area: one's own keeps its 60 F^2 beside the measured cell's 40."""
    scenario = record.study.scenario
    pair = {"stt_mram", OWN}
    chosen = next(
        c.evaluation.design
        for c in record.candidates
        if {c.values.get(f"{kind}_technology") for kind in ("weight", "activation")} == pair
    )
    own = {"stt_mram": 40.0, OWN: 60.0}
    for name, area_f2 in own.items():
        alone = Scenario(network="lenet5", cell=scenario.cells[name],  # type: ignore[index]
                         memory=scenario.memory.__class__(cell_area_f2=area_f2))  # fmt: skip
        kind = next(k for k in DataKind if chosen.memory[k].technology == name)
        both, one = (region_cost(DesignBatch.of([chosen]), kind, s) for s in (scenario, alone))
        assert both.area_m2 == one.area_m2
        assert both.cell_write_energy_j == one.cell_write_energy_j
        profiles = [error_profile(chosen, s)[kind] for s in (scenario, alone)]
        assert profiles[0] == profiles[1]


def test_both_are_named_in_what_is_printed_and_exported(record: Record) -> None:
    table = front(record).table
    assert {*table["weight_technology"]} == {"stt_mram", OWN}
    runner = CliRunner()
    told = runner.invoke(app, ["front", "both.toml", "--user-code", "-o", "all.csv"])
    assert told.exit_code == 0, told.output
    assert OWN in Path("all.csv").read_text()
    best = next(p for p in front(record).ranked if p.values.get("weight_technology") == OWN)
    told = runner.invoke(app, ["show", "both.toml", best.label, "-o", "best.toml"])
    assert told.exit_code == 0, told.output
    assert words.region_in_short(
        DataKind.WEIGHT, words.told_region(best.evaluation, DataKind.WEIGHT)
    ).startswith("W mine 1 M 0.")
    again = runner.invoke(app, ["evaluate", "best.toml"])
    assert again.exit_code == 0, again.output


def test_a_built_in_memory_with_a_cell_shows_how_it_is_written() -> None:
    """Its own write is fixed; that of its cell in the study is the design's."""
    region = Region(technology="sot_mram", capacity_bytes=2**20,
                    write=WriteCondition(voltage_v=0.8, pulse_width_s=8e-9))  # fmt: skip
    sram = Region(technology="sram", capacity_bytes=2**20)
    plan = MemoryPlan(activation=sram, weight=region, error=sram)
    design = DesignPoint(array=SystolicArray(rows=32, cols=32), memory=plan)
    for cells, shown in ((None, False), ({"sot_mram": "emram_28nm"}, True)):
        (found,) = score([design], Scenario(network="lenet5", cells=cells))
        told = words.region_in_short(DataKind.WEIGHT, words.told_region(found, DataKind.WEIGHT))
        assert ("0.80V" in told) == shown


def test_a_changed_cell_is_another_study(record: Record) -> None:
    study = read_study("both.toml")
    before = Path("stt.csv").read_text()
    measured(Path("stt.csv"), (0.5, 0.9), (1e-3, 1e-10))
    try:
        with pytest.raises(UserError, match=r"scenario.cells.stt_mram stt.csv: another content"):
            run(study, executor="inline", candidates=20)
    finally:
        Path("stt.csv").write_text(before)
    text = STUDY.replace('"mine:CELL"', '"emram_28nm"')
    Path("other.toml").write_text(text)
    with pytest.raises(UserError, match=r"scenario.cells.mine:TECHNOLOGY: stored 'mine:CELL'"):
        run(read_study("other.toml"), executor="inline")


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"sram": "emram_28nm"}, r"scenario.cells.sram.*is SRAM, which no cell writes"),
        ({"gain_cell": "emram_28nm"}, "gain_cell.*a memory that is refreshed"),
        ({"sot_mran": "emram_28nm"}, r"did you mean 'sot_mram'"),
        ({"sot_mram": "emram_29nm"}, r"did you mean 'emram_28nm'"),
        ({"sot_mram": "nowhere.csv"}, r"scenario.cells.sot_mram.*nowhere.csv"),
        ({"sot_mram": 3}, r"scenario.cells.sot_mram"),
        ({"stt_mram": "low.csv", "sot_mram": "high.csv"}, r"no two values of `write_voltage_v`"),
    ],
)
def test_wrong_cells_are_refused(
    cells: dict[str, Any], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    measured(tmp_path / "low.csv", (0.3, 0.5), (1e-2, 1e-10))
    measured(tmp_path / "high.csv", (0.6, 0.9), (1e-2, 1e-10))
    raw = {"name": "x", "space": "heterogeneous", "objectives": ["energy_j"],
           "scenario": {"network": "lenet5", "cells": cells}}  # fmt: skip
    with pytest.raises(StudyError, match=words):
        parse_study(raw, "x.toml")


def test_one_with_a_fixed_write_follows_its_cell(record: Record) -> None:
    """`sot_mram` has a published write; a cell takes its place."""
    design = record.candidates[2].evaluation.design
    region = next(design.memory[k] for k in DataKind if design.memory[k].write)
    memory = design.memory.each(lambda _, r: type(r)(
        technology="sot_mram", capacity_bytes=2**20, write=region.write))  # fmt: skip
    sot = type(design)(array=design.array, memory=memory)
    plain, own = Scenario(network="lenet5"), Scenario(
        network="lenet5", cells={"sot_mram": "mine:CELL"})  # fmt: skip
    assert error_profile(sot, plain).error_free
    assert not error_profile(sot, own).error_free


def test_a_file_that_is_edited_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    region = Region(technology="stt_mram", capacity_bytes=2**20,
                    write=WriteCondition(voltage_v=0.5, pulse_width_s=2e-9))  # fmt: skip
    memory = MemoryPlan(activation=region, weight=region, error=region)
    design = DesignPoint(array=SystolicArray(rows=8, cols=8), memory=memory)
    scenario = Scenario(network="lenet5", cell="edited.csv")
    for rate in (1e-2, 1e-3):
        measured(tmp_path / "edited.csv", (0.5, 0.9), (rate, 1e-10))
        found = error_profile(design, scenario).weight.to_one[0]
        assert found == pytest.approx(rate)
