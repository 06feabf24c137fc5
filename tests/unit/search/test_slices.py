"""Strategy `nested`: what training sees is found out, and the rest is solved exactly."""

from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dse import front, run
from dse.mistakes import UserError
from dse.search import Slices
from dse.search.seen_axes import say_once, seen_axes
from dse.search.slices import class_name
from dse.search.write_classes import WriteClasses
from dse.study import Study, energy_objective, parse_study
from dse.study.objectives import figures_of
from evaluators.design import DesignPoint, SystolicArray
from evaluators.device import cell, write_cost
from evaluators.device.write import write_energy_j
from evaluators.energy import DesignBatch, EnergyBatch, baseline_design, evaluate_batch
from evaluators.evaluate import score
from evaluators.profiles import snapped_pair
from evaluators.scenario import Scenario
from search_spaces.axes import Axis, Range, Value, Values
from search_spaces.heterogeneous import SPACE as HETEROGENEOUS
from tests.unit.search.grids import check_unbeaten

MIB = 2**20
NAMES = ("energy_j", "area_m2", "time_s")
ORGANISED = "*_banks *_mat_kib accumulator_depth_words"
ORGANISATIONS = {
    "activation_banks": [2, 16], "activation_mat_kib": [128, 512], "weight_banks": [8],
    "weight_mat_kib": [128], "error_banks": [4, 8], "error_mat_kib": [512],
    "accumulator_depth_words": [1024, 4096],
}  # fmt: skip
NARROW = {
    **ORGANISATIONS,
    "array_rows": [16, 64], "array_cols": [32],
    "activation_capacity_bytes": [MIB, 4 * MIB], "weight_capacity_bytes": [MIB],
    "error_capacity_bytes": [MIB, 2 * MIB],
}  # fmt: skip


def study(space: str = "heterogeneous", **changes: Any) -> Study:
    raw: dict[str, Any] = {
        "name": "x", "space": space, "objectives": list(NAMES),
        "scenario": {"network": "lenet5"}, "search": {"candidates": 12, "batch": 4, "seed": 3},
    }  # fmt: skip
    return parse_study({**raw, **changes}, "x.toml")


@pytest.mark.parametrize(
    ("space", "unseen"),
    [
        ("heterogeneous", f"array_rows array_cols *_capacity_bytes {ORGANISED}"),
        ("heterogeneous_writes", f"array_rows array_cols *_capacity_bytes {ORGANISED}"),
        ("homogeneous", f"array_rows array_cols *_capacity_bytes {ORGANISED}"),
        ("number_formats", f"array_rows array_cols *_capacity_bytes {ORGANISED}"),
        ("split_bits", f"array_rows array_cols *_capacity_bytes *_reliable_in {ORGANISED}"),
        ("sram_only", f"array_rows array_cols *_capacity_bytes {ORGANISED}"),
        ("tolerance", ""),
    ],
)
def test_what_training_sees_is_found_out(space: str, unseen: str) -> None:
    found = study(space, objectives=["accuracy_loss"], search={"strategy": "joint"})
    wanted = [name.replace("*", kind) for name in unseen.split()
              for kind in ("activation", "weight", "error")]  # fmt: skip
    names = {axis.name for axis in found.open_axes}
    assert names - seen_axes(found) == set(wanted)


