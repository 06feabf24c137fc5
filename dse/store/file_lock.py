"""One driver a study in a SQLite file: a lock on the store itself, and a file that says who.

The lock on the store is a byte of it far beyond its end, a byte for each study's name, held by an
open descriptor: it goes when its holder ends, and with the file. The file beside it can be deleted
by anybody; it is made again, and nothing depends on it where the store's own lock holds.
"""

import errno
import fcntl
import hashlib
import os
import struct
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

from dse.files import open_regular
from dse.mistakes import UserError
from dse.store.owner import ATTEMPT_S, POLL_S, UNKNOWN, Owner, refuse, written

SET: Final[int | None] = getattr(fcntl, "F_OFD_SETLK", None)
LOOK: Final[int | None] = getattr(fcntl, "F_OFD_GETLK", None)
FLOCK: Final = "hhqqi0q"
"""The C structure `flock` of Linux."""

FAR: Final = 2**40
"""Bytes of a store in which studies are locked: SQLite's own lie at 2^30 of them."""

HELD: Final = (errno.EACCES, errno.EAGAIN)
LARGEST_BYTES: Final = 4096


class FileLock:
    """The lock of one study in a SQLite file.

    Args:
        database: the file, which need not exist yet.
        name: of the study.
        owner: what others are told.
    """

    def __init__(self, database: Path, name: str, owner: Owner) -> None:
        self._database, self._name, self._owner = database, name, owner
        self._file = _beside(database, name)
        self._said: IO[str] | None = None
        self._store: IO[bytes] | None = None

    def hold(self) -> None:
        """Make sure that the lock is held, and that others are told who holds it.

        Raises:
            UserError: another driver holds it, or it cannot be taken.
        """
        if self._said is None:
            self._said = self._opened()
            _take(self._said, self._file)
            self._take_store()
            _write(self._said, self._file, self._owner)
            return
        if self._store is None:
            self._take_store()
        if not _same(self._said, self._file):
            self._say_again()

    def close(self) -> None:
        """Give the lock back."""
        for stream in (self._store, self._said):
            if stream is not None:
                stream.close()

    def _opened(self) -> IO[str]:
        try:
            stream = self._file.open("a+", encoding="utf-8")
        except OSError as error:
            raise UserError(
                f"{str(self._file)!r} cannot be written: {error.strerror or error}"
            ) from None
        os.register_at_fork(after_in_child=stream.close)
        return stream

    def _take_store(self) -> None:
        """Lock the store itself, once there is one; not all file systems can."""
        if SET is None or not self._database.is_file():
            return
        try:
            stream = self._database.open("r+b", buffering=0)
        except OSError:  # what is wrong is told where it is read
            return
        deadline = time.monotonic() + ATTEMPT_S
        while (held := _locked(stream, self._name)) is False:
            if time.monotonic() > deadline:
                stream.close()
                refuse(_read(self._file))
            time.sleep(POLL_S)
        if not held:
            stream.close()
            return
        os.register_at_fork(after_in_child=stream.close)
        self._store = stream

    def _say_again(self) -> None:
        """The file beside the store was deleted or replaced: a study in progress goes on."""
        try:
            stream = self._file.open("a+", encoding="utf-8")
        except OSError:  # its folder may be gone; the store's own writes tell
            return
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:  # another looks at it; one that has taken it first is refused by the store
            stream.close()
            if self._store is None:
                refuse(_read(self._file))
            return
        os.register_at_fork(after_in_child=stream.close)
        if self._said is not None:
            self._said.close()
        self._said = stream
        _write(stream, self._file, self._owner)


def _locked(stream: IO[bytes], name: str) -> bool | None:
    """Whether a study's byte is ours now; None where the file system has no such locks."""
    try:
        fcntl.fcntl(stream, SET or 0, _byte(name, fcntl.F_WRLCK))
    except OSError as error:
        return False if error.errno in HELD else None
    return True


def holder(database: Path, name: str) -> Owner | None:
    """The driver that holds a study in a SQLite file now, if one does."""
    file = _beside(database, name)
    try:
        with open_regular(file) as stream:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read(file)
    except OSError:
        pass
    if LOOK is None:
        return None
    try:
        with open_regular(database) as store:
            told = fcntl.fcntl(store, LOOK, _byte(name, fcntl.F_RDLCK))
    except OSError:
        return None
    return None if struct.unpack(FLOCK, told)[0] == fcntl.F_UNLCK else _read(file)


def last_holder(database: Path, name: str) -> Owner | None:
    """Who held a study last, if that was written down."""
    file = _beside(database, name)
    return _read(file) if file.exists() else None


def _beside(database: Path, name: str) -> Path:
    database = database.resolve()
    return database.with_name(f"{database.name}.{name}.lock")


def _byte(name: str, kind: int) -> bytes:
    """A lock on the byte of a study, as the system is asked for it."""
    digest = hashlib.sha256(f"dse {name}".encode()).digest()
    place = FAR + int.from_bytes(digest[:5])
    return struct.pack(FLOCK, kind, os.SEEK_SET, place, 1, 0)


def _same(stream: IO[str], file: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(stream.fileno()), file.stat())
    except OSError:
        return False


def _write(stream: IO[str], file: Path, owner: Owner) -> None:
    """Tell others who holds the lock, unbuffered: a full disk shows here."""
    try:
        os.ftruncate(stream.fileno(), 0)
        os.write(stream.fileno(), str(owner).encode())
    except OSError as error:
        raise UserError(
            f"{str(file)!r} cannot be written ({error.strerror}); what is stored stays as it is: "
            f"mend that, and give the same command again"
        ) from None


def _take(stream: IO[str], file: Path) -> None:
    deadline = time.monotonic() + ATTEMPT_S
    while True:
        try:
            return fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                refuse(_read(file))
            time.sleep(POLL_S)
        except OSError as error:
            raise UserError(
                f"{str(file)!r} cannot be locked ({error.strerror}), so a second driver could not "
                f"be kept away; choose a --folder on another file system, or PostgreSQL"
            ) from None


def _read(file: Path) -> Owner:
    with suppress(OSError), open_regular(file) as stream:
        return written(stream.read(LARGEST_BYTES).decode("utf-8", "replace"))
    return UNKNOWN
