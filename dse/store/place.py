"""Where a study keeps what it finds: its folder, and its database by URL or file."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dse.masking import without_password
from dse.mistakes import UserError
from dse.study import Study, storage_url
from evaluators.checks import brief

LONGEST_PATH: Final = 511
"""Bytes of a path that SQLite opens on Unix (`MAX_PATHNAME` of its os_unix.c is 512)."""

MEMORY: Final = "memory"
"""A study's `storage` that keeps nothing when the run ends."""


@dataclass(frozen=True, slots=True)
class Place:
    """A study and the results folder, in which every study has a folder of its own."""

    study: Study
    folder: Path

    @property
    def home(self) -> Path:
        """The folder of this study's results."""
        return self.folder / self.study.name

    @property
    def in_memory(self) -> bool:
        """Whether nothing is kept when the run ends."""
        return self.study.storage == MEMORY

    @property
    def url(self) -> str:
        """The study's own storage, or a SQLite file in its folder.

        Raises:
            UserError: the folder lies too deep.
        """
        if self.study.storage:
            return storage_url.with_driver(self.study.storage)
        file = (self.home / "study.db").absolute()
        longest = len(os.fsencode(file.with_name(f".study.db.{self.study.name}.new-journal")))
        if longest > LONGEST_PATH:
            raise UserError(
                f"results folder {brief(str(self.folder))} lies too deep: SQLite opens files with "
                f"paths of at most {LONGEST_PATH} bytes, and this study's would have {longest}; "
                f"choose another --folder, or a shorter `name`"
            )
        return storage_url.sqlite_url(file)

    @property
    def file(self) -> Path | None:
        """The study's SQLite file; None where it is on a server."""
        if storage_url.on_server(self.study.storage):
            return None
        if not self.study.storage:
            return (self.home / "study.db").absolute()
        return storage_url.sqlite_file(self.url)

    @property
    def in_words(self) -> str:
        """The storage without a password; a file as its path."""
        return repr(str(self.file) if self.file else without_password(self.url))
