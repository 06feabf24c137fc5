"""Energy of a training step: components add up, the baseline is itself, bounds are named."""

from dataclasses import fields, replace

import numpy as np
import pytest

from dse.results import against_sram
from dse.store import Candidate
from evaluators.accelerator import TrainingStep
from evaluators.design import DataKind, DesignPoint, SystolicArray
from evaluators.energy import (
    BOUNDS,
    DesignBatch,
    EnergyReport,
    baseline_design,
    evaluate_batch,
    nominal_design,
    region_costs,
    sram_twin,
    step_counts,
)
from evaluators.energy.logic import element_leakage_w
from evaluators.energy.step import _accumulator, _dynamic
from evaluators.energy.times import times
from evaluators.evaluate import Status, score
from evaluators.memories import MemoryOptions, array_cost
from evaluators.networks import network
from evaluators.profiles import error_profile
from evaluators.scenario import Scenario
from search_spaces.axes import representatives
from search_spaces.heterogeneous import SPACE

SCENARIO = Scenario(network="lenet5")
ARRAY = SystolicArray(rows=32, cols=64)


def random_designs(count: int) -> list[DesignPoint]:
    random = np.random.default_rng(0)
    axes = SPACE.axes(bits=8)
    return [
        SPACE.decode({a.name: representatives(a)[random.integers(len(representatives(a)))]
                      for a in axes})
        for _ in range(count)
    ]  # fmt: skip


def test_components_add_up_and_a_batch_is_its_designs() -> None:
    designs = random_designs(50)
    whole = evaluate_batch(DesignBatch.of(designs), SCENARIO)
    for place, design in enumerate(designs):
        report = whole.row(place)
        assert sum(report.components().values()) == pytest.approx(report.energy_j, rel=1e-12)
        alone = evaluate_batch(DesignBatch.of([design]), SCENARIO).row(0)
        for field in fields(EnergyReport):
            told, again = getattr(report, field.name), getattr(alone, field.name)
            assert again == (told if field.name == "bound" else pytest.approx(told, rel=1e-12))


def test_the_baseline_is_its_own_twin() -> None:
    baseline = baseline_design(SCENARIO, ARRAY)
    assert sram_twin(baseline, SCENARIO) == baseline
    assert baseline.memory.capacity_bytes == 8 * 2**20


def test_the_bound_is_what_takes_most_of_the_time() -> None:
    for place, evaluation in enumerate(score(random_designs(20), SCENARIO)):
        report = evaluation.energy
        assert report is not None
        batch = DesignBatch.of([evaluation.design])
        found = times(batch, step_counts(batch, SCENARIO), region_costs(batch, SCENARIO), SCENARIO)
        held = dict.fromkeys(BOUNDS, 0.0)
        for by_bound in found.bounds[:, :, 0].T.tolist():
            held[BOUNDS[by_bound.index(max(by_bound))]] += max(by_bound)
        assert report.time_s == pytest.approx(sum(held.values()), rel=1e-12), place
        assert report.bound == max(held, key=lambda bound: held[bound])
        sums = (report.compute_time_s, report.dram_time_s, report.scratchpad_time_s)
        assert max(sums) <= report.time_s <= sum(sums)


def test_nominal_writes_and_sram_never_fail() -> None:
    for design in (baseline_design(SCENARIO, ARRAY), nominal_design(SCENARIO, ARRAY)):
        assert error_profile(design, SCENARIO).error_free


def test_reliable_bits_are_the_most_significant() -> None:
    design = SPACE.decode({
        "write_voltage_v": 0.7, "pulse_width_s": 5e-9, "array_rows": 16, "array_cols": 16,
        **{f"{k}_technology": "stt_mram" for k in DataKind},
        **{f"{k}_reliable_bits": 3 for k in DataKind},
        **{f"{k}_capacity_bytes": 2**20 for k in DataKind},
    })  # fmt: skip
    errors = error_profile(design, SCENARIO).weight
    assert errors.to_one[5:] == (0.0, 0.0, 0.0)
    assert all(p > q > 0 for p, q in zip(errors.to_one[:5], errors.to_zero[:5], strict=True))


def test_a_design_outside_the_models_fails_alone() -> None:
    good = baseline_design(SCENARIO, ARRAY)
    region = replace(good.memory.weight, capacity_bytes=3000)
    bad = replace(good, memory=replace(good.memory, weight=region))
    first, second = score([bad, good], SCENARIO)
    assert first.status is Status.FAILED
    assert "`capacity_bytes`" in first.reason
    assert second.status is Status.OK


def test_energy_is_linear_in_accesses() -> None:
    batch = DesignBatch.of(random_designs(6))
    regions, accumulator = region_costs(batch, SCENARIO), _accumulator(batch, SCENARIO)
    step = TrainingStep(network("lenet5", 32), SCENARIO.accelerator, element_bytes=1.0)
    capacity = np.full((3, len(batch)), 2.0**20)
    counts = step.counts(batch.rows, batch.cols, capacity)
    whole = replace(counts, reads=np.rint(counts.reads) * 32, writes=np.rint(counts.writes) * 32)
    thrice = replace(whole, reads=3 * whole.reads, writes=3 * whole.writes)
    once, more = (_dynamic(c, regions, accumulator, SCENARIO) for c in (whole, thrice))
    for kind in DataKind:
        for access in ("read", "write"):
            assert more[f"{kind}_{access}_j"] == pytest.approx(3 * once[f"{kind}_{access}_j"])


