"""What can be wrong with a study's database, and the one message that each fault becomes."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from dse.files import open_regular
from dse.masking import masked
from dse.mistakes import NotBegunError, UserError
from dse.store.chain import SCHEMA, DamageError, FormError
from dse.store.database import (
    DatabaseLostError,
    FileFailedError,
    FileLockedError,
    file_failed,
    file_locked,
    first_line,
    locked,
)
from dse.store.place import Place

SQLITE_HEADER: Final = b"SQLite format 3\x00"
WRITABLE: Final = (b"\x01", b"\x02")
"""The write versions of a SQLite file that can be written, its byte 18."""


def check_file(place: Place, *, to_write: bool) -> None:
    """Look at the study's SQLite file, if it has one.

    Raises:
        UserError: it is damaged, no study store, may not be used, or is missing although it is
            only to be read.
    """
    form = check_header(place, to_write=to_write)
    if place.file is None or not form:
        return
    with messages(place):
        wrong = integrity(place.file)
    if not wrong and form not in WRITABLE:  # SQLite reads it, and would refuse every write
        wrong = f"its write version is {form[0]}"
    if wrong:
        raise damaged(place, wrong)


def check_header(place: Place, *, to_write: bool) -> bytes:
    """Look at how the study's SQLite file begins; its write version, empty without a file.

    Raises:
        UserError: it is no database, may not be used, or is missing although it is only to be
            read.
    """
    file = place.file
    if file is None:
        return b""
    try:
        if not file.exists():
            if to_write:
                return b""
            raise NotBegunError(
                f"study {place.study.name!r} has no results in {str(place.folder)!r} yet; "
                f"`dse run` starts it"
            )
        with open_regular(file) as stream:
            header, form = stream.read(len(SQLITE_HEADER)), stream.read(3)[2:]
        if to_write and not os.access(file, os.W_OK):
            raise PermissionError(13, f"no permission to write; {_owner(file)}")
    except OSError as error:
        raise UserError(
            f"{str(file)!r} cannot be used as a study store: {error.strerror}; change that, or "
            f"choose another --folder"
        ) from None
    if header != SQLITE_HEADER:
        raise UserError(
            f"{str(file)!r} is not a study store, or is damaged (no SQLite database); it was left "
            f"as it is: move it away, choose another --folder, or, if it was one, `dse doctor "
            f"STUDY --repair` keeps a copy and starts a new one with the trainings that are kept"
        )
    return form


def integrity(file: Path) -> str:
    """What SQLite finds wrong with a file, in one line; nothing where it is whole.

    Raises:
        FileFailedError: it cannot be read.
    """
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True)) as opened:
            told = str(opened.execute("PRAGMA integrity_check(1)").fetchone()[0])
            orphan = opened.execute("PRAGMA foreign_key_check").fetchone()
            names = "SELECT name FROM sqlite_master WHERE type = 'table'"
            tables = {str(row[0]) for row in opened.execute(names)}
    except (sqlite3.Error, UnicodeDecodeError) as error:
        if file_locked(error):
            raise FileLockedError(locked(file)) from None
        if file_failed(error):
            raise FileFailedError(first_line(error)) from None
        return first_line(error)
    if told != "ok":
        return " ".join(told.split())
    if orphan is not None:
        return f"a row of {orphan[0]!r} belongs to no row of {orphan[2]!r}"
    missing = sorted({"studies", "trials", "trial_user_attributes"} - tables)
    return f"it has no table {missing[0]!r}" if missing else ""


def refuse_locked(file: Path) -> None:
    """Look whether another program holds a SQLite file: a copy of it could be half of a change.

    Raises:
        FileLockedError: it does.
    """
    try:
        integrity(file)
    except FileLockedError:
        raise
    except FileFailedError:  # such as a broken disk: what can be read of it is saved
        pass


def damaged(place: Place, what: str) -> UserError:
    """A store that does not hold what was written: which, and what to do."""
    remedy = "restore the database from a backup, or give the study another `name`"
    if place.file is not None:
        remedy = "`dse doctor STUDY --repair` keeps a copy and saves every candidate before"
    what = masked(what, place.study.storage)
    return UserError(
        f"{place.in_words} is damaged, or no study store ({what}); nothing was changed: "
        f"{remedy}; finished trainings are kept beside it"
    )


@contextmanager
def messages(place: Place) -> Iterator[None]:
    """Turn the errors of the database into one message."""
    from optuna.exceptions import StorageInternalError
    from sqlalchemy.exc import ArgumentError, DBAPIError

    try:
        yield
    except ModuleNotFoundError as error:
        if not str(error.name).startswith("psycopg"):
            raise
        raise UserError(
            f"{place.in_words} needs psycopg: pip install 'mram-dse[postgres]'"
        ) from None
    except (FileFailedError, DatabaseLostError) as error:
        raise _unusable(place, first_line(error)) from None
    except (DBAPIError, StorageInternalError, ArgumentError, sqlite3.Error) as error:
        cause = error.__cause__ if isinstance(error, StorageInternalError) else None
        first = getattr(cause or error, "orig", cause or error)
        if file_locked(first):
            raise _unusable(place, locked(place.file or Path())) from None
        if place.file is None or file_failed(first):
            raise _unusable(place, first_line(cause or error)) from None
        raise damaged(place, first_line(cause or error)) from None


def _unusable(place: Place, told: str) -> UserError:
    file = place.file
    if file is not None and not file.parent.exists():
        told = "its folder is gone"
    told = masked(told, place.study.storage)
    return UserError(
        f"{place.in_words} cannot be used as a study store: {told}; what is stored stays as "
        f"it is: mend that, and give the same command again"
    )


@contextmanager
def reading(place: Place) -> Iterator[None]:
    """Turn damage that is found while stored rows are read into one message.

    Errors of our own go through: they are no damage, and no repair would mend them.
    """
    try:
        with messages(place):
            yield
    except FormError as error:
        raise UserError(
            f"study {place.study.name!r} in {place.in_words} was stored in form {error}, and this "
            f"version reads form {SCHEMA}; continue it with the version that made it, or give it "
            f"another `name`: trainings that were made alike are not run again"
        ) from None
    except DamageError as error:
        raise damaged(place, str(error)) from None


def _owner(file: Path) -> str:
    try:
        return f"it belongs to {file.owner()}"
    except (KeyError, OSError):
        return "it belongs to another user"
