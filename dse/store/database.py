"""A database on a server: how it is reached, what it says without a password, waiting for it."""

import json
import logging
import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from dse.mistakes import UserError
from dse.study import storage_url

if TYPE_CHECKING:
    import optuna
    from sqlalchemy import Engine, ExceptionContext

T = TypeVar("T")

NOTES: Final = logging.getLogger(__name__)
"""What a driver says while it waits; the command line shows it."""

PATIENCE_S: Final = 300.0
"""How long a running driver waits for a database that has gone away."""

LONGEST: Final = 200
"""Characters of a library's message that are shown: some quote all that they read."""

RETRY_S: Final = 0.5
CONNECT_S: Final = 10

KEEPALIVE: Final[dict[str, str]] = {
    "connect_timeout": str(CONNECT_S),
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
"""A cable that was pulled is noticed within half a minute."""


SERVER_KEEPALIVE: Final = (
    "-c tcp_keepalives_idle=2 -c tcp_keepalives_interval=1 -c tcp_keepalives_count=2"
)
"""The server gives up a host that vanished, and its lock, after 4 s."""


BEGUN: Final = """
SELECT 1 FROM studies s WHERE s.study_name = :name AND (
EXISTS (SELECT 1 FROM study_user_attributes a WHERE a.study_id = s.study_id)
OR EXISTS (SELECT 1 FROM trials t WHERE t.study_id = s.study_id))
"""
"""The header is what a driver writes last of a new study."""


END: Final = """
SELECT t.number, a.value_json FROM trials t
LEFT JOIN trial_user_attributes a ON a.trial_id = t.trial_id AND a.key = 'sha256'
WHERE t.study_id = (SELECT study_id FROM studies WHERE study_name = :name)
ORDER BY t.trial_id DESC LIMIT 1
"""


class DatabaseLostError(Exception):
    """The server does not answer, or the connection broke; what was under way may be kept."""


class FileFailedError(Exception):
    """A SQLite file could not be read or written: full disk, broken disk, gone, no permission."""


class FileLockedError(FileFailedError):
    """Another program holds a SQLite file; it is not known whether it is whole."""


BRIEF_S: Final = 1.0
"""A lock of less than so long is no news: programs that read or write take one."""

LOCKS: Final = Path("/proc/locks")
LOCKED: Final = "another program has locked it; close a database browser that is open"


def locked(file: Path) -> str:
    """That another program has locked a SQLite file, and which one where the system tells."""
    names = [name for pid in _holders(file) if (name := _program(pid))]
    return f"{LOCKED} (held by {', '.join(names)})" if names else LOCKED


def _holders(file: Path) -> list[int]:
    """Other processes of this machine that hold locks on a file."""
    try:
        inode, lines = file.stat().st_ino, LOCKS.read_text().splitlines()
    except OSError:
        return []
    found = [line.split()[4:6] for line in lines if " -> " not in line]
    pids = {int(pid) for pid, place in found if place.endswith(f":{inode}")}
    return sorted(pids - {os.getpid(), -1, 0})


def _program(pid: int) -> str:
    try:
        return f"{Path('/proc', str(pid), 'comm').read_text().strip()}, process {pid}"
    except OSError:
        return ""


def refuse_foreign_lock(file: Path | None) -> None:
    """Look whether another program keeps a SQLite file from being written.

    Raises:
        DatabaseLostError: it does; worth waiting for.
    """
    if file is None or not file.is_file():
        return
    try:
        uri = f"{file.absolute().as_uri()}?mode=rw"
        with closing(sqlite3.connect(uri, uri=True, timeout=BRIEF_S)) as opened:
            opened.execute("BEGIN IMMEDIATE")
    except sqlite3.Error as error:
        if file_locked(error):
            raise DatabaseLostError(locked(file)) from None


def connect(url: str) -> "optuna.storages.RDBStorage":
    """Optuna's storage at `url`; lost connections to a server raise `DatabaseLostError`.

    It writes a candidate's rows together when it commits; by itself Optuna's writes each
    parameter before it looks for the next: a fifth more time.
    """
    import optuna
    from optuna.storages import RDBStorage

    optuna.logging.set_verbosity(optuna.logging.ERROR)  # what goes wrong is told once, by us
    storage = RDBStorage(url, engine_options(url) if storage_url.on_server(url) else None)
    storage.scoped_session.remove()
    storage.scoped_session.configure(autoflush=False)
    if storage_url.on_server(url):
        tell_losses(storage.engine)
    else:
        _tell_failures(storage.engine)
    return storage


def begun(url: str, name: str) -> bool:
    """Whether a study of this name is whole in a database; looks without making a table."""
    from sqlalchemy import create_engine, inspect, text
    from sqlalchemy.pool import NullPool

    options = engine_options(url) if storage_url.on_server(url) else {}
    engine = create_engine(url, **{**options, "pool_pre_ping": False, "poolclass": NullPool})
    if storage_url.on_server(url):
        tell_losses(engine)
    with engine.connect() as connection:
        if not inspect(connection).has_table("study_user_attributes"):
            return False
        return connection.execute(text(BEGUN), {"name": name}).first() is not None


class ChainEnd(NamedTuple):
    """The last candidate of a study: its number and the chain's digest up to it."""

    number: int
    digest: str


def chain_end(engine: "Engine", name: str) -> ChainEnd:
    """Where a study's chain ends in its database now; number -1 before the first candidate."""
    from sqlalchemy import text

    with engine.connect() as connection:
        row = connection.execute(text(END), {"name": name}).first()
    return ChainEnd(-1, "") if row is None else ChainEnd(int(row[0]), json.loads(row[1] or '""'))


def engine_options(url: str, application: str = "dse") -> dict[str, Any]:
    """How SQLAlchemy reaches a server; `application` is what the server shows of us."""
    from sqlalchemy.engine import make_url

    given = make_url(url).query.get("options", "")
    told = {**KEEPALIVE, "options": f"{given} {SERVER_KEEPALIVE}".strip()}
    return {"pool_pre_ping": True, "connect_args": {**told, "application_name": application}}


def tell_losses(engine: "Engine") -> None:
    """Let an engine raise `DatabaseLostError` where the server is gone.

    Optuna repeats an insert that failed, also one whose commit was kept and whose answer was
    lost; an error that it does not know goes through.
    """
    from sqlalchemy import event

    def told(context: "ExceptionContext") -> None:
        kind = type(context.original_exception)
        names = {base.__name__ for base in kind.__mro__}
        if context.is_disconnect or names & {"OperationalError", "InterfaceError"}:
            raise DatabaseLostError(first_line(context.original_exception)) from None

    event.listen(engine, "handle_error", told)


def _tell_failures(engine: "Engine") -> None:
    """Let an engine of SQLite's raise `FileFailedError` at once where its file fails.

    Optuna repeats an insert that failed; a file that another program has locked is waited for as
    long as a server that is away.
    """
    from sqlalchemy import event

    def told(context: "ExceptionContext") -> None:
        if file_failed(context.original_exception):
            raise FileFailedError(first_line(context.original_exception)) from None
        if file_locked(context.original_exception):
            raise DatabaseLostError(locked(Path(engine.url.database or ""))) from None

    event.listen(engine, "handle_error", told)


def file_locked(error: BaseException) -> bool:
    """Whether SQLite's error is that another program holds the file."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def file_failed(error: BaseException) -> bool:
    """Whether SQLite's error is the machine's state and not what the file holds."""
    failed = ("IOERR", "FULL", "CANTOPEN", "READONLY", "PERM", "NOLFS")
    codes = {getattr(sqlite3, f"SQLITE_{name}") for name in failed}
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in codes


def first_line(error: BaseException) -> str:
    """What an error says, in one line."""
    words = str(getattr(error, "orig", None) or error).strip()
    told = " ".join(words.splitlines()[0].split()) if words else type(error).__name__
    return told if len(told) <= LONGEST else f"{told[:LONGEST]}..."


class Patience:
    """Runs what needs the database, again if the server was gone meanwhile.

    Args:
        hold: makes sure that this driver still owns the study, before each attempt.
    """

    def __init__(self, hold: Callable[[], None] = lambda: None) -> None:
        self._hold = hold

    def __call__(self, operation: Callable[[bool], T]) -> T:
        """The operation's result; it is told whether an attempt before may have been kept.

        Raises:
            UserError: the server stayed away, or another driver has taken the study.
        """
        began = None
        while True:
            try:
                self._hold()
                result = operation(began is not None)
            except DatabaseLostError as error:
                now = time.monotonic()
                if began is None:
                    began = now
                    NOTES.warning("waiting for the database (%s)", error)
                if now - began > PATIENCE_S:
                    raise UserError(
                        f"the database has been away for {PATIENCE_S:g} s ({error}); all that was "
                        f"finished is kept: the same command continues once it is back"
                    ) from None
                time.sleep(RETRY_S)
            else:
                if began is not None:
                    NOTES.warning("the database is back")
                return result
