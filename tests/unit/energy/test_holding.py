"""Memories that must be refreshed, and drivers that follow the chip's temperature."""

from dataclasses import replace
from math import ceil

import numpy as np
import pytest

from evaluators.design import DataKind, DesignPoint, MemoryPlan, Region, SystolicArray
from evaluators.device import cell, nominal_write
from evaluators.device.write import write_energy_j
from evaluators.energy import DesignBatch, EnergyReport, evaluate_batch, region_costs
from evaluators.energy.organisation import Organisations, best_organised
from evaluators.memories import Technology, technology
from evaluators.profiles import error_profile
from evaluators.scenario import Scenario

MIB = 2**20
SMALL = Scenario(network="lenet5", batch_size=256)
FORGETS = replace(technology("gain_cell"), hold_time_s=20e-6)
HOLDS = replace(technology("gain_cell"), hold_time_s=1e3)


def design(name: str, capacity_bytes: int = MIB, banks: int = 8) -> DesignPoint:
    region = Region(technology=name, capacity_bytes=capacity_bytes, banks=banks, mat_kib=128)
    plan = MemoryPlan(activation=region, weight=region, error=region)
    return DesignPoint(array=SystolicArray(rows=32, cols=32), memory=plan)


def scored(point: DesignPoint, scenario: Scenario = SMALL) -> EnergyReport:
    return evaluate_batch(DesignBatch.of([point]), scenario).row(0)


def test_a_gain_cell_is_refreshed_before_it_forgets() -> None:
    held, again = (scored(design(f"{__name__}:{name}")) for name in ("HOLDS", "FORGETS"))
    cost = region_costs(DesignBatch.of([design(f"{__name__}:FORGETS")]), SMALL)[DataKind.WEIGHT]
    words = MIB * 8 // 256
    refresh_s = words * float(cost.read_s[0, 0] + cost.write_s[0, 0])
    assert FORGETS.hold_time_s is not None
    often = ceil(held.time_s / (FORGETS.hold_time_s - refresh_s)) - 1
    assert often > 3
    assert again.time_s == pytest.approx(held.time_s + often * refresh_s, rel=1e-9)
    read_j = often * words * float(cost.read_energy_j[0])
    assert again.weight_read_j - held.weight_read_j == pytest.approx(read_j, rel=1e-9)
    assert again.lifetime_s == np.inf
    # In each window of the hold time a refresh fits beside the work.
    assert again.time_s <= (often + 1) * FORGETS.hold_time_s


def test_what_cannot_be_refreshed_in_time_hardly_works() -> None:
    quick, late = (scored(design(f"{__name__}:FORGETS", banks=b)) for b in (8, 1))
    assert late.time_s > 50.0 * quick.time_s


def test_best_organisations_count_refreshes_as_scoring_does() -> None:
    name = f"{__name__}:FORGETS"
    designs = [design(name, banks=banks) for banks in (1, 2, 4, 8)]
    report = evaluate_batch(DesignBatch.of(designs), SMALL)
    few = Organisations(
        banks=dict.fromkeys(DataKind, (1, 2, 4, 8)), mats_kib=dict.fromkeys(DataKind, (128,)),
        depths_words=(4096,),
    )  # fmt: skip
    found = best_organised(DesignBatch.of(designs[:1]), SMALL, ["energy_j"], organisations=few)
    assert found.report["energy_j"][0] <= report["energy_j"].min() * (1 + 1e-12)
    alike = best_organised(
        DesignBatch.of(designs[:1]), SMALL, ["time_s"], organisations=few
    ).report["time_s"][0]
    assert alike == pytest.approx(report["time_s"].min(), rel=1e-12)


def test_it_forgets_without_power_and_its_bits_do_not_fail() -> None:
    tech = technology("gain_cell")
    assert not tech.non_volatile
    assert not tech.follows_write_condition
    assert error_profile(design("gain_cell"), SMALL).error_free


@pytest.mark.parametrize(
    ("wrong", "words"),
    [(replace(HOLDS, hold_time_s=0.0), "`hold_time_s` must be in"),
     (replace(HOLDS, fixed_write=None, cell_area_f2=None), "`hold_time_s` needs a `fixed_write`")],
)  # fmt: skip
def test_a_hold_time_that_cannot_be_is_told(wrong: Technology, words: str) -> None:
    (told,) = wrong.mistakes()
    assert told.startswith(words)


def test_drivers_that_follow_the_temperature_write_at_that_of_the_chip() -> None:
    cold = Scenario(network="lenet5")
    following = replace(cold, write_corner_k="operating")
    point = design("stt_mram")
    assert following.written_at_k == cold.temperature_k
    assert scored(point, following) == scored(point, replace(cold, write_corner_k=350.0))
    # The nominal write of a warm cell takes an eighth less; model_review's figure.
    device = cell("emram_28nm")
    writes = [nominal_write(device, write_corner_k=k) for k in (300.0, following.written_at_k)]
    both = [
        write_energy_j(
            device, voltage_v=write.voltage_v, pulse_width_s=write.pulse_width_s,
            temperature_k=350.0,
        )
        for write in writes
    ]  # fmt: skip
    assert float(both[1] / both[0]) == pytest.approx(0.87, abs=0.02)


@pytest.mark.parametrize("wrong", ["cold", True])
def test_a_corner_that_cannot_be_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError, match="write_corner_k") as error:
        replace(SMALL, write_corner_k=wrong)  # type: ignore[arg-type]
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize("name", ["sram", "stt_mram_34f2", "gain_cell"])
def test_the_read_voltage_is_that_of_modelled_cells_alone(name: str) -> None:
    gently = replace(SMALL, read_voltage_v=0.04)
    assert scored(design(name), gently) == scored(design(name), SMALL)
    assert scored(design("stt_mram"), gently) != scored(design("stt_mram"), SMALL)
