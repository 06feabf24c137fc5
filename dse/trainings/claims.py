"""Which trainings the drivers of a results folder run now, so that each is run by one of them.

A claim is a file named by the training's key that names its driver's lease: a file that the driver
holds locked as long as it lives. Claims save time and decide nothing: where they cannot be made,
trainings are run as if there were none.
"""

import fcntl
import logging
import os
import secrets
import socket
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

from dse.files import read_regular
from evaluators.training import TrainingRun

NOTES: Final = logging.getLogger(__name__)
LARGEST_BYTES: Final = 4096
UNWRITTEN_S: Final = 10.0
"""A claim that names nobody for so long was left by a driver that was killed as it made it."""

POLL_S: Final = 0.2
NEWS_S: Final = 10.0
LIMITS: Final = 3.0
"""Time limits of a training that another driver is waited for; it may be stopped, and alive."""


class Claims:
    """The claims of one driver in a folder, which is made with the first."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}.lease"
        self._lease: IO[bytes] | None = None
        self._mine: set[str] = set()

    def take(self, key: str) -> bool:
        """Claim a training; False where another driver that lives has claimed it."""
        try:
            return self._taken(key)
        except OSError:  # a file system without locks, or no room
            return True

    def free(self, key: str) -> None:
        """Give a claim back."""
        if key in self._mine:
            self._mine.discard(key)
            with suppress(OSError):
                (self._folder / key).unlink()

    def close(self) -> None:
        """Give all claims back."""
        for key in [*self._mine]:
            self.free(key)
        if self._lease is not None:
            with suppress(OSError):
                (self._folder / self._name).unlink()
            self._lease.close()
            self._lease = None

    def owner(self, key: str) -> str:
        """The lease that a claim names."""
        with suppress(OSError):
            return read_regular(self._folder / key, LARGEST_BYTES).decode("utf-8", "replace")
        return ""

    def _taken(self, key: str) -> bool:
        self._open_lease()
        claim = self._folder / key
        try:
            handle = os.open(claim, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
        except FileExistsError:
            if key in self._mine:
                return True
            if self._lives(self.owner(key), claim):
                return False
            handle = os.open(claim, os.O_WRONLY | os.O_TRUNC)  # its driver was killed
        self._mine.add(key)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(self._name.encode())
        except OSError:
            self.free(key)
            raise
        return True

    def _open_lease(self) -> None:
        """Make this driver's lease and sweep those of drivers that were killed.

        Raises:
            OSError: there is no room, or there are no locks.
        """
        if self._lease is not None:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        lease = (self._folder / self._name).open("wb")
        try:
            fcntl.flock(lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lease.close()
            raise
        os.register_at_fork(after_in_child=lease.close)
        self._lease = lease
        for other in self._folder.glob("*.lease"):
            if other.name != self._name and not self._lives(other.name, other):
                other.unlink(missing_ok=True)

    def _lives(self, owner: str, claim: Path) -> bool:
        """Whether the driver that holds a lease lives; one that is just being written counts."""
        if not owner.endswith(".lease") or "/" in owner:
            with suppress(OSError):
                return not owner and time.time() - claim.stat().st_mtime < UNWRITTEN_S
            return False
        try:
            with (self._folder / owner).open("rb") as lease:
                fcntl.flock(lease, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            pass
        return False


class Awaited(Future[TrainingRun]):
    """A training that another driver runs: looked for when its result is asked for.

    Args:
        look: gives the run once it is kept, or starts it here once it is nobody's.
        start: starts it here.
        limit_s: how long it is waited for. [s]
        owner: who runs it.
    """

    def __init__(
        self,
        look: Callable[[], "Future[TrainingRun] | None"],
        start: Callable[[], "Future[TrainingRun]"],
        limit_s: float,
        owner: str,
    ) -> None:
        super().__init__()
        self._look, self._start, self._limit_s, self._owner = look, start, limit_s, owner

    def result(self, timeout: float | None = None) -> TrainingRun:
        """The run, as soon as it is kept, or was run here."""
        began, told = time.monotonic(), False
        while not self.done():
            waited = time.monotonic() - began
            found = self._start() if waited > LIMITS * self._limit_s else self._look()
            if found is not None:
                self.set_result(found.result())
                break
            if timeout is not None and waited > timeout:
                raise TimeoutError
            if waited > NEWS_S and not told:
                NOTES.warning("waiting for a training that another driver runs (%s)", self._owner)
                told = True
            time.sleep(POLL_S)
        return super().result(0.0)
