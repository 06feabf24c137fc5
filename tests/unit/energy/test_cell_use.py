"""Cells of a region's own: what diameter, scheme and code cost, and what training sees of them."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from evaluators.design import (
    DataKind,
    DesignPoint,
    ErrorProfile,
    MemoryPlan,
    Region,
    SystolicArray,
    WriteCondition,
)
from evaluators.energy import DesignBatch, evaluate_batch, region_costs
from evaluators.energy.refresh import refreshes
from evaluators.energy.regions import RegionCost
from evaluators.evaluate import Status, score
from evaluators.profiles import error_profile, reads_per_value
from evaluators.scenario import Scenario

MIB = 2**20
SCENARIO = Scenario(network="lenet5", read_voltage_v=0.04)
LATE = replace(SCENARIO, hold_time_s=50e-6)
WRITE = WriteCondition(voltage_v=0.7, pulse_width_s=8e-9)
KIND = DataKind.WEIGHT


def design(**changes: Any) -> DesignPoint:
    given = {"technology": "stt_mram", "capacity_bytes": MIB, "write": WRITE, **changes}
    region = Region(**given)
    plan = MemoryPlan(activation=region, weight=region, error=region)
    return DesignPoint(array=SystolicArray(rows=64, cols=64), memory=plan)


def cost(scenario: Scenario = SCENARIO, **changes: Any) -> RegionCost:
    return region_costs(DesignBatch.of([design(**changes)]), scenario)[KIND]


def profile(scenario: Scenario = SCENARIO, **changes: Any) -> ErrorProfile:
    return error_profile(design(**changes), scenario)


def test_a_batch_gives_back_its_designs() -> None:
    made = design(diameter_m=36e-9, write_scheme="verified", attempts=3, ecc="bch2")
    assert DesignBatch.of([design(), made]).design(1) == made


def test_a_region_that_says_nothing_is_the_scenarios_cell_written_once() -> None:
    """The same cell by its own diameter costs the same to the last bit; only then bits decay."""
    plain, own = cost(), cost(diameter_m=45e-9)
    for name in RegionCost.__dataclass_fields__:
        if name != "refresh_words":
            assert np.array_equal(getattr(plain, name), getattr(own, name)), name
    assert not profile()[KIND].decays
    assert profile(diameter_m=45e-9)[KIND].decays
    assert profile(diameter_m=45e-9)[KIND].to_one == profile()[KIND].to_one


def test_a_smaller_cell_takes_less_energy_and_area() -> None:
    energies = [cost(diameter_m=d).cell_write_energy_j[0] for d in (36e-9, 41e-9, 45e-9)]
    areas = [cost(diameter_m=d).area_m2[0] for d in (36e-9, 41e-9, 45e-9)]
    assert energies == sorted(energies)
    assert areas == sorted(areas)
    lost = [profile(diameter_m=d)[KIND].decay_to_one[0] for d in (36e-9, 41e-9, 45e-9)]
    assert lost == sorted(lost, reverse=True)


def test_regions_of_one_diameter_share_a_cell_and_its_highest_voltage() -> None:
    high = WriteCondition(voltage_v=1.1, pulse_width_s=8e-9)

    def area(diameter_m: float) -> float:
        made = design(diameter_m=36e-9)
        other = replace(made.memory.error, write=high, diameter_m=diameter_m)
        made = replace(made, memory=replace(made.memory, error=other))
        return float(region_costs(DesignBatch.of([made]), SCENARIO)[KIND].area_m2[0])

    alone = float(cost(diameter_m=36e-9).area_m2[0])
    assert area(41e-9) == alone
    assert area(36e-9) > alone


def test_schemes_reach_energy_latency_area_and_errors() -> None:
    single = cost()
    ended, checked = cost(write_scheme="terminated"), cost(write_scheme="verified", attempts=2)
    assert ended.cell_write_energy_j < 0.5 * single.cell_write_energy_j
    assert ended.area_m2 > single.area_m2
    assert np.array_equal(ended.write_latency_s, single.write_latency_s)
    assert profile(write_scheme="terminated") == profile()
    # Each word is read back once, and a few are written again.
    assert checked.write_energy_j > single.write_energy_j + 0.99 * single.read_energy_j
    assert checked.write_s[0] > single.write_s[0] + 0.99 * single.read_s[0]
    assert checked.endurance_writes < single.endurance_writes
    assert profile(write_scheme="verified", attempts=2)[KIND].to_one < profile()[KIND].to_one
    once = cost(write_scheme="verified")
    assert np.array_equal(once.write_energy_j, single.write_energy_j)


def test_a_code_takes_bits_and_logic_and_corrects_writes_and_decay() -> None:
    plain, coded = cost(diameter_m=36e-9), cost(diameter_m=36e-9, ecc="secded")
    assert coded.area_m2 == pytest.approx(plain.area_m2 * 72 / 64)
    assert coded.cell_write_energy_j == pytest.approx(plain.cell_write_energy_j * 72 / 64)
    assert coded.read_energy_j > plain.read_energy_j * 72 / 64
    before, after = profile(diameter_m=36e-9)[KIND], profile(diameter_m=36e-9, ecc="secded")[KIND]
    p = np.array([before.to_one[0], before.to_zero[0], before.decay_to_one[0],
                  before.decay_to_zero[0]])  # fmt: skip
    left = p * (1.0 - (1.0 - 0.5 * p.sum()) ** 71)
    told = (after.to_one[0], after.to_zero[0], after.decay_to_one[0], after.decay_to_zero[0])
    assert told == pytest.approx(tuple(left))


def test_reliable_bits_decay_unless_they_live_in_sram() -> None:
    beside = profile(diameter_m=36e-9, reliable_bits=4, capacity_bytes=8 * MIB)[KIND]
    assert beside.to_one[4:] == (0.0,) * 4
    assert all(beside.decay_to_one)
    apart = profile(diameter_m=36e-9, reliable_bits=4, reliable_in="sram",
                    capacity_bytes=8 * MIB)[KIND]  # fmt: skip
    assert apart.decay_to_one[4:] == (0.0,) * 4
    assert all(apart.decay_to_one[:4])


def test_a_step_that_outlasts_its_cells_is_refreshed() -> None:
    assert refreshes(np.array([1.0, 2.0, 2.1]), 1.0).tolist() == [0.0, 1.0, 2.0]
    batch = DesignBatch.of([design(diameter_m=36e-9)])
    held, late = (evaluate_batch(batch, scenario).row(0) for scenario in (SCENARIO, LATE))
    often = float(refreshes(np.array([held.time_s]), LATE.hold_time_s)[0])
    assert often > 0.0
    costs = region_costs(batch, LATE)
    words = 8 * MIB / LATE.memory.word_bits
    again_s = max(float(c.read_s[0, 0] + c.write_s[0, 0]) for c in costs.values())
    assert late.time_s == pytest.approx(held.time_s + often * words * again_s)
    passes_s = (late.forward_time_s + late.input_gradient_time_s + late.weight_gradient_time_s
                + late.update_time_s)  # fmt: skip
    assert passes_s == pytest.approx(late.time_s)
    more = often * words * float(costs[KIND].write_energy_j[0])
    assert late.weight_write_j == pytest.approx(held.weight_write_j + more)
    assert sum(late.components().values()) == pytest.approx(late.energy_j)
    never = DesignBatch.of([design()])
    assert evaluate_batch(never, LATE).row(0) == evaluate_batch(never, SCENARIO).row(0)


def test_reads_of_a_value_do_not_follow_the_design() -> None:
    told = {kind: reads_per_value(SCENARIO, kind) for kind in DataKind}
    assert min(told.values()) > 1.0
    assert reads_per_value(replace(SCENARIO, reads_per_value=0.0), KIND) == 0.0
    small = replace(design(diameter_m=36e-9), array=SystolicArray(rows=16, cols=16))
    assert error_profile(small, SCENARIO) == profile(diameter_m=36e-9)


@pytest.mark.parametrize(
    ("changes", "scenario", "words"),
    [
        ({"diameter_m": 20e-9}, {}, r"`diameter_m` of cell .* must be in \[.* got 2e-08"),
        ({"diameter_m": 36e-9}, {"hold_time_s": 1e9},
         "`hold_time_s` must be at most the retention"),
        ({"ecc": "secded", "reliable_bits": 3, "reliable_in": "sram", "capacity_bytes": 8 * MIB},
         {}, "`ecc` 'secded' needs a number format whose bits divide 64.* got 5 bits"),
    ],
)  # fmt: skip
def test_what_no_cell_bears_is_one_message(
    changes: dict[str, Any], scenario: dict[str, Any], words: str
) -> None:
    (found,) = score([design(**changes)], replace(SCENARIO, **scenario))
    assert found.status is Status.FAILED
    with pytest.raises(ValueError, match=words):
        raise ValueError(found.reason)
    assert "\n" not in found.reason


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"attempts": 0}, r"`attempts` must be in \[1, 3\]"),
        ({"attempts": 2}, "`attempts` must be 1 where `write_scheme` is 'single'"),
        ({"write_scheme": "twice"}, "`write_scheme` must be one of single, terminated, verified"),
        ({"ecc": "hamming"}, "`ecc` must be one of none, secded, bch2"),
        ({"diameter_m": 36.0}, r"`diameter_m` must be in .*45 nm is written 45e-9, got 36.0"),
    ],
)
def test_a_region_refuses_what_is_none(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        design(**changes)
