"""Every executor of ours keeps what `dse.testing` promises; a wrong one does not."""

from concurrent.futures import Future

import pytest

from dse.testing import check_executor
from dse.trainings import make_executor
from dse.trainings.executors import EXECUTORS
from dse.trainings.inline import Inline
from evaluators.training import RunStatus, TrainingRun, TrainingTask


class Raising(Inline):
    """Hands the training's failure on."""

    def submit(self, task: TrainingTask) -> "Future[TrainingRun]":
        future = super().submit(task)
        if future.result().status is RunStatus.FAILED:
            future = Future()
            future.set_exception(ValueError("mine"))
        return future


class LastForAll(Inline):
    """Gives every training the run of the first."""

    def __init__(self) -> None:
        self.first: Future[TrainingRun] | None = None

    def submit(self, task: TrainingTask) -> "Future[TrainingRun]":
        self.first = self.first or super().submit(task)
        return self.first


def test_the_names_are_listed() -> None:
    assert set(EXECUTORS) == {"inline", "processes", "ray"}


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[pytest.mark.slow] if n == "ray" else []) for n in EXECUTORS]
)
def test_it_keeps_its_promises(name: str) -> None:
    check_executor(lambda: make_executor(name, 2, None))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (Raising, "must be a run with a status"),
        (LastForAll, "must give what it gives in this process"),
    ],
)
def test_a_wrong_one_is_told(make: type[Inline], words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        check_executor(make)
