"""Runs trainings as Ray tasks, on this machine or on a cluster. The only file that imports ray."""

import atexit
import logging
import os
import queue
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, InvalidStateError
from contextlib import contextmanager, suppress
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

import ray
from ray.exceptions import RayError, RayTaskError

from dse.mistakes import UserError
from dse.study import Resources
from dse.study.resources import ONE_CPU
from dse.trainings.cache import made_with
from dse.trainings.ray_address import quiet
from dse.trainings.watched import ATTEMPTS, KILLS, Place, without_here
from evaluators.training import TrainingRun, TrainingTask

OBJECT_STORE_BYTES: Final = 200 * 2**20
"""Tasks and results are a few kilobytes; 200 MiB is far more than they need."""

TASKS_A_PLACE: Final = 2
"""Tasks handed to a joined cluster for each place it has: enough to keep it busy, and to make it
grow where it scales itself, and too few to flood it."""

LOOK_AGAIN_S: Final = 5.0
"""How often a joined cluster is asked whether it has grown."""


HEAD_LOST_S: Final = 40.0
"""After 60 s without its head Ray ends the process with exit code 1."""

_Waiting = tuple[TrainingTask, "Future[TrainingRun]", int]
"""A training, its future, and which attempt it is."""


class HeadLostError(UserError):
    """The head of a joined cluster does not answer any more.

    Ray's threads call it on, and where the interpreter ends beside them the process may crash.
    """

    ends_at_once = True

    def __init__(self) -> None:
        super().__init__(
            f"the head of the Ray cluster has not answered for {HEAD_LOST_S:g} s, so it is taken "
            f"for lost; what was finished is kept: start it again, or another, and give the same "
            f"command again"
        )


class OnRay:
    """Stateless tasks; a lost Ray worker or node costs a retry.

    Args:
        workers: trainings at a time; by default as many as the machine or cluster has place for.
        address: `auto` or HOST:PORT of a running cluster; none starts Ray on this machine.
        resources: what each training takes.
        shipping: parts of Ray's runtime environment that bring code to a joined cluster.
    """

    def __init__(
        self,
        workers: int | None,
        address: str | None,
        resources: Resources = ONE_CPU,
        shipping: dict[str, Any] | None = None,
    ) -> None:
        self._started = not ray.is_initialized()
        if self._started and address:
            _join(address, {"env_vars": resources.threads_told(), **(shipping or {})})
            _say_if_nothing_fits(resources)
        elif self._started:
            _start(workers, resources)
        self._asked, self._resources = workers, resources
        self._driver = tuple(made_with().items())
        self.workers = workers or self._places()
        options: dict[str, Any] = {"num_cpus": resources.cpus, "max_retries": KILLS}
        if resources.gpus:
            options["num_gpus"] = resources.gpus
        if resources.memory_bytes and address:
            options["memory"] = resources.memory_bytes
        self._train = ray.remote(**options)(_train)
        self._waiting: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._flying, self._fewer, self._closed = 0, threading.Condition(), False
        self._sender = threading.Thread(target=self._send, daemon=True)
        self._sender.start()
        self._open: set[Future[TrainingRun]] = set()
        self._lost = False
        if self._started and address:
            head = ray.get_runtime_context().gcs_address
            threading.Thread(target=self._watch_head, args=(head,), daemon=True).start()

    def submit(self, task: TrainingTask) -> "Future[TrainingRun]":
        """Queue the training here; it goes to the cluster when there is room."""
        future: Future[TrainingRun] = Future()
        self._open.add(future)
        if self._lost:
            future.set_exception(HeadLostError())
            return future
        self._waiting.put((task, future, 1))
        return future

    def close(self) -> None:
        """Shut down the Ray that was started here; leave a joined cluster running."""
        self._closed = True
        if self._lost:  # whatever asks Ray now waits until Ray ends the process
            return
        with self._fewer:
            self._fewer.notify_all()
        self._waiting.put(None)
        self._sender.join()
        if self._started:
            ray.shutdown()

    def _watch_head(self, head: str) -> None:
        """Give up before Ray does, which ends the process without a word of ours."""
        host, _, port = head.rpartition(":")
        answered = time.monotonic()
        while not self._closed and not self._lost:
            try:
                socket.create_connection((host.strip("[]"), int(port)), LOOK_AGAIN_S).close()
                answered = time.monotonic()
            except OSError:
                if time.monotonic() - answered > HEAD_LOST_S:
                    self._give_up()
            time.sleep(min(LOOK_AGAIN_S, HEAD_LOST_S / 4))

    def _give_up(self) -> None:
        """Fail all that is open; ask Ray for nothing more, not even at the end."""
        atexit.unregister(ray.shutdown)
        self._lost = True
        for future in [*self._open]:
            with suppress(InvalidStateError):
                future.set_exception(HeadLostError())

    def _send(self) -> None:
        while (found := self._waiting.get()) is not None:
            task, future, _attempt = found
            with self._fewer:
                while not self._closed and self._flying >= self._room():
                    self._fewer.wait(LOOK_AGAIN_S)
                if future.done():  # it was given up
                    continue
                going = future.running() or future.set_running_or_notify_cancel()
                if self._closed or not going:
                    future.cancel()
                    continue
                self._flying += 1
            sent = self._train.remote(task, self._resources, self._driver).future()
            sent.add_done_callback(partial(self._landed, found))

    def _landed(self, found: "_Waiting", sent: "Future[TrainingRun]") -> None:
        """Hand the run on; what Ray lost by its own doing goes to it again, a few times."""
        task, future, attempt = found
        if future.done():  # it was given up
            return
        with self._fewer:
            self._flying -= 1
            self._fewer.notify_all()
        self._open.discard(future)
        error = sent.exception()
        own_fault = isinstance(error, RayError) and not isinstance(error, RayTaskError)
        if error is None:
            future.set_result(sent.result())
        elif own_fault and attempt < ATTEMPTS and not self._closed:
            self._open.add(future)
            self._waiting.put((task, future, attempt + 1))
        else:
            future.set_exception(error)

    def _room(self) -> int:
        """Tasks that may be at Ray now: the number asked for, or what the cluster can hold."""
        return self._asked or TASKS_A_PLACE * self._places()

    def _places(self) -> int:
        """Trainings that fit the cluster as it is; one where it has no node yet."""
        found: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
        return max(_fitting(found, self._resources), 1)


