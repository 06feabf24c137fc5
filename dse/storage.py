"""Where a study's database is: its URL, its folder, and what can be wrong with either."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from dse.database import DatabaseLostError, first_line, on_server, with_driver, without_password
from dse.mistakes import NotBegunError, UserError
from dse.study import Study

MEMORY: Final = "memory"
"""A study's `storage` that keeps nothing when the run ends."""

SQLITE_HEADER: Final = b"SQLite format 3\x00"


def study_folder(study: Study, folder: Path) -> Path:
    """The folder of this study's results."""
    return folder / study.name


def storage_url(study: Study, folder: Path) -> str:
    """The study's own storage, or a SQLite file in its folder."""
    file = (study_folder(study, folder) / "study.db").absolute()
    return with_driver(study.storage or f"sqlite:///{file}")


def make_folder(home: Path) -> None:
    """Make the study's folder.

    Raises:
        UserError: it cannot be written.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        if not os.access(home, os.W_OK):
            raise PermissionError(13, "no permission to write")
    except OSError as error:
        raise UserError(
            f"results folder {str(home)!r} cannot be written ({error.strerror}); "
            f"choose another with --folder"
        ) from None


def check_file(study: Study, folder: Path, *, must_exist: bool) -> None:
    """Look at the study's SQLite file, if it has one.

    Raises:
        UserError: it is missing although it must exist, or is no database.
    """
    if on_server(study.storage):
        return
    file = Path(storage_url(study, folder).removeprefix("sqlite:///"))
    if not file.exists() or (must_exist and file.stat().st_size == 0):
        if must_exist:
            raise NotBegunError(
                f"study {study.name!r} has no results in {str(folder)!r} yet; `dse run` starts it"
            )
        return
    with file.open("rb") as stream:
        header = stream.read(len(SQLITE_HEADER))
    if header != SQLITE_HEADER:
        raise UserError(
            f"{str(file)!r} is not a study store (no SQLite database); it was left as it is: "
            f"move it away, or choose another --folder"
        )


@contextmanager
def messages(study: Study, folder: Path) -> Iterator[None]:
    """Turn the errors of the database into one message."""
    from optuna.exceptions import StorageInternalError
    from sqlalchemy.exc import ArgumentError, DBAPIError

    try:
        yield
    except ImportError:
        raise UserError(
            f"{shown(study, folder)} needs psycopg: pip install 'mram-dse[postgres]'"
        ) from None
    except (DBAPIError, StorageInternalError, ArgumentError, AssertionError, KeyError,
            DatabaseLostError) as error:  # fmt: skip
        cause = error.__cause__ if isinstance(error, StorageInternalError) else None
        raise UserError(
            f"{shown(study, folder)} cannot be used as a study store: {first_line(cause or error)}"
        ) from None


def shown(study: Study, folder: Path) -> str:
    """The storage without a password."""
    return repr(without_password(storage_url(study, folder)))
