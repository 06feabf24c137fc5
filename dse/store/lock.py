"""One driver a study: a lock on a SQLite file, or in the PostgreSQL database itself.

Either is given back by the kernel or the server when its owner ends, however it ends; a reused
process number means nothing to them. What is written down only tells others who holds it.
"""

import hashlib
import os
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Final

from dse.store.database import DatabaseLostError, engine_options, tell_losses
from dse.store.file_lock import FileLock, holder, last_holder
from dse.store.owner import ATTEMPT_S, POLL_S, UNKNOWN, Owner, refuse
from dse.study import storage_url

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

APPLICATION: Final = re.compile(r"dse (\S+) (\d+) (.*)")
OWNER: Final = """
SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
AND (l.classid::bigint << 32) | l.objid::bigint = :key
"""


@contextmanager
def only_driver(url: str, name: str) -> Iterator[Callable[[], None]]:
    """Hold a study's lock; hands out what makes sure that it is still held.

    Raises:
        UserError: another driver holds it, or it cannot be taken.
    """
    now = datetime.now().isoformat(timespec="seconds")
    owner = Owner(host=socket.gethostname(), pid=os.getpid(), since=now)
    lock: _ServerLock | FileLock
    if storage_url.on_server(url):
        lock = _ServerLock(url, name, owner)
    else:
        lock = FileLock(storage_url.sqlite_file(url), name, owner)
    try:
        lock.hold()
        yield lock.hold
    finally:
        lock.close()


def running_driver(url: str, name: str) -> Owner | None:
    """The driver that runs a study now, if one does."""
    if not storage_url.on_server(url):
        return holder(storage_url.sqlite_file(url), name)
    lock = _ServerLock(url, name, Owner(host="", pid=0, since="status"))
    try:
        return lock.owner()
    finally:
        lock.close()


def last_owner(url: str, name: str) -> Owner | None:
    """Who held a SQLite study's lock last, if that was written down."""
    return None if storage_url.on_server(url) else last_holder(storage_url.sqlite_file(url), name)


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
            return UNKNOWN if told is not None else None
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
