"""One interface for every place where trainings run."""

from concurrent.futures import Future
from typing import Protocol

from evaluators.training import TrainingRun, TrainingTask


class Executor(Protocol):
    """Runs trainings; the search does not know where.

    `submit` returns at once, except for `inline`. A future never fails for a training that
    diverges or raises: that is a run with a status. It fails only where the worker itself was lost
    for good.
    """

    def submit(self, task: TrainingTask) -> "Future[TrainingRun]":
        """Start one training."""

    def close(self) -> None:
        """Stop what this executor started and leave what it joined running."""