def _start(workers: int | None, resources: Resources) -> None:
    """Start Ray on this machine, with CPUs for so many trainings at a time.

    Raises:
        UserError: the machine lacks what a training takes.
    """
    quiet()
    cpus = workers * resources.cpus if workers else os.cpu_count() or 1
    if cpus < resources.cpus:
        raise UserError(
            f"`workers.cpus` = {resources.cpus}, and this machine has {cpus}; ask for less, join "
            f"a cluster with --ray, or force it with --workers 1"
        )
    here = str(Path(__file__).resolve().parents[2])  # the user's own folder is added by `watched`
    path = os.pathsep.join(p for p in (here, without_here(os.environ.get("PYTHONPATH"))) if p)
    with _on_loopback():
        ray.init(
            address="local",
            num_cpus=cpus,
            include_dashboard=False,
            object_store_memory=OBJECT_STORE_BYTES,
            log_to_driver=False,
            logging_level=logging.ERROR,
            runtime_env={"env_vars": {**resources.threads_told(), "PYTHONPATH": path}},
        )
    found: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
    if found.get("GPU", 0.0) < resources.gpus:
        ray.shutdown()
        raise UserError(
            f"`workers.gpus` = {resources.gpus:g}, and Ray finds {found.get('GPU', 0.0):g} on "
            f"this machine; join a cluster with --ray, or leave it out"
        )


@contextmanager
def _on_loopback() -> Iterator[None]:
    """Let what Ray starts listen on 127.0.0.1 alone, as it does on systems other than Linux.

    There is no public way: it takes 127.0.0.1 for the machine's own address.
    """
    constants = ray._private.ray_constants
    before = getattr(constants, "ENABLE_RAY_CLUSTER", None)
    constants.ENABLE_RAY_CLUSTER = False
    try:
        yield
    finally:
        constants.ENABLE_RAY_CLUSTER = before


def _join(address: str, environment: dict[str, Any]) -> None:
    """Connect to a running cluster.

    Raises:
        UserError: it is no cluster of this version, or has just gone.
    """
    quiet()
    with suppress(AttributeError):
        ray._raylet.Config.initialize("")  # type: ignore[attr-defined]  # how a cluster knows us may be set since the import
    try:
        ray.init(
            address=address,
            log_to_driver=False,
            logging_level=logging.ERROR,
            runtime_env=environment,
        )
    except (Exception, SystemExit) as error:  # Ray leaves by itself where a cluster fades away
        first = next(iter(str(error).splitlines()), "")
        raise UserError(f"cannot join the Ray cluster at {address!r}: {first}") from None


def _fitting(place: dict[str, float], resources: Resources) -> int:
    """Trainings for which a node or a cluster has the resources."""
    one = {"CPU": resources.cpus, "GPU": resources.gpus, "memory": resources.memory_bytes}
    return int(min(place.get(name, 0.0) // much for name, much in one.items() if much))


def _say_if_nothing_fits(resources: Resources) -> None:
    """A cluster that scales itself may yet grow, so this is a word and no refusal."""
    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]  # type: ignore[no-untyped-call]
    if not any(_fitting(node, resources) for node in nodes):
        logging.getLogger(__name__).warning(
            f"waiting for the cluster: none of its {len(nodes)} nodes has {resources.cpus} CPUs, "
            f"{resources.gpus:g} GPUs and {resources.memory_bytes} bytes of memory"
        )


@cache
def _place(resources: Resources, driver: tuple[tuple[str, str], ...]) -> Place:
    """The watched process of this Ray worker, kept warm from task to task."""
    return Place(resources, dict(driver))


def _train(
    task: TrainingTask, resources: Resources, driver: tuple[tuple[str, str], ...]
) -> TrainingRun:
    """Runs in a Ray worker: Ray itself sets no limit to a training that hangs in C."""
    return _place(resources, driver).run(task)
