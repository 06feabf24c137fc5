"""Drivers that share a results folder run each training once: the others wait for it."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from dse.study import Study, parse_study
from dse.trainings import Trainer, TrainingCache, claims
from dse.trainings.claims import Awaited, Claims
from evaluators.design import BitErrors, ErrorProfile
from evaluators.training import RunStatus, TrainingRecipe, TrainingRun, TrainingTask

STUDY: Study = parse_study({
    "name": "x", "space": "homogeneous", "objectives": ["energy_j", "accuracy_loss"],
    "scenario": {"network": "lenet5"},
}, "x.toml")  # fmt: skip
RUN = TrainingRun(
    status=RunStatus.OK, training_seed=0, accuracy=0.5, chance_accuracy=0.1, loss=0.5
)


class Held:
    """Runs nothing until it is told to."""

    def __init__(self) -> None:
        self.started: list[Future[TrainingRun]] = []

    def submit(self, task: TrainingTask) -> "Future[TrainingRun]":
        self.started.append(Future())
        return self.started[-1]

    def close(self) -> None:
        pass


def driver(folder: Path) -> tuple[Trainer, Held]:
    executor = Held()
    cache = TrainingCache(folder / "trainings")
    return Trainer(STUDY, STUDY.scenario, executor=executor, cache=cache), executor


def task(rate: float = 0.0, limit_s: float = 600.0) -> TrainingTask:
    errors = BitErrors(to_one=(rate,) * 8, to_zero=(rate,) * 8)
    profile = ErrorProfile(activation=errors, weight=errors, error=errors)
    recipe = TrainingRecipe(data="digits", time_limit_s=limit_s)
    return TrainingTask(profile=profile, recipe=recipe, number_format="int8", study_seed=0,
                        training_seed=0)  # fmt: skip


def soon(action: Callable[[], Any]) -> threading.Timer:
    later = threading.Timer(0.3, action)
    later.start()
    return later


def test_three_drivers_in_step_run_each_training_once(tmp_path: Path) -> None:
    drivers = [driver(tmp_path) for _ in range(3)]
    rates = [0.0, 0.1, 0.2, 0.3]
    asked = [[trainer.run(task(rate)) for rate in rates] for trainer, _ in drivers]
    assert [len(executor.started) for _, executor in drivers] == [4, 0, 0]
    for future in drivers[0][1].started:
        future.set_result(RUN)
    assert all(future.result(5.0) == RUN for futures in asked for future in futures)
    assert [len(executor.started) for _, executor in drivers] == [4, 0, 0]
    assert [*(tmp_path / "trainings" / ".claims").glob("[0-9a-f]" * 64)] == []


def test_each_takes_what_the_others_have_not_claimed(tmp_path: Path) -> None:
    (one, ones), (other, others) = driver(tmp_path), driver(tmp_path)
    one.run(task(0.1))
    other.run(task(0.2))
    assert isinstance(one.run(task(0.2)), Awaited)
    assert isinstance(other.run(task(0.1)), Awaited)
    assert (len(ones.started), len(others.started)) == (1, 1)
    later = soon(lambda: others.started[0].set_result(RUN))
    assert one.run(task(0.2)).result() == RUN
    later.join()


@pytest.mark.parametrize("ending", ["fails", "raises", "closes"])
def test_what_another_could_not_finish_is_run_here(tmp_path: Path, ending: str) -> None:
    (one, ones), (other, others) = driver(tmp_path), driver(tmp_path)
    one.run(task())
    waiting = other.run(task())
    failed = TrainingRun(status=RunStatus.FAILED, training_seed=0, accuracy=0.0,
                         chance_accuracy=0.0, loss=None)  # fmt: skip
    match ending:
        case "fails":
            ones.started[0].set_result(failed)
        case "raises":
            ones.started[0].set_exception(RuntimeError("its worker was lost"))
        case "closes":
            one.close()
    later = soon(lambda: others.started[0].set_result(RUN))
    assert waiting.result() == RUN
    later.join()


KILLED = """
import sys, time
from pathlib import Path
from dse.trainings.claims import Claims
claims = Claims(Path(sys.argv[1]))
assert claims.take("key")
print("taken", flush=True)
time.sleep(60)
"""


def test_a_killed_driver_claims_nothing(tmp_path: Path) -> None:
    here = Claims(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, tmp_path], stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "taken\n"
        assert not here.take("key")
        assert here.take("another")
        other.send_signal(signal.SIGKILL)
    assert here.take("key")
    assert not Claims(tmp_path).take("key")
    here.close()
    assert Claims(tmp_path).take("key")
    assert len([*tmp_path.glob("*.lease")]) <= 2


def test_a_driver_that_stands_still_is_not_waited_for_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(claims, "NEWS_S", 0.05)
    monkeypatch.setattr(claims, "POLL_S", 0.05)
    (one, _), (other, others) = driver(tmp_path), driver(tmp_path)
    one.run(task(limit_s=0.1))
    waiting = other.run(task(limit_s=0.1))
    began = time.monotonic()

    def finish() -> None:
        while not others.started:
            time.sleep(0.01)
        others.started[0].set_result(RUN)

    threading.Thread(target=finish).start()
    assert waiting.result() == RUN
    assert time.monotonic() - began > 0.3
    assert f"another driver runs ({os.uname().nodename}-{os.getpid()}-" in caplog.text


LEFT = {"empty and old": b"", "a path": b"../x.lease", "no lease": b"nobody", "bytes": b"\xff\x00"}


@pytest.mark.parametrize("content", LEFT.values(), ids=LEFT.keys())
def test_a_claim_that_names_nobody_holds_nobody_back(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "key").write_bytes(content)
    os.utime(tmp_path / "key", (1e9, 1e9))
    assert Claims(tmp_path).take("key")


def test_without_locks_all_is_run_as_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unable(*_: Any) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("dse.trainings.claims.fcntl.flock", unable)
    assert Claims(tmp_path).take("key")
    assert Claims(tmp_path).take("key")
    (tmp_path / "file").write_text("")
    assert Claims(tmp_path / "file" / "folder").take("key")
