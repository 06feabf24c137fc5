"""Sizing, splits between SRAM and STT-MRAM, cells that are too small, and `dse arrays`."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from dse.commands.study_verbs import app
from dse.mistakes import StudyError
from dse.study import parse_study
from evaluators.design import DesignPoint, MemoryPlan, Region, SystolicArray, WriteCondition
from evaluators.energy import baseline_design, nominal_design
from evaluators.energy.array_curves import array_curves, leakage_by_source
from evaluators.energy.cell_sizes import undersized_cells
from evaluators.evaluate import Evaluation, Status, score
from evaluators.memories import MemoryOptions
from evaluators.scenario import Scenario

SCENARIO = Scenario(network="lenet5")
ARRAY = SystolicArray(rows=16, cols=16)
WRITE = WriteCondition(voltage_v=0.8, pulse_width_s=8e-9)
MIB = 2**20


def uniform(region: Region) -> DesignPoint:
    return DesignPoint(
        array=ARRAY, memory=MemoryPlan(activation=region, weight=region, error=region)
    )


def scored(design: DesignPoint, scenario: Scenario) -> Evaluation:
    (evaluation,) = score([design], scenario)
    return evaluation


@pytest.mark.parametrize("sizing", ["free", "iso_capacity", "iso_area"])
def test_the_baseline_is_itself_at_every_sizing(sizing: str) -> None:
    scenario = replace(SCENARIO, sizing=sizing)  # type: ignore[arg-type]
    baseline = baseline_design(scenario, ARRAY)
    assert scored(baseline, scenario).design == baseline


def test_equal_capacity_gives_every_region_the_baselines_bytes() -> None:
    region = Region(technology="stt_mram", capacity_bytes=MIB, write=WRITE)
    found = scored(uniform(region), replace(SCENARIO, sizing="iso_capacity")).design
    assert [found.memory.weight.capacity_bytes, found.memory.error.capacity_bytes] == [
        2 * MIB,
        3 * MIB,
    ]


def test_equal_area_gives_mram_its_density() -> None:
    scenario = replace(SCENARIO, sizing="iso_area")
    found = scored(nominal_design(scenario, ARRAY), scenario)
    large = Region(technology="stt_mram", capacity_bytes=MIB, mat_kib=512)
    coarse = scored(uniform(large), scenario)
    dense = scored(uniform(Region(technology="stt_mram_34f2", capacity_bytes=MIB)), scenario)
    assert 10 * MIB <= found.design.memory.capacity_bytes <= 12 * MIB  # its mats hold 128 KiB
    assert found.design.memory.capacity_bytes < coarse.design.memory.capacity_bytes <= 16 * MIB
    assert 27 * MIB <= dense.design.memory.capacity_bytes <= 32 * MIB
    baseline = scored(baseline_design(scenario, ARRAY), scenario)
    assert found.energy is not None
    assert baseline.energy is not None
    assert found.energy.memory_area_m2 <= baseline.energy.memory_area_m2


def test_an_area_without_room_for_one_mat_is_a_failed_design() -> None:
    scenario = replace(SCENARIO, sizing="iso_area", baseline_capacity_bytes=2**20)
    region = Region(technology="stt_mram", capacity_bytes=MIB, write=WRITE)
    evaluation = scored(uniform(region), scenario)
    assert evaluation.status is Status.FAILED
    assert "`sizing` = 'iso_area'" in evaluation.reason
    assert "1048576" in evaluation.reason


def test_a_split_that_is_no_whole_mats_names_what_is() -> None:
    region = Region(technology="stt_mram", capacity_bytes=MIB // 2, write=WRITE, reliable_bits=3,
                    reliable_in="sram")  # fmt: skip
    evaluation = scored(uniform(region), SCENARIO)
    assert evaluation.status is Status.FAILED
    assert "multiple of 1048576" in evaluation.reason


def test_bits_in_sram_cost_sram_and_never_fail() -> None:
    def energy(bits: int, where: str) -> Evaluation:
        region = Region(technology="stt_mram", capacity_bytes=4 * MIB, write=WRITE,
                        reliable_bits=bits, reliable_in=where)  # type: ignore[arg-type]  # fmt: skip
        return scored(uniform(region), SCENARIO)

    split, mram = energy(2, "sram"), energy(2, "stt_mram")
    assert split.profile == mram.profile
    assert split.energy is not None
    assert mram.energy is not None
    assert split.energy.write_energy_j < mram.energy.write_energy_j
    assert split.energy.leakage_j > mram.energy.leakage_j
    all_in_sram = energy(8, "sram")
    sram = scored(uniform(Region(technology="sram", capacity_bytes=4 * MIB)), SCENARIO)
    assert all_in_sram.energy == sram.energy


def test_a_cell_too_small_for_its_current_is_told() -> None:
    nominal = nominal_design(SCENARIO, ARRAY)
    assert undersized_cells(nominal, SCENARIO) == ()
    narrow = replace(SCENARIO, memory=MemoryOptions(cell_area_f2=40.0))
    (warning,) = undersized_cells(nominal, narrow)
    assert "40 F^2" in warning
    assert "needs 90 F^2" in warning
    hard = WriteCondition(voltage_v=1.1, pulse_width_s=10e-9)
    silicon = uniform(Region(technology="stt_mram_silicon", capacity_bytes=MIB, write=hard))
    assert len(undersized_cells(silicon, SCENARIO)) == 1
    fixed = uniform(Region(technology="stt_mram_34f2", capacity_bytes=MIB))
    assert undersized_cells(fixed, SCENARIO) == ()


def test_density_and_write_energy_belong_to_one_cell() -> None:
    curves = {c.label: c for c in array_curves(SCENARIO, ["sram", "stt_mram", "stt_mram_34f2"])}
    margin, dense = curves["stt_mram, margined write"], curves["stt_mram_34f2"]
    place = margin.capacity_bytes.index(8 * MIB)
    assert 110 < margin.cell_area_f2 < 117
    assert margin.cell_write_energy_j_per_bit == pytest.approx(1.77e-12, rel=0.01)
    assert margin.density_ratio[place] < 1.6
    assert 3.4 <= dense.density_ratio[place] <= 4.0
    equal = dense.equal_area_bytes[place]
    assert equal is not None
    assert 27 * MIB <= equal <= 32 * MIB


def test_leakage_sources_lie_a_decade_apart() -> None:
    for sources in leakage_by_source(SCENARIO).values():
        ratio = sources["nvsim"] / sources["cacti"]
        assert 4.0 < max(ratio, 1.0 / ratio) < 12.0


STUDY = {
    "name": "sizes", "space": "heterogeneous", "objectives": ["energy_j", "area_m2"],
    "scenario": {"network": "lenet5", "sizing": "iso_area"},
}  # fmt: skip


def test_a_sized_study_has_no_capacity_axes() -> None:
    study = parse_study(STUDY, "arrays.toml")
    assert not [axis.name for axis in study.open_axes if "capacity" in axis.name]
    with pytest.raises(StudyError, match="gives the capacities"):
        parse_study({**STUDY, "axes": {"weight_capacity_bytes": [2**20]}}, "arrays.toml")


def test_the_verb_prints_and_draws(tmp_path: Path) -> None:
    from typer.testing import CliRunner

    study = tmp_path / "study.toml"
    study.write_text(
        'name = "sizes"\nspace = "heterogeneous"\nobjectives = ["energy_j", "area_m2"]\n'
        '[scenario]\nnetwork = "lenet5"\nmemory = { cell_area_f2 = 60.0 }\n'
    )
    words = ["arrays", str(study), "--folder", str(tmp_path)]
    told = CliRunner().invoke(app, words)
    assert told.exit_code == 0, told.output
    assert "warning: a stt_mram cell of 60 F^2 cannot carry" in told.output
    assert (tmp_path / "arrays/sizes.png").stat().st_size > 20_000
    assert "Plotly" in (tmp_path / "arrays/sizes.html").read_text()
    told = CliRunner().invoke(app, [*words, "--json", "--technologies", "sram,stt_mram_54f2"])
    curves = json.loads(told.output)["arrays"]
    assert [curve["technology"] for curve in curves] == ["sram", "stt_mram_54f2"]
