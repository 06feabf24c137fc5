"""What every executor promises."""

from collections.abc import Callable
from contextlib import closing
from typing import Any

from dse.trainings import Executor
from evaluators.design import BitErrors, ErrorProfile
from evaluators.testing import expect
from evaluators.training import RunStatus, TrainingRecipe, TrainingRun, TrainingTask, run_task

LONGEST_S = 120.0
"""After which a training of nothing counts as lost. [s]"""


def check_executor(make: Callable[[], Executor], *, trainings: int = 6) -> None:
    """Each training gives its own run, a failed one its reason, and nothing else is disturbed.

    The trainings are made up and load no torch.

    Args:
        make: starts an executor; it is closed here.
        trainings: submitted at once. [-]

    Raises:
        AssertionError: a broken promise.
    """
    with closing(make()) as executor:
        tasks = [_task(seed, fails=seed == 1) for seed in range(trainings)]
        futures = [executor.submit(task) for task in tasks]
        for task, future in zip(tasks, futures, strict=True):
            problem = future.exception(LONGEST_S)
            expect(
                problem is None,
                f"executor: a training that raises must be a run with a status, got {problem!r}",
            )
            _check_run(task, future.result())


def _check_run(task: TrainingTask, run: TrainingRun) -> None:
    wanted = run_task(task)
    expect(
        run == wanted,
        f"executor: training {task.training_seed} must give what it gives in this process, "
        f"{wanted}, got {run}",
    )
    failed = run.status is RunStatus.FAILED
    expect(
        failed == (task.recipe.data_folder == "fails") and bool(run.reason) == failed,
        f"executor: training {task.training_seed} must fail alone and with its reason, got {run}",
    )


def _task(seed: int, *, fails: bool) -> TrainingTask:
    errors = BitErrors(to_one=(0.1 * seed,) * 8, to_zero=(0.1 * seed,) * 8)
    return TrainingTask(
        profile=ErrorProfile(activation=errors, weight=errors, error=errors),
        recipe=TrainingRecipe(
            trainer=f"{__name__}:train", data_folder="fails" if fails else "", time_limit_s=60.0
        ),
        number_format="int8",
        study_seed=0,
        training_seed=seed,
    )


def train(
    profile: ErrorProfile, recipe: TrainingRecipe, *, training_seed: int, **settings: Any
) -> TrainingRun:
    """A training of nothing.

    Args:
        profile: of whose first error rate the accuracy is made. [-]
        recipe: fails where its `data_folder` is `fails`.
        training_seed: which comes back in the run. [-]
        settings: what else a trainer is told.

    Raises:
        ValueError: as it is told to.
    """
    del settings
    if recipe.data_folder == "fails":
        raise ValueError("a training that was made to fail")
    return TrainingRun(
        status=RunStatus.OK,
        training_seed=training_seed,
        accuracy=0.9 - profile.weight.to_one[0],
        chance_accuracy=0.1,
        loss=0.5,
    )
