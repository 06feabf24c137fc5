"""Runs a training whatever the user's code does: what goes wrong becomes a failed run."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from types import FrameType
from typing import Final

from evaluators.design import ErrorProfile
from evaluators.plugins import load
from evaluators.training.checked_run import checked_run
from evaluators.training.recipe import TrainingRecipe
from evaluators.training.report import RunStatus, TrainingRun

REASON_LENGTH: Final = 500
"""Characters of a user's message that a reason keeps."""


class TimeLimitError(Exception):
    """A training took longer than its limit."""


def guarded_train(
    profile: ErrorProfile,
    recipe: TrainingRecipe,
    *,
    number_format: str,
    study_seed: int,
    training_seed: int,
    threads: int = 1,
) -> TrainingRun:
    """As `train`, or as the recipe's own trainer; an exception is a failed run with its reason.

    `study_seed`, `training_seed` and `threads`: [-].
    """
    try:
        with _limited(recipe.time_limit_s):
            run = _trainer(recipe, threads)(
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
            return checked_run(run, profile)
    except TimeLimitError:
        reason = too_long(recipe)
    except KeyboardInterrupt:
        raise  # the user's own, in `inline`; a worker process makes it a failed run
    except BaseException as error:  # the user's code may raise anything
        reason = told(error)
    return failed_run(training_seed, reason)


def told(error: BaseException) -> str:
    """An exception's name and first line, also of one that cannot be printed."""
    try:
        first = next(iter(str(error).splitlines()), "")
    except Exception:
        first = "its message cannot be printed"
    return f"{type(error).__name__}: {first[:REASON_LENGTH]}"


def too_long(recipe: TrainingRecipe) -> str:
    """Why a training beyond its limit failed."""
    return f"longer than `training.time_limit_s` = {recipe.time_limit_s:g} seconds"


def failed_run(training_seed: int, reason: str) -> TrainingRun:
    """A run that gave no result. [-]"""
    return TrainingRun(
        status=RunStatus.FAILED, training_seed=training_seed, accuracy=0.0, chance_accuracy=0.0,
        loss=None, reason=reason,
    )  # fmt: skip


def _trainer(recipe: TrainingRecipe, threads: int):  # type: ignore[no-untyped-def]
    if recipe.trainer:
        return load("evaluators.training", "train", recipe.trainer, what="trainer")
    from evaluators.training.run import train

    return partial(train, threads=threads)


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
