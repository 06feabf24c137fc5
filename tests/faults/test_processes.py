"""Trainings that go wrong in a worker fail alone, with their reason."""

import os
import signal
import time
from collections.abc import Iterator

import pytest

from dse.executors.processes import Processes
from evaluators.design import BitErrors, ErrorProfile
from evaluators.evaluate import TrainingTask
from evaluators.training.recipe import TrainingRecipe
from evaluators.training.report import RunStatus

FREE = ErrorProfile.none(8)
HALF = BitErrors(to_one=(0.5,) * 8, to_zero=(0.5,) * 8)
FAULTY = ErrorProfile(activation=HALF, weight=HALF, error=HALF)


def task(how: str, profile: ErrorProfile = FAULTY) -> TrainingTask:
    recipe = TrainingRecipe(trainer="tests.faults.trainers:train", data_folder=how,
                            time_limit_s=20.0 if how != "hang" else 0.5)  # fmt: skip
    return TrainingTask(profile=profile, recipe=recipe, number_format="int8", study_seed=0,
                        training_seed=0)  # fmt: skip


@pytest.fixture(params=[1, 2])
def pool(request: pytest.FixtureRequest) -> Iterator[Processes]:
    executor = Processes(request.param)
    yield executor
    pids = executor.pids
    executor.close()
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("exit", "lost 3 times, at last exit code 7"),
        ("sys_exit", "SystemExit: 3"),
        ("segfault", "lost 3 times, at last killed by SIGSEGV"),
        ("hang", "longer than `training.time_limit_s` = 0.5"),
        ("nan", "`accuracy` must be in [0, 1]"),
        ("none", "must return a TrainingRun, got NoneType"),
    ],
)
def test_it_fails_alone_with_its_reason(pool: Processes, how: str, reason: str) -> None:
    bad, good = pool.submit(task(how)), pool.submit(task("", FREE))
    run = bad.result(120)
    assert run.status is RunStatus.FAILED
    assert reason in run.reason
    assert good.result(60).status is RunStatus.OK


def test_much_output_neither_floods_nor_blocks(pool: Processes) -> None:
    assert pool.submit(task("prints")).result(60).status is RunStatus.OK


def test_killed_workers_cost_a_retry(pool: Processes) -> None:
    assert pool.submit(task("slow")).result(60).status is RunStatus.OK
    for pid in pool.pids:  # idle
        os.kill(pid, signal.SIGKILL)
    runs = [pool.submit(task("slow")) for _ in range(4)]
    time.sleep(0.8)
    for pid in pool.pids:  # busy
        os.kill(pid, signal.SIGKILL)
    assert [run.result(60).status for run in runs] == [RunStatus.OK] * 4
