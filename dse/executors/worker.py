"""A worker process: takes trainings from its driver's pipe until the driver is gone."""

import ctypes
import os
import pickle
import signal
import sys
import threading
import time
from multiprocessing.connection import Connection
from typing import Final

PR_SET_PDEATHSIG: Final = 1
"""Linux `prctl` option: the signal that the kernel sends when the parent ends."""


def main(handle: int, parent: int) -> None:
    """Serve the trainings that arrive on a pipe; ends with its parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _die_with(parent)
    pipe = Connection(handle)
    sys.path[:] = pipe.recv()
    from evaluators.evaluate import run_task

    pipe.send_bytes(b"ready")
    while True:
        try:
            task = pickle.loads(pipe.recv_bytes())
        except (EOFError, OSError):
            return
        pipe.send_bytes(pickle.dumps(run_task(task)))


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
