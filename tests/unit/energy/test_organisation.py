"""The best organisation and the best all-SRAM design against every one scored; writes a value."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from evaluators.design import DataKind, DesignPoint, MemoryPlan, Region, SystolicArray
from evaluators.energy import (
    DesignBatch,
    baseline_design,
    evaluate_batch,
    nominal_design,
    step_counts,
)
from evaluators.energy.organisation import Organisations, Organised, best_organised
from evaluators.energy.system_nominal import system_nominal
from evaluators.energy.written import values_of, writes_per_value
from evaluators.memories import MemoryOptions
from evaluators.scenario import Scenario

KIB = 1024
ARRAYS = [SystolicArray(rows=16, cols=32), SystolicArray(rows=128, cols=64)]
CAPACITIES = {kind: (128 * KIB, 1024 * KIB) for kind in DataKind}
FEW = Organisations(banks=dict.fromkeys(DataKind, (1, 8)), depths_words=(512, 2048))
NAMES = ("energy_j", "time_s", "area_m2")


def every_design(technology: str) -> list[DesignPoint]:
    regions = [
        Region(technology=technology, capacity_bytes=size, banks=banks, mat_kib=mat)
        for size in CAPACITIES[DataKind.WEIGHT] for banks in (1, 8) for mat in (128, 512)
    ]  # fmt: skip
    return [
        DesignPoint(
            array=replace(array, accumulator_depth_words=depth),
            memory=MemoryPlan(activation=a, weight=w, error=e),
        )
        for array in ARRAYS for depth in (512, 2048) for a, w, e in product(regions, repeat=3)
    ]  # fmt: skip


def best_of_technology(
    technology: str,
    scenario: Scenario,
    *,
    names: Sequence[str] = ("energy_j",),
    organisations: Organisations | None = None,
    limits: Mapping[str, float] | None = None,
) -> Organised:
    """The unbeaten designs of one technology, of every array and capacity."""
    regions = [Region(technology=technology, capacity_bytes=size)
               for size in CAPACITIES[DataKind.WEIGHT]]  # fmt: skip
    designs = [
        DesignPoint(array=array, memory=MemoryPlan(activation=a, weight=w, error=e))
        for array in ARRAYS for a, w, e in product(regions, repeat=3)
    ]  # fmt: skip
    return best_organised(DesignBatch.of(designs), scenario, names, organisations=organisations,
                          limits=limits)  # fmt: skip


@pytest.mark.parametrize(("technology", "gate"), [("sram", 1.0), ("stt_mram", 0.2)])
def test_bounds_find_what_scoring_every_design_finds(technology: str, gate: float) -> None:
    scenario = Scenario(network="lenet5", roadmap="HP", memory=MemoryOptions(gate=gate))
    report = evaluate_batch(DesignBatch.of(every_design(technology)), scenario)
    figures = np.stack([report[name] for name in NAMES], axis=1)
    best = best_of_technology(technology, scenario,
                              organisations=FEW)  # fmt: skip
    assert best.report["energy_j"][0] == pytest.approx(figures[:, 0].min(), rel=1e-12)
    unbeaten = {
        tuple(f"{x:.9e}" for x in mine) for mine in figures
        if not ((figures <= mine).all(axis=1) & (figures < mine * (1 - 1e-12)).any(axis=1)).any()
    }  # fmt: skip
    found = best_of_technology(technology, scenario,
                               organisations=FEW, names=NAMES)  # fmt: skip
    told = zip(*(found.report[name] for name in NAMES), strict=True)
    assert {tuple(f"{x:.9e}" for x in mine) for mine in told} == unbeaten
    limit = float(np.median(figures[:, 1]))
    held = best_of_technology(technology, scenario,
                              organisations=FEW, limits={"time_s": limit})  # fmt: skip
    inside = figures[figures[:, 1] <= limit]
    assert held.report["energy_j"][0] == pytest.approx(inside[:, 0].min(), rel=1e-12)
    none = best_of_technology(technology, scenario,
                              organisations=FEW, limits={"time_s": 0.0})  # fmt: skip
    assert len(none.places) == 0


def test_figures_that_bounds_cannot_decide_are_refused() -> None:
    with pytest.raises(ValueError, match=r"energy_delay_js.* got lifetime_s"):
        best_of_technology("sram", Scenario(network="lenet5"), names=["lifetime_s"])  # fmt: skip


def test_writes_of_a_value_are_those_that_the_energy_counts() -> None:
    scenario = Scenario(network="resnet18", batch_size=4)
    design = baseline_design(scenario, SystolicArray(rows=128, cols=128))
    counts = step_counts(DesignBatch.of([design]), scenario)
    found, values = writes_per_value(design, scenario), values_of(scenario)
    for row, kind in enumerate(DataKind):
        whole = sum(found[kind].values()) * values[kind]
        assert whole == pytest.approx(counts.writes[:, row].sum(), rel=1e-12)
    assert found[DataKind.ERROR]["forward"] == 0.0
    assert found[DataKind.ACTIVATION]["forward"] >= 1.0


def test_the_systems_nominal_write_takes_the_system_no_more() -> None:
    scenario = Scenario(network="lenet5")
    own, usual = system_nominal(scenario, ARRAYS[1]), nominal_design(scenario, ARRAYS[1])
    regions = {k.value: replace(usual.memory[k], write=own) for k in DataKind}
    found = replace(usual, memory=MemoryPlan(**regions))
    report = evaluate_batch(DesignBatch.of([found, usual]), scenario)
    assert report["energy_j"][0] <= report["energy_j"][1]
    assert own.pulse_width_s <= 20e-9
    # Asked for by a study, it is what every region without a write of its own has.
    asked = evaluate_batch(DesignBatch.of([usual]), replace(scenario, nominal_write="system"))
    least = system_nominal(scenario, SystolicArray(rows=128, cols=128))
    regions = {k.value: replace(usual.memory[k], write=least) for k in DataKind}
    given = evaluate_batch(
        DesignBatch.of([replace(usual, memory=MemoryPlan(**regions))]), scenario
    )
    for name in given.columns:
        assert asked[name][0] == pytest.approx(given[name][0], rel=1e-12), name
