"""A training in a process of its own, watched from here: whatever it does ends at its limits."""

import os
import pickle
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from multiprocessing import Pipe
from pathlib import Path
from typing import Final

from dse.study import Resources
from dse.study.user_code import search_path
from dse.trainings.cache import made_with
from dse.trainings.worker import BY_ITSELF, OTHERS_SEND
from dse.trainings.worker_memory import MemoryWatch
from evaluators.training import TrainingRun, TrainingTask, guard

ATTEMPTS: Final = 3
"""How often a training is started that ends its worker by itself before it is failed."""

KILLS: Final = 20
"""How many kills from outside a training survives: an end to what looks like one, and is none."""

GRACE_S: Final = 2.0
"""Time beyond the limit for a training to end by itself before it is killed."""

ENDING_S: Final = 2.0
START_S: Final = 120.0
POLL_S: Final = 0.05
LAST_BYTES: Final = 4096
LONGEST: Final = 300
"""Letters of a worker's last words that a reason keeps."""


class WorkerLostError(Exception):
    """A worker process ended before it had given its result."""

    def __init__(self, ending: str, *, from_outside: bool = False) -> None:
        super().__init__(ending)
        self.from_outside = from_outside


class TooMuchMemoryError(Exception):
    """A training holds more than its share."""


class Worker:
    """One process with a pipe of its own."""

    def __init__(self, resources: Resources, driver: Mapping[str, str]) -> None:
        self._pipe, theirs = Pipe()
        self._driver = dict(driver)
        here = str(Path(__file__).resolve().parents[2])
        quiet = subprocess.DEVNULL
        # -P: a module of the folder it starts in must not take the place of a library's
        words = [sys.executable, "-P", "-m", "dse.trainings.worker", str(theirs.fileno())]
        path = os.pathsep.join(p for p in (here, without_here(os.environ.get("PYTHONPATH"))) if p)
        self._words, self._said = tempfile.TemporaryFile(), ""  # noqa: SIM115
        self._process = subprocess.Popen(
            [*words, str(os.getpid())], stdin=quiet, stdout=quiet, stderr=self._words,
            pass_fds=(theirs.fileno(),), start_new_session=True,
            env={**os.environ, **resources.threads_told(), "PYTHONPATH": path},
        )  # fmt: skip
        theirs.close()
        self.pid = self._process.pid
        self._limit_bytes = resources.memory_bytes
        self._memory = MemoryWatch(self.pid) if self._limit_bytes else None
        self._ready = False
        self._by_itself = False

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def run(self, task: TrainingTask) -> TrainingRun:
        """Train; a training beyond a limit is killed and failed.

        Raises:
            WorkerLostError: the process ended, with the word how.
        """
        try:
            if not self._ready:
                self._pipe.send((search_path(), self._driver))
                self._start()
            self._pipe.send_bytes(pickle.dumps(task))
            run: TrainingRun = pickle.loads(self._answer(task.recipe.time_limit_s + GRACE_S))
            return run
        except TimeoutError:
            reason = guard.too_long(task.recipe)
        except TooMuchMemoryError:
            reason = f"held more memory than `workers.memory_bytes` = {self._limit_bytes}"
        except (EOFError, OSError, pickle.UnpicklingError):
            raise self._lost() from None
        self.kill()
        return guard.failed_run(task.training_seed, reason)

    def _start(self) -> None:
        """Wait until the process can train.

        Raises:
            WorkerLostError: it takes too long.
        """
        try:
            self._answer(START_S)
        except TimeoutError:
            self.kill()
            raise self._told(f"not started within {START_S:g} seconds") from None
        self._ready = True

    def _answer(self, seconds: float) -> bytes:
        deadline = time.monotonic() + seconds
        while True:
            while not self._pipe.poll(POLL_S):
                if not self.alive and not self._pipe.poll(0):
                    raise EOFError
                if time.monotonic() > deadline:
                    raise TimeoutError
                if self._memory and self._memory.used_bytes() > self._limit_bytes:
                    raise TooMuchMemoryError
            answer = self._pipe.recv_bytes()
            if answer != BY_ITSELF:
                return answer
            self._by_itself = True

    def _lost(self) -> WorkerLostError:
        """How it ended; the pipe of a process that ends closes a little earlier than it."""
        try:
            code = self._process.wait(ENDING_S)
        except subprocess.TimeoutExpired:
            self.kill()
            return self._told("its pipe closed")
        if code >= 0:
            return self._told(f"exit code {code}")
        outside = -code in OTHERS_SEND and not self._by_itself
        return self._told(f"killed by {signal.Signals(-code).name}", from_outside=outside)

    def _told(self, ending: str, *, from_outside: bool = False) -> WorkerLostError:
        """How it ended, with its own last words where it never became ready."""
        last = "" if self._ready else self._said or self._last_words()
        return WorkerLostError(f"{ending}: {last}" if last else ending, from_outside=from_outside)

    def _last_words(self) -> str:
        """The last line that it wrote to its standard error as it started."""
        with suppress(OSError, ValueError):
            end = self._words.seek(0, os.SEEK_END)
            self._words.seek(max(end - LAST_BYTES, 0))
            lines = self._words.read(LAST_BYTES).decode("utf-8", "replace").splitlines()
            said = [line.strip() for line in lines if line.strip()]
            return said[-1][:LONGEST] if said else ""
        return ""

    def kill(self) -> None:
        """End the process and what it started; returns when it is gone."""
        if self.alive:
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
        self._said = self._said or self._last_words()
        self._words.close()


def without_here(path: str | None) -> str:
    """A search path without the folder that this process was started in."""
    try:
        here = os.getcwd()
    except FileNotFoundError:
        return path or ""
    parts = (path or "").split(os.pathsep)
    return os.pathsep.join(part for part in parts if part and os.path.abspath(part) != here)


class Place:
    """Where trainings run one after another: keeps a worker warm and replaces a lost one.

    Args:
        resources: what each training takes.
        driver: versions and kind of CPU of the driver; of this process where none are given.
    """

    def __init__(self, resources: Resources, driver: Mapping[str, str] | None = None) -> None:
        self._resources = resources
        self._driver = made_with() if driver is None else driver
        self._closed = False
        self._devices = ""
        self.worker: Worker | None = None

    def run(self, task: TrainingTask) -> TrainingRun:
        """Train, again where the worker was lost.

        A worker that ends by itself (exit, crash, a signal that its own training sends) counts
        against the training; one that somebody else kills does not, up to a bound.

        Raises:
            WorkerLostError: this place was closed.
        """
        lost: list[WorkerLostError] = []
        while not self._closed:
            try:
                return self._warm().run(task)
            except WorkerLostError as error:
                lost.append(error)
            killed = sum(error.from_outside for error in lost)
            if len(lost) - killed >= ATTEMPTS or killed >= KILLS:
                reason = f"its worker was lost {len(lost)} times, at last {lost[-1]}"
                return guard.failed_run(task.training_seed, reason)
        raise WorkerLostError("the search was stopped")

    def _warm(self) -> Worker:
        """The living worker, or a new one; it must see the devices that Ray gives this task."""
        devices = os.environ.get("CUDA_VISIBLE_DEVICES", "")
        if self.worker is not None and devices != self._devices:
            self.worker.kill()
        if self.worker is None or not self.worker.alive:
            if self.worker is not None:
                self.worker.kill()
            self._devices = devices
            self.worker = Worker(self._resources, self._driver)
        return self.worker

    def close(self) -> None:
        """Kill the worker; a training under way is lost."""
        self._closed = True
        if self.worker is not None:
            self.worker.kill()
