"""Laws of the arrays: more costs more, splits add up, equal area is never more."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.design import (
    DataKind,
    DesignPoint,
    MemoryPlan,
    Region,
    SystolicArray,
    WriteCondition,
)
from evaluators.energy import DesignBatch, baseline_design, sized
from evaluators.energy.regions import RegionCost, region_cost
from evaluators.memories import MAT_BYTES, array_cost
from evaluators.scenario import Scenario

SCENARIO = Scenario(network="lenet5")
ARRAY = SystolicArray(rows=8, cols=8)
ROADMAPS = st.sampled_from(["HP", "LOP", "LSTP"])
TECHNOLOGIES = st.sampled_from(["sram", "sram_silicon", "stt_mram", "stt_mram_54f2"])
WRITE = WriteCondition(voltage_v=0.8, pulse_width_s=8e-9)


def design(region: Region) -> DesignPoint:
    return DesignPoint(
        array=ARRAY, memory=MemoryPlan(activation=region, weight=region, error=region)
    )


def cost(region: Region, scenario: Scenario = SCENARIO) -> RegionCost:
    return region_cost(DesignBatch.of([design(region)]), DataKind.WEIGHT, scenario)


@given(TECHNOLOGIES, ROADMAPS, st.integers(1, 127), st.integers(128, 512),
       st.floats(34.5, 300.0), st.sampled_from(["repeated", "unrepeated"]))  # fmt: skip
def test_more_capacity_never_costs_less(
    name: str, roadmap: str, mats: int, word_bits: int, area_f2: float, wire: str
) -> None:
    if name.startswith("sram"):
        area_f2 = 146.0  # the calibrated cell; smaller ones are extrapolated
    mat = MAT_BYTES["sram" if name.startswith("sram") else "stt_mram"]
    found = array_cost(name, [mat * mats, mat * (mats + 1)], node_nm=22, roadmap=roadmap,
                       word_bits=word_bits, cell_area_f2=area_f2, wire=wire)  # fmt: skip
    for figures in (found.area_m2, found.read_energy_j, found.write_energy_j,
                    found.read_latency_s, found.write_latency_s, found.leakage_w):  # fmt: skip
        assert figures[0] <= figures[1] * (1 + 1e-12)


@given(TECHNOLOGIES, ROADMAPS, st.sampled_from([128, 512]), st.integers(1, 64),
       st.integers(1, 63), st.integers(1, 63))  # fmt: skip
def test_more_banks_are_never_slower_and_more_capacity_never_costs_less(
    name: str, roadmap: str, mat_kib: int, mats: int, banks: int, more: int
) -> None:
    size = mat_kib * 1024
    base, wider, larger = (
        array_cost(name, size * count, node_nm=22, roadmap=roadmap, mat_kib=mat_kib, banks=parts)
        for count, parts in ((mats, banks), (mats, banks + more), (mats + more, banks))
    )
    assert base.banks[0] == min(banks, mats)
    for figure in ("busy_read_s", "busy_write_s"):
        assert getattr(wider, figure) / wider.banks <= getattr(base, figure) / base.banks
        assert getattr(base, figure)[0] <= base.read_latency_s[0] + base.write_latency_s[0]
    for figure in ("read_energy_j", "write_energy_j", "read_latency_s"):
        assert getattr(wider, figure) == getattr(base, figure)
    for figure in ("area_m2", "leakage_w"):
        assert getattr(base, figure)[0] <= getattr(larger, figure)[0] * (1 + 1e-12)


@given(TECHNOLOGIES, ROADMAPS, st.floats(300.0, 360.0), st.floats(300.0, 360.0))
def test_leakage_grows_with_temperature(
    name: str, roadmap: str, first_k: float, second_k: float
) -> None:
    leakage = [
        array_cost(name, 2**20, node_nm=22, roadmap=roadmap, temperature_k=kelvin).leakage_w[0]
        for kelvin in sorted([first_k, second_k])
    ]
    assert leakage[0] <= leakage[1]


@given(st.floats(20.0, 400.0), st.floats(20.0, 400.0))
def test_a_larger_cell_never_costs_less(first_f2: float, second_f2: float) -> None:
    small, large = (
        array_cost("stt_mram", 3 * 2**20, node_nm=22, roadmap="HP", cell_area_f2=area)
        for area in sorted([first_f2, second_f2])
    )
    assert small.area_m2 <= large.area_m2
    assert small.read_energy_j <= large.read_energy_j * (1 + 1e-12)
    assert small.read_latency_s <= large.read_latency_s * (1 + 1e-12)


@given(st.integers(0, 8))
def test_a_split_region_is_its_two_memories(bits: int) -> None:
    size = 8 * 2**20
    split = cost(Region(technology="stt_mram", capacity_bytes=size, write=WRITE, mat_kib=128,
                        reliable_bits=bits, reliable_in="sram"))  # fmt: skip
    share = bits / 8
    parts = {"area_m2": 0.0, "leakage_w": 0.0, "read_energy_j": 0.0, "write_energy_j": 0.0}
    for name, part in (("sram", share), ("stt_mram", 1 - share)):
        if part > 0.0:
            region = Region(technology=name, capacity_bytes=int(size * part),
                            write=None if name == "sram" else WRITE,
                            mat_kib=None if name == "sram" else 128)  # fmt: skip
            alone = cost(region)
            parts["area_m2"] += float(alone.area_m2[0])
            parts["leakage_w"] += float(alone.leakage_w[0])
            parts["read_energy_j"] += part * float(alone.read_energy_j[0])
            parts["write_energy_j"] += part * float(alone.write_energy_j[0])
    for field, value in parts.items():
        assert getattr(split, field)[0] == pytest.approx(value, rel=1e-12)


@given(st.integers(0, 8))
def test_reliable_bits_in_mram_mix_the_two_writes(bits: int) -> None:
    def cells_j(reliable_bits: int) -> float:
        region = Region(technology="stt_mram_silicon", capacity_bytes=2**20, write=WRITE,
                        reliable_bits=reliable_bits)  # fmt: skip
        return float(cost(region).cell_write_energy_j[0])

    share = bits / 8
    mixed = share * cells_j(8) + (1 - share) * cells_j(0)
    assert cells_j(bits) == pytest.approx(mixed, rel=1e-12)


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 6), st.floats(0.5, 1.3), st.integers(0, 8),
       st.sampled_from(["stt_mram", "sram"]), st.booleans())  # fmt: skip
def test_equal_area_never_exceeds_the_baseline(
    quarters: int, voltage_v: float, bits: int, reliable_in: str, sram_weights: bool
) -> None:
    scenario = replace(
        SCENARIO, sizing="iso_area", baseline_capacity_bytes=quarters * 4 * 2**20 + 2**23
    )
    region = Region(
        technology="stt_mram", capacity_bytes=2**20, reliable_bits=bits,
        write=WriteCondition(voltage_v=voltage_v, pulse_width_s=5e-9),
        reliable_in=reliable_in,  # type: ignore[arg-type]
    )  # fmt: skip
    weight = Region(technology="sram", capacity_bytes=2**20) if sram_weights else region
    plan = MemoryPlan(activation=region, weight=weight, error=region)
    found = sized(DesignPoint(array=ARRAY, memory=plan), scenario)
    baseline = DesignBatch.of([baseline_design(scenario, ARRAY)])
    for kind in DataKind:
        ours = region_cost(DesignBatch.of([found]), kind, scenario).area_m2[0]
        theirs = region_cost(baseline, kind, scenario).area_m2[0]
        assert ours <= theirs
        if found.memory[kind].technology == "sram":
            assert ours == theirs
