"""One driver a study."""

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from dse.mistakes import UserError


@contextmanager
def only_driver(home: Path) -> Iterator[None]:
    """Hold the study's lock; the system gives it back when its owner ends, however it ends."""
    with (home / "lock").open("a+", encoding="utf-8") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(
                f"another driver runs this study: {_owner(stream)}; wait for it, or stop it"
            ) from None
        stream.truncate(0)
        stream.write(f"host {socket.gethostname()}, process {os.getpid()}")
        stream.flush()
        yield


def _owner(stream: IO[str]) -> str:
    stream.seek(0)
    return stream.read().strip() or "owner unknown"
