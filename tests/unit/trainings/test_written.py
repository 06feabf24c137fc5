"""One account of writes: training faults a value as often as the energy model pays for it."""

from concurrent.futures import Future
from dataclasses import astuple, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dse.study import Study, parse_study
from dse.trainings import TrainingCache
from dse.trainings.cache import task_key
from dse.trainings.trainer import Trainer
from dse.trainings.written import counted_writes
from evaluators.design import BitErrors, DataKind, DesignPoint, ErrorProfile
from evaluators.energy import DesignBatch, counted, sized, step_counts, written
from evaluators.scenario import Scenario
from evaluators.training import TrainingRecipe, TrainingRun, TrainingTask, WritesPerValue, run_task
from search_spaces.axes import Choice, representatives

KIB = 2**10


def study(**changes: Any) -> Study:
    raw: dict[str, Any] = {
        "name": "x", "space": "heterogeneous", "objectives": ["energy_j", "accuracy_loss"],
        "scenario": {"network": "lenet5", "training": {"data": "digits", "seeds": 1}},
    }  # fmt: skip
    return parse_study({**raw, **changes}, "x.toml")


class Nowhere:
    """An executor that trains nothing."""

    def submit(self, task: TrainingTask) -> "Future[TrainingRun]":
        raise AssertionError(task)

    def close(self) -> None:
        """Nothing to close."""


def weak(rate: float) -> ErrorProfile:
    errors = BitErrors(to_one=(rate,) * 8, to_zero=(rate,) * 8)
    return ErrorProfile(activation=errors, weight=errors, error=errors)


def total(writes: WritesPerValue) -> dict[DataKind, float]:
    return {
        DataKind.ACTIVATION: writes.activation_forward + writes.activation_backward,
        DataKind.WEIGHT: writes.weight_forward + writes.weight_backward,
        DataKind.ERROR: writes.error,
    }


def random_designs(found: Study, count: int) -> list[Any]:
    random = np.random.default_rng(1)
    designs = []
    for _ in range(count):
        values = {}
        for axis in found.open_axes:
            options = representatives(axis)
            values[axis.name] = options[int(random.integers(len(options)))]
        designs.append(sized(found.design(values), found.scenario))
    return designs


def test_a_designs_counts_are_what_its_energy_pays_for() -> None:
    found = study(scenario={"network": "resnet18"})
    for design in random_designs(found, 5):
        batch = DesignBatch.of([design])
        writes = np.asarray(step_counts(batch, found.scenario).writes).sum(axis=0)[:, 0]
        told = total(counted.most_writes(batch, found.scenario))
        values = written.values_of(found.scenario)
        for row, kind in enumerate(DataKind):  # rounded up to hundredths, once at least
            paid = max(float(writes[row]) / values[kind], 1.0)
            assert paid - 1e-6 <= told[kind] <= paid + 0.021


def test_no_design_of_a_study_writes_more_often() -> None:
    found = study(scenario={"network": "resnet18"})
    most = counted_writes(found, found.scenario)
    each = [counted.most_writes(DesignBatch.of([d]), found.scenario)
            for d in random_designs(found, 40)]  # fmt: skip
    assert all(a >= b for one in each for a, b in zip(astuple(most), astuple(one), strict=True))
    small = {f"{kind}_capacity_bytes": 512 * KIB for kind in DataKind}
    large = {f"{kind}_capacity_bytes": 32 * 2**20 for kind in DataKind}
    fewer, more = (
        total(counted_writes(one, one.scenario))
        for one in (study(scenario={"network": "resnet18"}, axes=axes) for axes in (large, small))
    )
    assert all(fewer[kind] <= more[kind] for kind in DataKind)
    assert sum(fewer.values()) < sum(more.values())
    options = {a.name: a.options for a in found.open_axes if isinstance(a, Choice)}
    assert 512 * KIB in options["weight_capacity_bytes"]


def test_tasks_carry_what_is_counted_where_something_fails(tmp_path: Path) -> None:
    def tasks(**training: Any) -> tuple[TrainingTask, TrainingTask]:
        told = study(scenario={"network": "lenet5", "training": {"seeds": 1, **training}})
        trainer = Trainer(told, told.scenario, executor=Nowhere(), cache=TrainingCache(tmp_path))
        (faulty,), (free,) = trainer.tasks(random_designs(told, 1)[0], weak(1e-3))
        return faulty, free

    faulty, free = tasks()
    assert faulty.writes == counted_writes(study(), study().scenario)
    assert free.writes is None
    once, _ = tasks(writes_per_value="once")
    twice, _ = tasks(writes_per_value=2.0)
    assert once.writes is twice.writes is None
    assert len({task_key(task) for task in (faulty, once, twice)}) == 3
    assert task_key(tasks(writes_per_value="once")[1]) != task_key(free)


def test_values_fail_as_often_as_they_are_written() -> None:
    def hits(**told: Any) -> dict[str, float]:
        recipe = TrainingRecipe(data="digits", steps=20, writes_per_value=told.pop("asked"))
        task = TrainingTask(
            profile=weak(1e-2), recipe=recipe, number_format="int8", study_seed=0,
            training_seed=0, **told,
        )  # fmt: skip
        run = run_task(task)
        assert run.hits_to_one
        assert run.hits_to_zero
        assert run.values_written
        assert run.writes_per_value
        return {
            kind: (sum(run.hits_to_one[kind]) + sum(run.hits_to_zero[kind])) / 8 / values
            for kind, values in run.values_written.items()
        }

    counts = WritesPerValue(
        activation_forward=2.0, activation_backward=5.0, weight_forward=3.0, error=1.5
    )
    expected = {
        # Values are copied twice where both phases have a copy: half of them are written so often.
        "activation": 1.0 - 0.5 * (0.99**2.0 + 0.99**5.0),
        "weight": 1.0 - 0.99**3.0,
        "error": 1.0 - 0.99**1.5,
    }
    assert hits(asked="once") == pytest.approx(dict.fromkeys(expected, 0.01), rel=0.03)
    assert hits(asked="counted", writes=counts) == pytest.approx(expected, rel=0.03)
    assert hits(asked=counts) == hits(asked="counted", writes=counts)


def test_outputs_have_one_copy() -> None:
    counts = WritesPerValue(activation_forward=2.0, activation_backward=3.0)
    assert counts.by_kind("inputs")[DataKind.ACTIVATION] == (2.0, 3.0)
    assert counts.by_kind("outputs")[DataKind.ACTIVATION] == 5.0
    assert replace(counts, activation_backward=0.0).by_kind("inputs")[DataKind.ACTIVATION] == 2.0
    with pytest.raises(
        ValueError, match=r"`activation_backward` must be in \[1, 1000000\]; 0 where"
    ):
        replace(counts, activation_backward=0.5)


def test_designs_that_cannot_be_sized_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    found = study()
    most = counted_writes(found, found.scenario)

    def sized_if_large(design: DesignPoint, scenario: Scenario) -> DesignPoint:
        if design.memory.weight.capacity_bytes < 2**22:
            raise ValueError("too small")
        return sized(design, scenario)

    monkeypatch.setattr("dse.trainings.written.sized", sized_if_large)
    fewer = counted_writes(found, found.scenario)
    assert all(a <= b for a, b in zip(astuple(fewer), astuple(most), strict=True))
    small = study(axes={"weight_capacity_bytes": 2**20})
    with pytest.raises(ValueError, match="too small"):
        counted_writes(small, small.scenario)
