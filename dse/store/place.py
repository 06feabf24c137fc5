"""Where a study keeps what it finds: its folder, and its database by URL or file."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dse.masking import without_password
from dse.study import Study, storage_url

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
        """The study's own storage, or a SQLite file in its folder."""
        if self.study.storage:
            return storage_url.with_driver(self.study.storage)
        return storage_url.sqlite_url((self.home / "study.db").absolute())

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
