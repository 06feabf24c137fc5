"""Runs trainings in processes of this machine; a lost worker costs a retry of its task only."""

import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import Future
from multiprocessing import Pipe
from pathlib import Path
from typing import Final

from evaluators.evaluate import TrainingTask
from evaluators.training.guard import failed_run, too_long
from evaluators.training.report import TrainingRun

ATTEMPTS: Final = 3
"""How often a training is started before the loss of its worker fails it."""

GRACE_S: Final = 2.0
"""Time beyond the limit for a training to end by itself before it is killed."""

START_S: Final = 120.0
POLL_S: Final = 0.05


class WorkerLostError(Exception):
    """A worker process ended before it had given its result."""


class Worker:
    """One process with a pipe of its own, watched from here."""

    def __init__(self) -> None:
        self._pipe, theirs = Pipe()
        here = str(Path(__file__).resolve().parents[2])
        quiet = subprocess.DEVNULL
        words = [sys.executable, "-m", "dse.executors.worker", str(theirs.fileno())]
        path = os.pathsep.join(p for p in (here, os.environ.get("PYTHONPATH")) if p)
        threads = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
        self._process = subprocess.Popen(
            [*words, str(os.getpid())], stdin=quiet, stdout=quiet, stderr=quiet,
            pass_fds=(theirs.fileno(),), start_new_session=True,
            env={**os.environ, **threads, "PYTHONPATH": path},
        )  # fmt: skip
        theirs.close()
        self.pid = self._process.pid
        self._ready = False

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def run(self, task: TrainingTask) -> TrainingRun:
        """Train; a training beyond its limit is killed and failed.

        Raises:
            WorkerLostError: the process ended, with the word how.
        """
        try:
            if not self._ready:
                self._pipe.send([os.getcwd(), *sys.path])
                self._start()
            self._pipe.send_bytes(pickle.dumps(task))
            run: TrainingRun = pickle.loads(self._answer(task.recipe.time_limit_s + GRACE_S))
            return run
        except TimeoutError:
            self.kill()
            return failed_run(task.training_seed, too_long(task.recipe))
        except (EOFError, OSError, pickle.UnpicklingError):
            self.kill()
            raise WorkerLostError(self._ending()) from None

    def _start(self) -> None:
        """Wait until the process can train.

        Raises:
            WorkerLostError: it takes too long.
        """
        try:
            self._answer(START_S)
        except TimeoutError:
            self.kill()
            raise WorkerLostError(f"not started within {START_S:g} seconds") from None
        self._ready = True

    def _answer(self, seconds: float) -> bytes:
        deadline = time.monotonic() + seconds
        while not self._pipe.poll(POLL_S):
            if not self.alive and not self._pipe.poll(0):
                raise EOFError
            if time.monotonic() > deadline:
                raise TimeoutError
        return self._pipe.recv_bytes()

    def _ending(self) -> str:
        code = self._process.wait()
        return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"

    def kill(self) -> None:
        """End the process and what it started; returns when it is gone."""
        if self.alive:
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()


class Processes:
    """A pool of processes, each watched by a thread; tasks wait in a queue."""

    def __init__(self, workers: int | None) -> None:
        self.workers = workers or os.cpu_count() or 1
        self._tasks: queue.SimpleQueue[tuple[TrainingTask, Future[TrainingRun]] | None] = (
            queue.SimpleQueue()
        )
        self._closed = False
        self._running: dict[int, Worker] = {}
        self._threads = [
            threading.Thread(target=self._serve, args=(place,), daemon=True)
            for place in range(self.workers)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def pids(self) -> list[int]:
        """The worker processes that run now."""
        return [worker.pid for worker in list(self._running.values()) if worker.alive]

    def submit(self, task: TrainingTask) -> "Future[TrainingRun]":
        """Queue the training."""
        future: Future[TrainingRun] = Future()
        self._tasks.put((task, future))
        return future

    def close(self) -> None:
        """Kill the workers; what waits is cancelled."""
        self._closed = True
        for _ in self._threads:
            self._tasks.put(None)
        for thread in self._threads:
            while thread.is_alive():
                for worker in list(self._running.values()):
                    worker.kill()
                thread.join(0.05)

    def _serve(self, place: int) -> None:
        while (found := self._tasks.get()) is not None:
            task, future = found
            if self._closed or not future.set_running_or_notify_cancel():
                future.cancel()
                continue
            try:
                future.set_result(self._run(place, task))
            except Exception as error:
                future.set_exception(error)

    def _run(self, place: int, task: TrainingTask) -> TrainingRun:
        ending = ""
        for _ in range(ATTEMPTS):
            if self._closed:
                raise WorkerLostError("the search was stopped")
            worker = self._running.get(place)
            if worker is None or not worker.alive:
                worker = self._running[place] = Worker()
            try:
                return worker.run(task)
            except WorkerLostError as error:
                ending = str(error)
        reason = f"its worker was lost {ATTEMPTS} times, at last {ending}"
        return failed_run(task.training_seed, reason)
