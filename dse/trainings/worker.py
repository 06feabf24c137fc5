"""A worker process: takes trainings from its driver's pipe until the driver is gone."""

import ctypes
import os
import pickle
import signal
import sys
import threading
import time
from multiprocessing.connection import Connection
from typing import Any, Final

PR_SET_PDEATHSIG: Final = 1
"""Linux `prctl` option: the signal that the kernel sends when the parent ends."""

GUARDIAN_POLL_S: Final = 0.2

BY_ITSELF: Final = b"by itself"
"""Sent before the user's own code kills its worker, which from outside looks like any kill."""

OTHERS_SEND: Final = (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP)
"""Signals by which machines and their keepers end processes; no crash sends one."""


def main(handle: int, parent: int) -> None:
    """Serve the trainings that arrive on a pipe; ends with its parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _leave_nothing_behind(handle)
    _die_with(parent)
    pipe = Connection(handle)
    _announce_own_kills(pipe)
    sys.path[:], driver = pipe.recv()
    from dse.trainings.cache import stamped
    from evaluators.training import guard, run_task

    _say_no_more()
    pipe.send_bytes(b"ready")
    while True:
        try:
            task = pickle.loads(pipe.recv_bytes())
        except (EOFError, OSError):
            return
        try:
            run = run_task(task)
        except KeyboardInterrupt as error:  # raised by the user's code: the signal is ignored
            run = guard.failed_run(task.training_seed, guard.told(error))
        pipe.send_bytes(pickle.dumps(stamped(run, driver)))


def _say_no_more() -> None:
    """What trainings print goes nowhere: there is no bound to it."""
    sys.stderr.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stderr.fileno())
    os.close(nowhere)


def _leave_nothing_behind(handle: int) -> None:
    """Fork a guardian that kills this process group, the user's own processes too, at our end."""
    worker = os.getpid()
    if os.fork():
        return
    os.close(handle)  # the driver must see the worker's end of the pipe close
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    while os.getppid() == worker:
        time.sleep(GUARDIAN_POLL_S)
    os.killpg(worker, signal.SIGKILL)


def _announce_own_kills(pipe: Connection) -> None:
    """Tell the watcher before Python code of this process or its forks kills this process."""
    own = os.getpid()

    def heard(event: str, arguments: tuple[Any, ...]) -> None:
        kills = event in ("os.kill", "os.killpg") and arguments[1] in OTHERS_SEND
        if kills and arguments[0] in (0, own, -own):
            pipe.send_bytes(BY_ITSELF)

    sys.addaudithook(heard)


def _die_with(parent: int) -> None:
    """End by SIGKILL when the parent ends, even in the middle of C code."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