@pytest.mark.parametrize("sizing", ["free", "iso_capacity", "iso_area"])
def test_a_slice_is_the_whole_grid_scored_one_by_one(sizing: str) -> None:
    axes = {k: v for k, v in NARROW.items() if sizing == "free" or "capacity" not in k}
    found = study(axes=axes, scenario={"network": "lenet5", "sizing": sizing})
    slices = Slices(found, found.scenario, NAMES)
    chosen: dict[str, Value] = {
        "activation_technology": "stt_mram", "weight_technology": "sram",
        "error_technology": "stt_mram", "activation_reliable_bits": 3,
        "weight_reliable_bits": 0, "error_reliable_bits": 8, class_name(""): 20,
    }  # fmt: skip
    solved = slices.solve(chosen)
    points = [
        {**{k: v for k, v in chosen.items() if k != class_name("")}, "write_voltage_v": volts,
         "pulse_width_s": width, **inner, **dict(zip(ORGANISATIONS, organised, strict=True))}
        for volts, width in slices.classes[""].members[20]
        for inner in slices._combinations
        for organised in product(*ORGANISATIONS.values())
        if sizing != "iso_area" or organised == tuple(inner[name] for name in ORGANISATIONS)
    ]  # fmt: skip
    figures = np.array([
        [e.energy.energy_j, e.energy.area_m2, e.energy.time_s]
        for e in score([found.design(p) for p in points], found.scenario) if e.energy
    ])  # fmt: skip
    check_unbeaten(solved.figures, figures)
    for values, told in zip(solved.values, solved.figures, strict=True):
        report = score([found.design(values)], found.scenario)[0].energy
        assert report is not None
        assert (report.energy_j, report.area_m2, report.time_s) == pytest.approx(told, rel=1e-12)
    assert 0 <= solved.knee < len(solved.values)


class Undeclared:
    """As `heterogeneous`, but its axes do not say what training sees."""

    question = "What?"

    def axes(self, *, bits: int) -> tuple[Axis, ...]:
        return tuple(replace(a, seen_by_training=None) for a in HETEROGENEOUS.axes(bits=bits))

    def decode(self, values: Values) -> DesignPoint:
        return HETEROGENEOUS.decode(values)


UNDECLARED = Undeclared()


def test_axes_that_do_not_say_it_are_tried_out(caplog: pytest.LogCaptureFixture) -> None:
    say_once.cache_clear()
    found = study("tests.unit.search.test_slices:UNDECLARED")
    assert seen_axes(found) == seen_axes(study())
    assert seen_axes(found) == seen_axes(found)
    (line,) = caplog.messages
    assert "`array_rows`" in line
    assert "seen_by_training" in line


def test_seen_axes_that_change_nothing_here_are_not_sampled() -> None:
    kinds = ("activation", "weight", "error")
    found = study(axes={f"{kind}_technology": ["sram"] for kind in kinds})
    assert seen_axes(found) == set()


def test_axes_that_act_together_are_decoded_together(caplog: pytest.LogCaptureFixture) -> None:
    """Where the reliable bits live is unseen, how many there are is seen: one region's fields."""
    say_once.cache_clear()
    axes = {
        **{k: v for k, v in NARROW.items() if "capacity" not in k},
        **{f"{kind}_capacity_bytes": [4 * MIB] for kind in ("activation", "weight", "error")},
    }
    scenario = {"network": "lenet5", "memory": {"leakage_scale": 0.0}}
    found = study("split_bits", axes=axes, scenario=scenario)
    slices = Slices(found, found.scenario, NAMES)
    chosen: dict[str, Value] = {class_name(""): 20}
    for kind in ("activation", "weight", "error"):
        chosen |= {f"{kind}_technology": "stt_mram", f"{kind}_reliable_bits": 3}
    solved = slices.solve(chosen)
    for values, told in zip(solved.values, solved.figures, strict=True):
        report = score([found.design(values)], found.scenario)[0].energy
        assert report is not None
        assert (report.energy_j, report.area_m2, report.time_s) == pytest.approx(told, rel=1e-12)
    assert {v["weight_reliable_in"] for v in solved.values} == {"sram", "stt_mram"}
    slices.solve({**chosen, class_name(""): 21})
    (line,) = caplog.messages  # said once, with the axes that cause it
    assert line.count("`axes.") == 3
    assert "`axes.weight_reliable_in`" in line