@pytest.mark.parametrize("sizing", ["free", "iso_capacity", "iso_area"])
def test_all_sram_is_the_baseline(sizing: str) -> None:
    scenario = replace(SCENARIO, sizing=sizing)  # type: ignore[arg-type]
    (scored,) = score([baseline_design(scenario, ARRAY)], scenario)
    candidate = Candidate(number=0, source="baseline", values={}, evaluation=scored)
    (pair,) = against_sram([candidate], scenario)
    assert pair.ratio == 1.0
    assert pair.memory_ratio == 1.0


@pytest.mark.parametrize(("field", "kind"), [("gate", "stt_mram"), ("sram_gate", "sram")])
def test_only_what_idles_sleeps(field: str, kind: str) -> None:
    """A busy bank leaks: with u the busy share of the time, L (u + (1 - u) gate)."""
    both = [baseline_design(SCENARIO, ARRAY), nominal_design(SCENARIO, ARRAY)]
    ours = int(kind == "stt_mram")
    batch = DesignBatch.of(both)
    whole = evaluate_batch(batch, SCENARIO)
    asleep = replace(SCENARIO, memory=replace(SCENARIO.memory, **{field: 0.25}))  # type: ignore[arg-type]
    found = evaluate_batch(batch, asleep)
    regions = region_costs(batch, SCENARIO)
    spent = times(batch, step_counts(batch, SCENARIO), regions, SCENARIO)
    saved = 0.0
    for place, region in enumerate(regions.values()):
        busy = spent.busy[place, 0, ours] / whole["time_s"][ours]
        assert 0.0 < busy < 1.0
        share = busy + (1.0 - busy) * 0.25
        saved += region.leakage_w[ours] * (1.0 - share) * whole["time_s"][ours]
    assert whole["leakage_j"][ours] - found["leakage_j"][ours] == pytest.approx(saved, rel=1e-9)
    assert found["leakage_j"][1 - ours] == whole["leakage_j"][1 - ours]


@pytest.mark.parametrize("roadmap", ["HP", "LSTP"])
def test_the_leakage_of_every_component_scales(roadmap: str) -> None:
    """Regions, accumulator and processing elements: nothing leaks on at another scale."""
    batch = DesignBatch.of(random_designs(10))
    own = replace(SCENARIO, roadmap=roadmap)
    one, seven, none = (
        evaluate_batch(batch, replace(own, memory=replace(own.memory, leakage_scale=scale)))
        for scale in (1.0, 7.0, 0.0)
    )
    assert (none["leakage_j"] == 0.0).all()
    assert seven["leakage_j"] == pytest.approx(7.0 * one["leakage_j"], rel=1e-12)
    for field in ("time_s", "mac_j", "dram_j", "accumulator_j", "area_m2"):
        assert (seven[field] == one[field]).all()


def test_a_processing_element_leaks_as_its_sram_does() -> None:
    cooler = replace(SCENARIO, temperature_k=300.0)
    for changed in (cooler, replace(SCENARIO, roadmap="LSTP"),
                    replace(SCENARIO, memory=MemoryOptions(leakage_source="cacti"))):  # fmt: skip
        mats = [array_cost("sram", 2**17, node_nm=22, roadmap=s.roadmap,
                           temperature_k=s.temperature_k,
                           leakage_source=s.memory.leakage_source)
                for s in (SCENARIO, changed)]  # fmt: skip
        density = [mat.leakage_w[0] / mat.area_m2[0] for mat in mats]
        found = [element_leakage_w(s) for s in (SCENARIO, changed)]
        assert found[1] / found[0] == pytest.approx(density[1] / density[0], rel=1e-12)


def test_an_accumulator_of_half_the_depth_is_half_of_it() -> None:
    batch = DesignBatch.of([
        baseline_design(SCENARIO, replace(ARRAY, accumulator_depth_words=depth))
        for depth in (None, 4096, 2048)
    ])  # fmt: skip
    found = _accumulator(batch, SCENARIO)
    assert found.area_m2[0] == found.area_m2[1] == 2 * found.area_m2[2]
    assert found.leakage_w[0] == found.leakage_w[1] == 2 * found.leakage_w[2]
    assert found.read_energy_j[1] > found.read_energy_j[2]
    report = evaluate_batch(batch, SCENARIO)
    assert report["compute_time_s"][0] == report["compute_time_s"][1]
    assert report["compute_time_s"][1] < report["compute_time_s"][2]


def test_writes_per_cell_and_lifetime_belong_together() -> None:
    nominal = nominal_design(SCENARIO, ARRAY)
    (scored,) = score([nominal], SCENARIO)
    report = scored.energy
    assert report is not None
    assert report.writes_per_cell > 0.0
    assert report.lifetime_s == pytest.approx(
        endurance(nominal) * report.time_s / report.writes_per_cell, rel=1e-9
    )


def endurance(design: DesignPoint) -> float:
    return float(region_costs(DesignBatch.of([design]), SCENARIO)[DataKind.WEIGHT]
                 .endurance_writes[0])  # fmt: skip
