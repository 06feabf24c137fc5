"""Constraints: their form, what is checked before a training, what reaches sampler and front."""

from pathlib import Path
from typing import Any

import pytest

from dse import front, run
from dse.commands.show import print_summary
from dse.mistakes import StudyError
from dse.store import read_store
from dse.study import Study, parse_study
from dse.study.constraints import constraint
from dse.study.objectives import OBJECTIVES, decided_by_energy
from dse.study.quantities import LIMITED, OBJECTIVE, axis_of, quantity
from dse.testing.samplers import ONE_ORGANISATION
from evaluators.evaluate import Status, score
from evaluators.training import RunStatus, TrainingRun

MIB = 2**20
TRAINER = "tests.unit.study.test_constraints:trainer"


def trainer(profile: Any, recipe: Any, **told: Any) -> TrainingRun:
    """Accuracy falls with the worst error rate; no torch."""
    del recipe
    worst = max(rate for _, errors in profile for rate in (*errors.to_one, *errors.to_zero))
    accuracy = 0.9 - 0.8 * min(worst, 1.0)
    return TrainingRun(status=RunStatus.OK, training_seed=told["training_seed"],
                       accuracy=accuracy, chance_accuracy=0.1, loss=0.5)  # fmt: skip


def study(*constraints: str, trained: bool = False, **search: Any) -> Study:
    objectives = ["energy_j", "accuracy_loss"] if trained else ["energy_j", "area_m2"]
    raw = {
        "name": "x", "space": "heterogeneous", "objectives": objectives,
        "constraints": list(constraints),
        "scenario": {"network": "lenet5", "training": {"trainer": TRAINER, "seeds": 1}},
        "axes": {**ONE_ORGANISATION, "array_rows": [16, 64], "array_cols": [32],
                 **{f"{kind}_capacity_bytes": [MIB, 4 * MIB]
                    for kind in ("activation", "weight", "error")}},
        "search": {"candidates": 16, "batch": 4, "population": 4, "seed": 3, **search},
    }  # fmt: skip
    return parse_study(raw, "x.toml")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("area_m2 < 1", "written 'QUANTITY <= NUMBER'"),
        ("area <= 1", "unknown quantity 'area'"),
        ("area_m2 <= small", "finite number, got 'small'"),
        ("area_m2 <= inf", "finite number, got 'inf'"),
        ("area_m2 <= 1 * twin", "unknown reference 'twin'"),
        ("area_m2 <= 2 * 3", "NUMBER * REFERENCE"),
        ("area_m2 <= x * baseline", "finite number, got 'x'"),
        ("accuracy_loss <= 2 * baseline", "give a number"),
    ],
)
def test_a_wrong_constraint_is_named_with_its_place(text: str, words: str) -> None:
    with pytest.raises(StudyError) as caught:
        study("time_s <= 1", text)
    assert "`constraints[1]`" in str(caught.value)
    assert words in str(caught.value)


def test_excess_has_the_direction_of_its_relation() -> None:
    at_most, at_least = constraint("time_s <= 2.0"), constraint("lifetime_s >= 2.0")
    assert [float(at_most.excess(v)) for v in (1.0, 2.0, 3.0)] == [-0.5, 0.0, 0.5]  # type: ignore[arg-type]
    assert [float(at_least.excess(v)) for v in (1.0, 2.0, 3.0)] == [0.5, 0.0, -0.5]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "factor", "reference"),
    [
        ("time_s <= 1.0 * baseline", 1.0, "baseline"),
        ("time_s<=baseline", 1.0, "baseline"),
        ("area_m2 >= 0.5*nominal", 0.5, "nominal"),
    ],
)
def test_a_limit_is_a_multiple_of_a_reference(text: str, factor: float, reference: str) -> None:
    found = study(text)
    evaluation = score([getattr(found.references, reference)], found.scenario)[0]
    (limit,) = found.limits
    assert limit.limit == factor * quantity(evaluation, limit.quantity)  # type: ignore[operator]
    assert f"{factor:g} * {reference}" in str(limit)
    assert not found.trains


def test_a_front_within_the_time_of_the_baseline(tmp_path: Path) -> None:
    record = run(study("time_s <= 1.0 * baseline"), folder=tmp_path, executor="inline")
    energy = record.baseline.evaluation.energy
    assert energy is not None
    times = [c.evaluation.energy.time_s for c in front(record).candidates if c.evaluation.energy]
    assert times
    assert max(times) <= energy.time_s


