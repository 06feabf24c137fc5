"""The unit of work that is sent to a worker: one profile, one training seed."""

from dataclasses import dataclass, replace

from evaluators.design import ErrorProfile
from evaluators.training.recipe import TrainingRecipe, WritesPerValue
from evaluators.training.report import TrainingRun


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingTask:
    """The unit of work that is sent to a worker: one profile, one training seed.

    `threads` of torch: another number adds up in another order, so its last bits differ. `writes`
    are those that were counted, where the recipe asks for it.
    """

    profile: ErrorProfile
    recipe: TrainingRecipe
    number_format: str
    study_seed: int
    training_seed: int
    threads: int = 1
    writes: WritesPerValue | None = None


def training_tasks(
    profile: ErrorProfile,
    recipe: TrainingRecipe,
    *,
    number_format: str,
    study_seed: int,
    threads: int = 1,
    writes: WritesPerValue | None = None,
) -> tuple[TrainingTask, ...]:
    """The runs that one profile needs: each seed. Without faults writes are of no matter. [-]"""
    counted = recipe.writes_per_value == "counted" and not profile.error_free
    return tuple(
        TrainingTask(
            profile=profile,
            recipe=recipe,
            number_format=number_format,
            study_seed=study_seed,
            training_seed=training_seed,
            threads=threads,
            writes=writes if counted else None,
        )
        for training_seed in range(recipe.seeds)
    )


def run_task(task: TrainingTask) -> TrainingRun:
    """Train one profile with one seed. Runs in a worker; imports torch.

    Trainers find the writes that were counted in the recipe.
    """
    from evaluators.training.guard import guarded_train

    recipe = task.recipe
    if task.writes is not None:
        recipe = replace(recipe, writes_per_value=task.writes)
    return guarded_train(
        task.profile,
        recipe,
        number_format=task.number_format,
        study_seed=task.study_seed,
        training_seed=task.training_seed,
        threads=task.threads,
    )
