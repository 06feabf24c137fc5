"""Scores a design: energy, time and area by the analytical model, accuracy by training."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from evaluators.design import DesignPoint, ErrorProfile
from evaluators.energy import DesignBatch, EnergyReport, counted, evaluate_batch, sized
from evaluators.profiles import error_profiles, snapped
from evaluators.scenario import Scenario, resolved
from evaluators.training import (
    RunStatus,
    TrainingReport,
    TrainingRun,
    run_task,
    summarize,
    training_tasks,
)


class Status(StrEnum):
    """How an evaluation ended."""

    OK = "ok"
    DIVERGED = "diverged"
    FAILED = "failed"
    INFEASIBLE = "infeasible"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """All that is known of one design. `training` is None where no objective asks for it.

    `profile` is the one that is trained: on the grid of `evaluators.profiles.snapped`.
    """

    status: Status
    design: DesignPoint
    profile: ErrorProfile | None = None
    energy: EnergyReport | None = None
    training: TrainingReport | None = None
    reason: str = ""


def score(designs: Sequence[DesignPoint], scenario: Scenario) -> list[Evaluation]:
    """Score designs without training, sized as the scenario says.

    Returns:
        One evaluation a design, in order, of the design as sized; a design outside the models'
        validity is `failed` with the reason.
    """
    groups: dict[Scenario, list[int]] = {}
    for place, design in enumerate(designs):
        groups.setdefault(resolved(design, scenario), []).append(place)
    scored: dict[int, Evaluation] = {}
    for own, places in groups.items():
        scored |= zip(places, _score([designs[place] for place in places], own), strict=True)
    return [scored[place] for place in range(len(designs))]


def _score(designs: Sequence[DesignPoint], scenario: Scenario) -> list[Evaluation]:
    try:
        as_sized = [sized(design, scenario) for design in designs]
        reports = evaluate_batch(DesignBatch.of(as_sized), scenario)
        profiles = error_profiles(as_sized, scenario)
        return [
            Evaluation(
                status=Status.OK,
                design=design,
                profile=snapped(profiles[place], design),
                energy=reports.row(place),
            )
            for place, design in enumerate(as_sized)
        ]
    except ValueError as error:
        if len(designs) == 1:
            return [Evaluation(status=Status.FAILED, design=designs[0], reason=str(error))]
        return [evaluation for design in designs for evaluation in _score([design], scenario)]


def with_training(
    evaluation: Evaluation, faulty: Sequence[TrainingRun], fault_free: Sequence[TrainingRun]
) -> Evaluation:
    """The evaluation completed by its training runs."""
    return with_report(evaluation, summarize(faulty, fault_free))


def with_report(evaluation: Evaluation, report: TrainingReport) -> Evaluation:
    """The evaluation completed by what its training runs told."""
    status = {
        RunStatus.OK: Status.OK,
        RunStatus.DIVERGED: Status.DIVERGED,
        RunStatus.FAILED: Status.FAILED,
    }[report.status]
    return Evaluation(
        status=status,
        design=evaluation.design,
        profile=evaluation.profile,
        energy=evaluation.energy,
        training=report,
        reason=report.reason,
    )


def evaluate(design: DesignPoint, scenario: Scenario, *, study_seed: int = 0) -> Evaluation:
    """Score one design, training included, in this process. [-]"""
    scenario = resolved(design, scenario)
    (scored,) = score([design], scenario)
    if scored.profile is None:
        return scored
    free = ErrorProfile.none(scenario.bits)
    faulty, clean = (
        [
            run_task(task)
            for task in training_tasks(
                profile,
                scenario.training,
                number_format=scenario.number_format,
                study_seed=study_seed,
                writes=counted.most_writes(DesignBatch.of([scored.design]), scenario),
            )
        ]
        for profile in (scored.profile, free)
    )
    return with_training(scored, faulty, clean)
