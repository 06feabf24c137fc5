"""What can be saved from a damaged SQLite store: every whole candidate before the first bad one.

Rows are looked up one by one, so a bad page costs its own rows alone. What is found proves itself
by its checksum, whatever row it was found in.
"""

import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from dse.files import sync_folder
from dse.mistakes import UserError
from dse.store.chain import DamageError, Header, Link, digest, new_header, opened, start, unlinked
from dse.store.record import Candidate
from dse.study import Study

SMALLEST_ROW: Final = 64
"""Bytes that a row takes at least, on average: bounds how many a file can hold."""

SIDES: Final = ("-journal", "-wal", "-shm")
"""What SQLite keeps beside a file while it writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Salvaged:
    """What a damaged store still tells."""

    header: Header
    reused: str | None
    links: tuple[Link, ...]
    candidates: tuple[Candidate, ...]


def keep_copy(file: Path) -> Path:
    """Copy a store with what lies beside it to a free name; says which.

    Raises:
        UserError: there is no room.
    """
    numbers = iter(range(1, 1_000_000))
    try:
        while True:
            kept = file.with_name(f"{file.name}.damaged-{next(numbers)}")
            with suppress(FileExistsError), kept.open("xb"):
                break
        _copy(file, kept)
        sync_folder(file.parent)
    except OSError as error:
        raise UserError(
            f"no copy of {str(file)!r} can be kept ({error.strerror}), so it was left as it is"
        ) from None
    return kept


def replace_store(file: Path, new: Path) -> None:
    """Put a new store in the place of a damaged one, of which a copy is kept."""
    for side in SIDES:
        Path(f"{file}{side}").unlink(missing_ok=True)
    os.replace(new, file)
    sync_folder(file.parent)


def salvaged(study: Study, file: Path) -> Salvaged:
    """What `file` still tells of a study; the file is not touched.

    Raises:
        UserError: it also holds other studies.
        FormError: it was stored by another version.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy.db"
        _copy(file, copy)
        with closing(sqlite3.connect(copy)) as connection:
            connection.text_factory = lambda raw: raw.decode(errors="replace")
            _refuse_others(study, file, connection)
            most = file.stat().st_size // SMALLEST_ROW
            attributes = dict(_rows(connection, "study_user_attributes", most))
            rows = [text for _, text in _rows(connection, "trial_user_attributes", most)]
    header, told = _header(study, attributes), attributes.get("reused")
    reused = told if isinstance(told, str) else None
    first = start(header, reused)
    links = _chained(rows, first)
    whole = unlinked(links, first)
    if whole:  # a header that was lost tells of no models, its candidates do
        header = replace(header, models=whole[0].models)
    return Salvaged(
        header=header,
        reused=reused if links else None,
        links=tuple(links),
        candidates=tuple(stored.candidate for stored in whole),
    )


def _copy(file: Path, target: Path) -> None:
    for side in ("", *SIDES):
        source = Path(f"{file}{side}")
        if source.exists():
            copied = shutil.copy2(source, f"{target}{side}")
            with Path(copied).open("rb") as stream:
                os.fsync(stream.fileno())


def _refuse_others(study: Study, file: Path, connection: sqlite3.Connection) -> None:
    """A repair makes a file of one study."""
    most = file.stat().st_size // SMALLEST_ROW
    names = {n for _, n in _rows(connection, "studies", most, key="study_id", value="study_name")}
    others = sorted(str(name) for name in names - {study.name})
    if others:
        raise UserError(
            f"{str(file)!r} also holds {', '.join(map(repr, others))}, so it is not repaired in "
            f"its place: restore it from a copy, or give each study a `storage` of its own; "
            f"finished trainings are kept"
        )


def _rows(
    connection: sqlite3.Connection, table: str, most: int, *, key: str = "key",
    value: str = "value_json",
) -> Iterator[tuple[str, Any]]:  # fmt: skip
    """Keys and values of a table's rows that can be read, each looked up alone."""
    with suppress(sqlite3.Error):
        connection.execute("PRAGMA writable_schema = ON")  # a file that lacks pages opens too
    for number in range(1, most):
        try:
            asked = f"SELECT {key}, {value} FROM {table} WHERE rowid = ?"
            row = connection.execute(asked, (number,)).fetchone()
            if row is not None:
                yield str(row[0]), json.loads(row[1]) if value == "value_json" else row[1]
        except (ValueError, TypeError, RecursionError):
            continue
        except sqlite3.Error as error:
            if "no such" in str(error):
                return


def _header(study: Study, attributes: dict[str, Any]) -> Header:
    """The stored header where it is whole, else the one that this study would have.

    Raises:
        FormError: the study was stored by another version.
    """
    try:
        return opened(attributes) or new_header(study)
    except (DamageError, ValueError):
        return new_header(study)


def _chained(rows: list[Any], first: str) -> list[Link]:
    """The longest chain that begins with `first`, from texts and checksums in any order."""
    texts = {text for text in rows if isinstance(text, str)}
    waiting = {_number(text): text for text in texts if text.startswith("{")}
    found: list[Link] = []
    before = first
    while (text := waiting.get(len(found))) is not None:
        link = Link(text=text, digest=digest(before, text))
        if link.digest not in texts:
            break
        found.append(link)
        before = link.digest
    return found


def _number(text: str) -> int:
    with suppress(ValueError, KeyError, TypeError, RecursionError):
        return int(json.loads(text)["candidate"]["number"])
    return -1
