"""One driver a study: a lock beside a SQLite file, or in the PostgreSQL database itself.

Either is given back by the kernel or the server when its owner ends, however it ends; a reused
process number means nothing to them. What is written down only tells others who holds it.
"""

import fcntl
import hashlib
import os
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from dse.mistakes import UserError
from dse.store.database import DatabaseLostError, engine_options, tell_losses
from dse.study.storage_url import on_server

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

ATTEMPT_S: Final = 1.0
"""How long a lock is tried: one that was only looked at, or whose owner just leaves, is free."""

POLL_S: Final = 0.05
APPLICATION: Final = re.compile(r"dse (\S+) (\d+) (.*)")
OWNER: Final = """
SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
AND (l.classid::bigint << 32) | l.objid::bigint = :key
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """The driver that holds a study; `since` is its own host's clock."""

    host: str
    pid: int
    since: str

    def __str__(self) -> str:
        return f"host {self.host}, process {self.pid}, since {self.since}"

    @property
    def application(self) -> str:
        """The name of its connection; PostgreSQL keeps 63 bytes of ASCII."""
        host = self.host.encode("ascii", "replace").decode()
        return f"dse {self.since} {self.pid} {host}"[:63]


@contextmanager
def only_driver(url: str, name: str) -> Iterator[Callable[[], None]]:
    """Hold a study's lock; hands out what makes sure that it is still held.

    Raises:
        UserError: another driver holds it, or it cannot be taken.
    """
    now = datetime.now().isoformat(timespec="seconds")
    owner = Owner(host=socket.gethostname(), pid=os.getpid(), since=now)
    if on_server(url):
        lock = _ServerLock(url, name, owner)
        try:
            lock.hold()
            yield lock.hold
        finally:
            lock.close()
    else:
        with _file_locked(_file(url, name), owner):
            yield lambda: None


def running_driver(url: str, name: str) -> Owner | None:
    """The driver that runs a study now, if one does."""
    if on_server(url):
        lock = _ServerLock(url, name, Owner(host="", pid=0, since="status"))
        try:
            return lock.owner()
        finally:
            lock.close()
    try:
        with _file(url, name).open(encoding="utf-8") as stream:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _written(_file(url, name))
    except OSError:
        pass
    return None


def last_owner(url: str, name: str) -> Owner | None:
    """Who held a SQLite study's lock last, if that was written down."""
    if on_server(url) or not _file(url, name).exists():
        return None
    return _written(_file(url, name))


def refuse(owner: Owner | None) -> None:
    """Refuse to run beside another driver.

    Raises:
        UserError: there is one.
    """
    if owner is not None:
        raise UserError(f"another driver runs this study: {owner}; wait for it, or stop it")


def _file(url: str, name: str) -> Path:
    database = Path(url.removeprefix("sqlite:///")).resolve()
    return database.with_name(f"{database.name}.{name}.lock")


@contextmanager
def _file_locked(file: Path, owner: Owner) -> Iterator[None]:
    try:
        stream = file.open("a+", encoding="utf-8")
    except OSError as error:
        raise UserError(f"{str(file)!r} cannot be written: {error.strerror}") from None
    with stream:
        _take(stream, file)
        os.register_at_fork(after_in_child=stream.close)
        _write(stream, file, owner)
        yield


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
                refuse(_written(file))
            time.sleep(POLL_S)
        except OSError as error:
            raise UserError(
                f"{str(file)!r} cannot be locked ({error.strerror}), so a second driver could not "
                f"be kept away; choose a --folder on another file system, or PostgreSQL"
            ) from None


def _written(file: Path) -> Owner:
    text = file.read_text(encoding="utf-8", errors="replace")
    found = re.fullmatch(r"host (.*), process (\d+), since (\S+)", text)
    if found is None:
        return Owner(host="unknown", pid=0, since="unknown")
    return Owner(host=found[1], pid=int(found[2]), since=found[3])


class _ServerLock:
    """An advisory lock of PostgreSQL, which lives as long as the connection that took it."""

    def __init__(self, url: str, name: str, owner: Owner) -> None:
        digest = hashlib.sha256(f"dse {name}".encode()).digest()
        self._key = int.from_bytes(digest[:8], signed=True)
        self._owner = owner
        self._url = url
        self._engine: Engine | None = None
        self._connection: Connection | None = None
        self._held = False

    def hold(self) -> None:
        """Make sure that the lock is held, after a restart of the server too.

        Raises:
            DatabaseLostError: the server does not answer.
            UserError: another driver holds it.
        """
        try:
            if self._connection is None:
                self._take()
                self._held = True
            else:
                self._connection.exec_driver_sql("SELECT 1")
        except DatabaseLostError:
            self.close()
            raise

    def owner(self) -> Owner | None:
        """Who holds the lock now."""
        from sqlalchemy import text

        told = self._connected().execute(text(OWNER), {"key": self._key}).scalar()
        found = APPLICATION.fullmatch(told or "")
        if found is None:
            return Owner(host="unknown", pid=0, since="unknown") if told is not None else None
        return Owner(host=found[3], pid=int(found[2]), since=found[1])

    def close(self) -> None:
        """End the connection and with it the lock."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
        if self._engine is not None:
            self._engine.dispose()

    def _connected(self) -> "Connection":
        from sqlalchemy import create_engine
        from sqlalchemy.pool import NullPool

        if self._engine is None:
            options = engine_options(self._url, self._owner.application) | {
                "pool_pre_ping": False,
                "poolclass": NullPool,
                "isolation_level": "AUTOCOMMIT",
            }
            self._engine = create_engine(self._url, **options)
            tell_losses(self._engine)
        if self._connection is None:
            self._connection = self._engine.connect()
        return self._connection

    def _take(self) -> None:
        from sqlalchemy import text

        connection = self._connected()
        attempt = text("SELECT pg_try_advisory_lock(:key)")
        deadline = time.monotonic() + ATTEMPT_S
        while not connection.execute(attempt, {"key": self._key}).scalar():
            if time.monotonic() > deadline:
                self._refused()
                deadline += ATTEMPT_S
            time.sleep(POLL_S)

    def _refused(self) -> None:
        """Another holds the lock, or still our own connection that broke."""
        owner = self.owner()
        if self._held and owner is not None and owner.application == self._owner.application:
            raise DatabaseLostError("the server still holds the lock for the broken connection")
        self.close()
        refuse(owner)
        raise DatabaseLostError("the lock's owner has just left")
