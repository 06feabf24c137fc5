"""What every objective promises."""

import math
from collections.abc import Sequence
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from dse.mistakes import UserError
from dse.study import Objective, objective
from dse.testing.spaces import point
from evaluators.design import DesignPoint, ErrorProfile, SystolicArray
from evaluators.energy import DesignBatch, baseline_design, evaluate_batch, nominal_design, sized
from evaluators.evaluate import Evaluation, Status, score, with_training
from evaluators.scenario import Scenario
from evaluators.testing import expect
from evaluators.training import RunStatus, TrainingRun
from search_spaces.heterogeneous import SPACE

Array = NDArray[np.float64]

SCENARIO = Scenario(network="lenet5")
DRAWS = 12
"""Designs at which an objective is looked at, beside the two baselines."""


def check_objective(
    given: Objective | str, evaluations: Sequence[Evaluation] | None = None
) -> None:
    """A finite figure of every evaluation, with a cost that grows as it gets worse.

    Of an `energy_objective` also that it says the same of many designs as of each alone.

    Args:
        given: an objective, its name, or `module:OBJECTIVE`.
        evaluations: what it is asked about, the all-SRAM baseline first; designs of LeNet-5 with
            made-up accuracies where they are left out.

    Raises:
        AssertionError: a broken promise.
        UnknownNameError: no such objective.
    """
    tested = objective(given) if isinstance(given, str) else given
    asked = example_evaluations() if evaluations is None else tuple(evaluations)
    values = [_figure(tested, evaluation) for evaluation in asked]
    _check_reference(tested, values[0])
    _check_costs(tested, values)
    if tested.column is not None:
        _check_column(tested)


@cache
def example_evaluations() -> tuple[Evaluation, ...]:
    """The all-SRAM baseline, the nominal design, and random ones, each as if it was trained."""
    scored = score(_designs(), SCENARIO)
    free = [_run(ErrorProfile.none(SCENARIO.bits))]
    return tuple(
        with_training(evaluation, [_run(evaluation.profile)], free)
        for evaluation in scored
        if evaluation.status is Status.OK and evaluation.profile is not None
    )


def _designs() -> list[DesignPoint]:
    array = SystolicArray(rows=32, cols=32)
    given = [baseline_design(SCENARIO, array), nominal_design(SCENARIO, array)]
    drawn = [SPACE.decode(point(SPACE, SCENARIO.bits, seed)) for seed in range(DRAWS)]
    return [sized(design, SCENARIO) for design in (*given, *drawn)]


def _run(profile: ErrorProfile) -> TrainingRun:
    """Loses accuracy with the worst error rate, as no training does exactly."""
    worst = max(rate for _, errors in profile for rate in (*errors.to_one, *errors.to_zero))
    return TrainingRun(
        status=RunStatus.OK,
        training_seed=0,
        accuracy=0.9 - 0.8 * min(worst, 1.0),
        chance_accuracy=0.1,
        loss=0.5,
    )


def _figure(tested: Objective, evaluation: Evaluation) -> float:
    value = tested.of(evaluation)
    expect(
        isinstance(value, int | float | np.number) and math.isfinite(value),
        f"objective {tested.name!r} must be a finite number, got {value!r}",
    )
    again = tested.of(evaluation)
    expect(
        value == again,
        f"objective {tested.name!r} must be the same for the same evaluation, got {value} and "
        f"{again}",
    )
    wrong = tested.wrong(float(value))
    expect(not wrong, wrong)
    return float(value)


def _check_reference(tested: Objective, baseline: float) -> None:
    try:
        reference = tested.reference(baseline)
    except UserError as error:
        raise AssertionError(str(error)) from None
    expect(
        baseline == 0.0 or tested.cost(reference) > tested.cost(baseline),
        f"objective {tested.name!r}: the worst value that still counts, {reference:g}, must be "
        f"worse than the baseline's {baseline:g}",
    )


def _check_costs(tested: Objective, values: list[float]) -> None:
    worse = 1.0 if tested.direction == "minimize" else -1.0
    ordered = sorted(set(values), key=lambda value: worse * value)
    costs = [tested.cost(value) for value in ordered]
    for (better, dearer), (low, high) in zip(pairwise(ordered), pairwise(costs), strict=True):
        clamped = tested.scale == "points" and low == high
        expect(
            low < high or clamped,
            f"objective {tested.name!r}: {better:g} must cost less than {dearer:g}, got {low:g} "
            f"and {high:g}",
        )
    many = tested.costs(np.array(ordered))
    expect(
        np.allclose(many, costs, rtol=1e-9, atol=0.0),
        f"objective {tested.name!r}: `costs` must give what `cost` gives, got {many} and {costs}",
    )


def _check_column(tested: Objective) -> None:
    assert tested.column is not None
    designs = _designs()
    report = evaluate_batch(DesignBatch.of(designs), SCENARIO)
    many = np.asarray(tested.column(report.columns), dtype=float)
    expect(
        many.shape == (len(designs),),
        f"objective {tested.name!r} must give one figure a design, shape ({len(designs)},), got "
        f"shape {many.shape}",
    )
    for index in range(len(designs)):
        alone = tested.of(
            Evaluation(status=Status.OK, design=designs[index], energy=report.row(index))
        )
        expect(
            math.isclose(alone, many[index], rel_tol=1e-9),
            f"objective {tested.name!r} must say of many designs what it says of each, got "
            f"{many[index]} and {alone}",
        )
