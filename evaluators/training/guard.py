"""Runs a training whatever the user's code does: what goes wrong becomes a failed run."""

import math
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from evaluators.checks import check_fields
from evaluators.design import ErrorProfile
from evaluators.plugins import load
from evaluators.training.recipe import TrainingRecipe
from evaluators.training.report import RunStatus, TrainingRun


class TimeLimitError(Exception):
    """A training took longer than its limit."""


def guarded_train(
    profile: ErrorProfile,
    recipe: TrainingRecipe,
    *,
    number_format: str,
    study_seed: int,
    training_seed: int,
) -> TrainingRun:
    """As `train`, or as the recipe's own trainer; an exception is a failed run with its reason."""
    try:
        with _limited(recipe.time_limit_s):
            run = _trainer(recipe)(
                profile,
                recipe,
                number_format=number_format,
                study_seed=study_seed,
                training_seed=training_seed,
            )
            if not isinstance(run, TrainingRun):
                raise TypeError(
                    f"`trainer` {recipe.trainer!r} must return a TrainingRun, "
                    f"got {type(run).__name__}"
                )
            _check_figures(run)
            return run
    except TimeLimitError:
        reason = too_long(recipe)
    except (Exception, SystemExit) as error:  # the user's code may raise anything
        first = next(iter(str(error).splitlines()), "")
        reason = f"{type(error).__name__}: {first}"
    return failed_run(training_seed, reason)


def too_long(recipe: TrainingRecipe) -> str:
    """Why a training beyond its limit failed."""
    return f"longer than `training.time_limit_s` = {recipe.time_limit_s:g} seconds"


def failed_run(training_seed: int, reason: str) -> TrainingRun:
    """A run that gave no result."""
    return TrainingRun(
        status=RunStatus.FAILED, training_seed=training_seed, accuracy=0.0, chance_accuracy=0.0,
        loss=None, reason=reason,
    )  # fmt: skip


def _check_figures(run: TrainingRun) -> None:
    """Refuse accuracies outside [0, 1] and losses that are not finite.

    Raises:
        ValueError: with the field and the value received.
        TypeError: a figure is no number.
    """
    check_fields(run, {"accuracy": (0.0, 1.0), "chance_accuracy": (0.0, 1.0)})
    if run.status is not RunStatus.OK:
        return  # a diverged run tells how its loss grew beyond all numbers
    for loss in (*run.loss_curve, *(() if run.loss is None else (run.loss,))):
        if not math.isfinite(loss):
            raise ValueError(f"`loss` and `loss_curve` must be finite, got {loss!r}")


def _trainer(recipe: TrainingRecipe):  # type: ignore[no-untyped-def]
    if recipe.trainer:
        return load("evaluators.training", "train", recipe.trainer, what="trainer")
    from evaluators.training.run import train

    return train


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """Raise `TimeLimitError` in the main thread after so long; elsewhere the executor watches."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def late(number: int, frame: FrameType | None) -> None:
        raise TimeLimitError

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
