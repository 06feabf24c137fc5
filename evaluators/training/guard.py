"""Runs a training whatever the user's code does: what goes wrong becomes a failed run."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

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
            return run
    except TimeLimitError:
        reason = f"longer than `training.time_limit_s` = {recipe.time_limit_s:g} seconds"
    except Exception as error:  # the user's model, data or trainer may raise anything
        first = next(iter(str(error).splitlines()), "")
        reason = f"{type(error).__name__}: {first}"
    return TrainingRun(
        status=RunStatus.FAILED, training_seed=training_seed, accuracy=0.0, chance_accuracy=0.0,
        loss=None, reason=reason,
    )  # fmt: skip


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
