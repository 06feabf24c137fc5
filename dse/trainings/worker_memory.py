"""How much memory a worker holds, its own processes included."""

import time
from typing import Final

import psutil

CHILDREN_EVERY_S: Final = 0.5
"""Finding a process's children reads the whole process table, so it is done more rarely."""


class MemoryWatch:
    """Looks at a worker and the processes that its training started."""

    def __init__(self, pid: int) -> None:
        self._worker = psutil.Process(pid)
        self._children_bytes = 0
        self._looked = 0.0

    def used_bytes(self) -> int:
        """Resident bytes of the worker and what its children alone hold; 0 once it has ended."""
        try:
            used = int(self._worker.memory_info().rss)
            if time.monotonic() - self._looked > CHILDREN_EVERY_S:
                self._children_bytes = sum(map(_own_bytes, self._worker.children(recursive=True)))
                self._looked = time.monotonic()
        except psutil.Error:
            return 0
        return used + self._children_bytes


def _own_bytes(process: psutil.Process) -> int:
    """Pages that a fork shares with its parent are counted there."""
    try:
        return int(process.memory_full_info().uss)
    except psutil.Error:
        return 0
