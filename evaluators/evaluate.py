"""Scores a design: energy, time and area by the analytical model, accuracy by training."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from evaluators.baseline import sized
from evaluators.batch import DesignBatch
from evaluators.design import DesignPoint, ErrorProfile
from evaluators.energy import EnergyReport, evaluate_batch
from evaluators.scenario import Scenario
from evaluators.training.recipe import TrainingRecipe
from evaluators.training.report import RunStatus, TrainingReport, TrainingRun, summarize
from evaluators.write_errors import error_profiles, snapped


class Status(StrEnum):
    """How an evaluation ended."""

    OK = "ok"
    DIVERGED = "diverged"
    FAILED = "failed"
    INFEASIBLE = "infeasible"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """All that is known of one design. `training` is None where no objective asks for it.

    `profile` is the one that is trained: on the grid of `evaluators.write_errors.snapped`.
    """

    status: Status
    design: DesignPoint
    profile: ErrorProfile | None = None
    energy: EnergyReport | None = None
    training: TrainingReport | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingTask:
    """The unit of work that is sent to a worker: one profile, one training seed.

    `threads` of torch: another number adds up in another order, so its last bits differ.
    """

    profile: ErrorProfile
    recipe: TrainingRecipe
    number_format: str
    study_seed: int
    training_seed: int
    threads: int = 1


def score(designs: Sequence[DesignPoint], scenario: Scenario) -> list[Evaluation]:
    """Score designs without training, sized as the scenario says.

    Returns:
        One evaluation a design, in order, of the design as sized; a design outside the models'
        validity is `failed` with the reason.
    """
    own = [resolved(design, scenario) for design in designs]
    if any(found != scenario for found in own):
        return [_score([d], found)[0] for d, found in zip(designs, own, strict=True)]
    return _score(designs, scenario)


def resolved(design: DesignPoint, scenario: Scenario) -> Scenario:
    """The scenario with the number format and encoding that a design asks for."""
    recipe = replace(scenario.training, encoding=design.encoding or scenario.training.encoding)
    return replace(
        scenario, number_format=design.number_format or scenario.number_format, training=recipe
    )


def _score(designs: Sequence[DesignPoint], scenario: Scenario) -> list[Evaluation]:
    try:
        as_sized = [sized(design, scenario) for design in designs]
        reports = evaluate_batch(DesignBatch.of(as_sized), scenario)
        profiles = error_profiles(as_sized, scenario)
        return [
            Evaluation(
                status=Status.OK,
                design=design,
                profile=snapped(profiles[place]),
                energy=reports.row(place),
            )
            for place, design in enumerate(as_sized)
        ]
    except ValueError as error:
        if len(designs) == 1:
            return [Evaluation(status=Status.FAILED, design=designs[0], reason=str(error))]
        return [evaluation for design in designs for evaluation in _score([design], scenario)]


def training_tasks(
    profile: ErrorProfile, scenario: Scenario, *, study_seed: int, threads: int = 1
) -> tuple[TrainingTask, ...]:
    """The runs that one profile needs: each seed."""
    return tuple(
        TrainingTask(
            profile=profile,
            recipe=scenario.training,
            number_format=scenario.number_format,
            study_seed=study_seed,
            training_seed=training_seed,
            threads=threads,
        )
        for training_seed in range(scenario.training.seeds)
    )


def run_task(task: TrainingTask) -> TrainingRun:
    """Train one profile with one seed. Runs in a worker; imports torch."""
    from evaluators.training.guard import guarded_train

    return guarded_train(
        task.profile,
        task.recipe,
        number_format=task.number_format,
        study_seed=task.study_seed,
        training_seed=task.training_seed,
        threads=task.threads,
    )


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
    """Score one design, training included, in this process."""
    scenario = resolved(design, scenario)
    (scored,) = score([design], scenario)
    if scored.profile is None:
        return scored
    free = ErrorProfile.none(scenario.bits)
    faulty = [run_task(t) for t in training_tasks(scored.profile, scenario, study_seed=study_seed)]
    clean = [run_task(t) for t in training_tasks(free, scenario, study_seed=study_seed)]
    return with_training(scored, faulty, clean)
