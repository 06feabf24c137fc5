"""Where a study's database is: its URL, its folder, and what can be wrong with either."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from dse.masking import masked, without_password
from dse.mistakes import NotBegunError, UserError
from dse.store.chain import SCHEMA, DamageError, FormError
from dse.store.database import (
    LOCKED,
    DatabaseLostError,
    FileFailedError,
    FileLockedError,
    file_failed,
    file_locked,
    first_line,
)
from dse.study import Study
from dse.study.storage_url import on_server, with_driver

MEMORY: Final = "memory"
"""A study's `storage` that keeps nothing when the run ends."""

SQLITE_HEADER: Final = b"SQLite format 3\x00"
WRITABLE: Final = (b"\x01", b"\x02")
"""The write versions of a SQLite file that can be written, its byte 18."""


def study_folder(study: Study, folder: Path) -> Path:
    """The folder of this study's results."""
    return folder / study.name


def storage_url(study: Study, folder: Path) -> str:
    """The study's own storage, or a SQLite file in its folder.

    Raises:
        UserError: the folder's name cannot be part of a URL.
    """
    file = (study_folder(study, folder) / "study.db").absolute()
    if not study.storage and "?" in str(file):
        raise UserError(f"results folder {str(folder)!r} must have no `?` in its path")
    return with_driver(study.storage or f"sqlite:///{file}")


def store_file(study: Study, folder: Path) -> Path | None:
    """The study's SQLite file; None where it is on a server."""
    if on_server(study.storage):
        return None
    return Path(storage_url(study, folder).removeprefix("sqlite:///"))


def check_file(study: Study, folder: Path, *, to_write: bool) -> None:
    """Look at the study's SQLite file, if it has one.

    Raises:
        UserError: it is damaged, no study store, may not be used, or is missing although it is
            only to be read.
    """
    file = store_file(study, folder)
    if file is None:
        return
    try:
        if not file.exists():
            if to_write:
                return
            raise NotBegunError(
                f"study {study.name!r} has no results in {str(folder)!r} yet; `dse run` starts it"
            )
        with file.open("rb") as stream:
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
    with messages(study, folder):
        wrong = integrity(file)
    if not wrong and form not in WRITABLE:  # SQLite reads it, and would refuse every write
        wrong = f"its write version is {form[0]}"
    if wrong:
        raise damaged(study, folder, wrong)


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
            raise FileLockedError(LOCKED) from None
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


def damaged(study: Study, folder: Path, what: str) -> UserError:
    """A store that does not hold what was written: which, and what to do."""
    remedy = "restore the database from a backup, or give the study another `name`"
    if store_file(study, folder) is not None:
        remedy = "`dse doctor STUDY --repair` keeps a copy and saves every candidate before"
    what = masked(what, study.storage)
    return UserError(
        f"{shown(study, folder)} is damaged, or no study store ({what}); nothing was changed: "
        f"{remedy}; finished trainings are kept beside it"
    )


@contextmanager
def messages(study: Study, folder: Path) -> Iterator[None]:
    """Turn the errors of the database into one message."""
    from optuna.exceptions import StorageInternalError
    from sqlalchemy.exc import ArgumentError, DBAPIError

    try:
        yield
    except ModuleNotFoundError as error:
        if not str(error.name).startswith("psycopg"):
            raise
        raise UserError(
            f"{shown(study, folder)} needs psycopg: pip install 'mram-dse[postgres]'"
        ) from None
    except (FileFailedError, DatabaseLostError) as error:
        raise _unusable(study, folder, first_line(error)) from None
    except (DBAPIError, StorageInternalError, ArgumentError, sqlite3.Error) as error:
        cause = error.__cause__ if isinstance(error, StorageInternalError) else None
        first = getattr(cause or error, "orig", cause or error)
        if file_locked(first):
            raise _unusable(study, folder, LOCKED) from None
        if store_file(study, folder) is None or file_failed(first):
            raise _unusable(study, folder, first_line(cause or error)) from None
        raise damaged(study, folder, first_line(cause or error)) from None


def _unusable(study: Study, folder: Path, told: str) -> UserError:
    file = store_file(study, folder)
    if file is not None and not file.parent.exists():
        told = "its folder is gone"
    told = masked(told, study.storage)
    return UserError(
        f"{shown(study, folder)} cannot be used as a study store: {told}; what is stored stays as "
        f"it is: mend that, and give the same command again"
    )


@contextmanager
def reading(study: Study, folder: Path) -> Iterator[None]:
    """Turn damage that is found while stored rows are read into one message.

    Errors of our own go through: they are no damage, and no repair would mend them.
    """
    try:
        with messages(study, folder):
            yield
    except FormError as error:
        raise UserError(
            f"study {study.name!r} in {shown(study, folder)} was stored in form {error}, and this "
            f"version reads form {SCHEMA}; continue it with the version that made it, or give it "
            f"another `name`: trainings that were made alike are not run again"
        ) from None
    except DamageError as error:
        raise damaged(study, folder, str(error)) from None


def shown(study: Study, folder: Path) -> str:
    """The storage without a password; a file as its path."""
    file = store_file(study, folder)
    return repr(str(file) if file else without_password(storage_url(study, folder)))


def _owner(file: Path) -> str:
    try:
        return f"it belongs to {file.owner()}"
    except (KeyError, OSError):
        return "it belongs to another user"