def test_classes_hold_every_condition_that_can_win() -> None:
    """The premise: a condition that is left out is beaten by one of equal trained errors."""
    scenario = Scenario(network="lenet5")
    voltage = Range(name="write_voltage_v", low=0.6, high=1.2)
    pulse = Range(name="pulse_width_s", low=2e-9, high=20e-9, log=True)
    classes = WriteClasses(scenario, voltage, pulse)
    assert (np.diff(classes.rates.sum(axis=1)) >= 0).all()
    device = cell(scenario.cell)
    for number in range(0, len(classes), 9):
        for volts, width in classes.members[number]:
            cost = write_cost(device, voltage_v=volts, pulse_width_s=width,
                              temperature_k=scenario.written_at_k)  # fmt: skip
            rates = (float(cost.error_probability_p_to_ap),
                     float(cost.error_probability_ap_to_p))  # fmt: skip
            assert list(snapped_pair(*rates)) == classes.rates[number].tolist()
            assert classes.holding(volts, width) == number
            energy = write_energy_j(device, voltage_v=volts, pulse_width_s=width,
                                    temperature_k=scenario.temperature_k)  # fmt: skip
            for other_v, other_s in classes.members[number]:
                other = write_energy_j(device, voltage_v=other_v, pulse_width_s=other_s,
                                       temperature_k=scenario.temperature_k)  # fmt: skip
                beaten = other <= energy and other_s <= width and other_v <= volts
                assert not beaten or (other_v, other_s) == (volts, width)
    assert classes.holding(0.123, 1e-9) is None


def test_the_front_is_the_union_of_the_slices(tmp_path: Path) -> None:
    found = study(axes=NARROW)
    record = run(found, folder=tmp_path, executor="inline")
    best = front(record)
    slices = Slices(found, found.scenario, NAMES)
    union = [
        figures
        for candidate in record.candidates[2:]
        if (chosen := slices.chosen(candidate.values)) is not None
        for figures in slices.solve(chosen).figures
    ]
    mine = np.array(
        [[e.energy.energy_j, e.energy.area_m2, e.energy.time_s]
         for c in best.candidates if (e := c.evaluation).energy]
    )  # fmt: skip
    for figures in union:
        assert any((point <= figures * (1 + 1e-12)).all() for point in mine)
    designs = DesignBatch.of([c.evaluation.design for c in best.candidates])
    again = evaluate_batch(designs, found.scenario)
    assert again["energy_j"] == pytest.approx(mine[:, 0], rel=1e-12)
    assert len(best.table) == len(best.candidates) > 3


def test_a_stopped_nested_search_ends_with_the_same_table(tmp_path: Path) -> None:
    tables = []
    for name, stops in (("whole", (12,)), ("parts", (3, 7, 12))):
        for goal in stops:
            record = run(study(axes=NARROW), folder=tmp_path / name, executor="inline",
                         candidates=goal)  # fmt: skip
        tables.append((front(record).whole_table.to_csv(), front(record).table.to_csv()))
    assert tables[0] == tables[1]


def test_without_prefilter_the_sampler_chooses_voltages(tmp_path: Path) -> None:
    found = study(axes=NARROW, search={"candidates": 8, "prefilter": False, "sampler": "random"})
    record = run(found, folder=tmp_path, executor="inline")
    volts = {c.values["write_voltage_v"] for c in record.candidates[2:]}
    assert len(volts) == 6


def test_objectives_that_slices_do_not_know_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="take 'joint' for others"):
        run(study(objectives=["energy_j", "write_error_probability"]), folder=tmp_path,
            executor="inline")  # fmt: skip


def test_all_sram_needs_no_voltage(tmp_path: Path) -> None:
    sram = {f"{kind}_technology": "sram" for kind in ("activation", "weight", "error")}
    record = run(study(axes={**NARROW, **sram}), folder=tmp_path, executor="inline", candidates=4)
    assert len(front(record).candidates) > 1


def test_an_objective_of_the_users_that_gives_one_figure_for_all_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    array = SystolicArray(rows=16, cols=16)
    batch = DesignBatch.of([baseline_design(Scenario(network="lenet5"), array)] * 3)
    report = EnergyBatch(columns={"energy_j": np.ones(3)})
    wrong = energy_objective("x", "minimize", lambda figures: figures["energy_j"].sum())
    right = energy_objective("x", "minimize", lambda figures: 2.0 * figures["energy_j"])
    monkeypatch.setattr("dse.study.objectives.objective", {"x": wrong, "y": right}.__getitem__)
    with pytest.raises(UserError, match="one figure a design"):
        figures_of(report, batch, "x")
    assert figures_of(report, batch, "y").tolist() == [2.0, 2.0, 2.0]
