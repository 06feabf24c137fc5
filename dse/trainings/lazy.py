"""Starts another executor with the first training that is not kept already."""

from collections.abc import Callable
from concurrent.futures import Future

from dse.signals import kept_handlers
from dse.trainings.executor import Executor
from evaluators.training import TrainingRun, TrainingTask


class OnDemand:
    """A search that continues chooses its next candidate before it waits for workers to start.

    Args:
        make: starts the executor.
    """

    def __init__(self, make: Callable[[], Executor]) -> None:
        self._make = make
        self._made: Executor | None = None

    def submit(self, task: TrainingTask) -> "Future[TrainingRun]":
        """Start one training, and before the first one the executor."""
        if self._made is None:
            with kept_handlers():  # Ray takes SIGTERM for itself
                self._made = self._make()
        return self._made.submit(task)

    def close(self) -> None:
        """Stop what was started."""
        if self._made is not None:
            self._made.close()
