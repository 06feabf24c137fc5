"""Trainings that go wrong in a worker fail alone, with their reason."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dse.study import Resources
from dse.trainings.processes import Processes
from evaluators.design import BitErrors, ErrorProfile
from evaluators.training import RunStatus, TrainingRecipe, TrainingTask

FREE = ErrorProfile.none(8)
HALF = BitErrors(to_one=(0.5,) * 8, to_zero=(0.5,) * 8)
FAULTY = ErrorProfile(activation=HALF, weight=HALF, error=HALF)


def task(how: str, profile: ErrorProfile = FAULTY) -> TrainingTask:
    recipe = TrainingRecipe(trainer="tests.faults.trainers:train", data_folder=how,
                            time_limit_s=0.5 if how in ("hang", "deaf") else 20.0)  # fmt: skip
    return TrainingTask(profile=profile, recipe=recipe, number_format="int8", study_seed=0,
                        training_seed=0)  # fmt: skip


@pytest.fixture(params=[1, 2])
def pool(request: pytest.FixtureRequest) -> Iterator[Processes]:
    executor = Processes(request.param, Resources(memory_bytes=2**29))
    yield executor
    pids = executor.pids
    executor.close()
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("eats", "held more memory than `workers.memory_bytes` = 536870912"),
        ("feeds_a_child", "held more memory than `workers.memory_bytes` = 536870912"),
        ("exit", "lost 3 times, at last exit code 7"),
        ("sys_exit", "SystemExit: 3"),
        ("segfault", "lost 3 times, at last killed by SIGSEGV"),
        ("hang", "longer than `training.time_limit_s` = 0.5"),
        ("deaf", "longer than `training.time_limit_s` = 0.5"),
        ("raises", "ValueError: my own mistake"),
        ("unprintable", "UnprintableError: its message cannot be printed"),
        ("unpicklable", "UnpicklableError: holds a lock"),
        ("unpicklable_result", "`accuracy`: Input should be a valid number"),
        ("keyboard", "KeyboardInterrupt"),
        ("generator_exit", "GeneratorExit"),
        ("infinity", "`accuracy` must be in [0, 1]"),
        ("text", "`accuracy`: Input should be a valid number, got '0.5'"),
        ("wrong_length", "`hits_to_one.activation` must have 8 counts, one a bit, got 3"),
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


@pytest.mark.parametrize(
    ("how", "attempts"),
    [("kills_itself", 3), pytest.param("kills_itself_in_c", 20, marks=pytest.mark.soak)],
)
def test_a_training_that_kills_its_worker_fails(how: str, attempts: int, tmp_path: Path) -> None:
    note, pool = tmp_path / "note", Processes(1)
    run = pool.submit(task(f"{how}:{note}")).result(120)
    assert run.status is RunStatus.FAILED
    assert run.reason == f"its worker was lost {attempts} times, at last killed by SIGKILL"
    assert len(note.read_text()) == attempts
    assert pool.submit(task("")).result(60).status is RunStatus.OK
    pool.close()


def test_five_kills_in_a_row_from_outside_fail_no_training() -> None:
    pool, killed = Processes(1), set[int]()
    run = pool.submit(task("slow"))
    while len(killed) < 5:
        for pid in set(pool.pids) - killed:
            time.sleep(0.1)
            os.kill(pid, signal.SIGKILL)
            killed.add(pid)
    assert run.result(60).status is RunStatus.OK
    pool.close()


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


DRIVER = """
import sys, time
from dse.trainings.processes import Processes
from dse.study.resources import Resources
from tests.faults.test_processes import task
pool = Processes(1)
pool.submit(task("child:" + sys.argv[1]))
while not pool.pids: time.sleep(0.01)
print(pool.pids[0], flush=True)
time.sleep(120)
"""


def gone(pid: int) -> bool:
    """No such process, or one that has ended and waits for its parent."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def holds_within(seconds: float, what: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not what() and time.monotonic() < deadline:
        time.sleep(0.05)
    return what()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("killed", ["driver", "worker"])
def test_nothing_outlives_a_kill_of(killed: str, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    root = Path(__file__).parents[2]
    driver = subprocess.Popen([sys.executable, "-c", DRIVER, str(note)], cwd=root,
                              stdout=subprocess.PIPE, text=True)  # fmt: skip
    with driver:
        assert driver.stdout is not None
        worker = int(driver.stdout.readline())
        assert holds_within(60, lambda: note.exists() and note.read_text() != "")
        child = int(note.read_text())
        assert not gone(worker)
        assert not gone(child)
        os.kill(driver.pid if killed == "driver" else worker, signal.SIGKILL)
        assert holds_within(30, lambda: gone(worker) and gone(child))
        driver.kill()