@pytest.mark.parametrize("strategy", ["nested", "joint"])
def test_a_front_keeps_its_constraints(strategy: str, tmp_path: Path) -> None:
    limits = ("capacity_bytes <= 6291456", "weight_area_m2 <= 2e-6", "edp_js >= 0")
    found = study(*limits, strategy=strategy)
    record = run(found, folder=tmp_path, executor="inline")
    best = front(record)
    assert best.candidates
    for candidate in best.candidates:
        for limit in found.limits:
            value = quantity(candidate.evaluation, limit.quantity)
            assert value is not None
            assert (value <= limit.limit) is limit.at_most or value == limit.limit
    free = front(run(study(strategy=strategy), folder=tmp_path / "free", executor="inline"))
    assert any(c.evaluation.design.memory.capacity_bytes > 6 * MIB for c in free.ranked)


@pytest.mark.parametrize("strategy", ["nested", "joint"])
def test_what_the_model_rules_out_is_never_trained(strategy: str, tmp_path: Path) -> None:
    found = study("capacity_bytes <= 3145728", trained=True, strategy=strategy)
    record = run(found, folder=tmp_path, executor="inline")
    for candidate in record.candidates[2:]:
        too_big = candidate.evaluation.design.memory.capacity_bytes > 3 * MIB
        assert (candidate.evaluation.status is Status.INFEASIBLE) == too_big
        assert (candidate.evaluation.training is None) == too_big
        if too_big:
            assert "capacity_bytes = " in candidate.evaluation.reason
    if strategy == "joint":
        assert any(c.evaluation.training is None for c in record.candidates)
    else:  # a slice has a feasible point, which is the candidate
        assert all(c.evaluation.training is not None for c in record.candidates)


def test_the_sampler_and_the_dashboard_are_told(tmp_path: Path) -> None:
    found = study("accuracy_loss <= 0.01", trained=True, strategy="joint", candidates=30)
    record = run(found, folder=tmp_path, executor="inline")
    lost = [c for c in record.candidates if c.evaluation.status is Status.INFEASIBLE]
    assert lost
    assert all("accuracy_loss = " in c.evaluation.reason for c in lost)
    trials = read_store(found, tmp_path)._optuna.get_trials()
    for candidate, trial in zip(record.candidates, trials, strict=True):
        broken = candidate.evaluation.status is Status.INFEASIBLE
        assert (trial.constraints["accuracy_loss <= 0.01"] > 0.0) is broken
    for point in front(record).candidates:
        assert point.evaluation.training is not None
        assert point.evaluation.training.accuracy_loss <= 0.01


@pytest.mark.parametrize("sampler", ["nsga2", "tpe", "gp", "random"])
@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
def test_every_sampler_takes_constraints(sampler: str, tmp_path: Path) -> None:
    found = study("area_m2 <= 2e-6", "accuracy_loss <= 0.02", trained=True, strategy="joint",
                  sampler=sampler, candidates=20)  # fmt: skip
    assert len(run(found, folder=tmp_path, executor="inline").candidates) == 20


@pytest.mark.parametrize("strategy", ["nested", "joint"])
def test_a_study_without_a_feasible_design_ends_and_says_what_is_nearest(
    strategy: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from rich.console import Console

    found = study("area_m2 <= 1e-9", trained=True, strategy=strategy)
    best = front(run(found, folder=tmp_path, executor="inline"))
    assert best.candidates == ()
    assert best.hypervolume == 0.0
    assert best.table.empty
    print_summary(Console(width=200), best)
    told = capsys.readouterr().out
    assert "none of 16 candidates meets the constraints (area_m2 <= 1e-09)" in told
    assert "The nearest is #" in told


def test_a_quantity_is_said_once() -> None:
    assert [q.name for q in OBJECTIVE] == list(OBJECTIVES)
    for found in OBJECTIVE:
        assert axis_of(found.name) == (found.label, found.unit, found.factor)
        assert found.label
        assert found.unit
        assert (found.column is not None) == decided_by_energy(found.name)
    assert not {"write_error_probability"} & set(LIMITED)
    assert axis_of("mine:SPEED") == ("SPEED", "", 1.0)
    assert OBJECTIVES["edp_js"].axis_label == "Energy-delay product (J s)"
