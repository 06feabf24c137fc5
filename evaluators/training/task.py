"""The unit of work that is sent to a worker: one profile, one training seed."""

from dataclasses import dataclass

from evaluators.design import ErrorProfile
from evaluators.training.recipe import TrainingRecipe
from evaluators.training.report import TrainingRun


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


def training_tasks(
    profile: ErrorProfile,
    recipe: TrainingRecipe,
    *,
    number_format: str,
    study_seed: int,
    threads: int = 1,
) -> tuple[TrainingTask, ...]:
    """The runs that one profile needs: each seed. [-]"""
    return tuple(
        TrainingTask(
            profile=profile,
            recipe=recipe,
            number_format=number_format,
            study_seed=study_seed,
            training_seed=training_seed,
            threads=threads,
        )
        for training_seed in range(recipe.seeds)
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
