"""The file of the write-error table: kept in the user's cache folder, checked as it is read."""

import hashlib
import io
import os
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_path

Array = NDArray[np.float64]


def cache_folder() -> Path:
    """Where tables are kept: the platform's cache folder of the user."""
    return user_cache_path("mram-dse", appauthor=False)


def read_table(file: Path, grid: Sequence[Array], shape: tuple[int, ...]) -> Array | None:
    """The table of a sound file on this grid; None where there is none. [-]"""
    try:
        if not file.is_file():  # a pipe would be waited for
            return None
        with np.load(io.BytesIO(file.read_bytes()), allow_pickle=False) as stored:
            table: Array = stored["table"]
            digest = str(stored["sha256"])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    sound = table.shape == shape and _digest(table, grid) == digest
    return table if sound else None


def write_table(file: Path, table: Array, grid: Sequence[Array]) -> None:
    """Keep the table: written beside and renamed, so two processes may do it at once. [-]"""
    buffer = io.BytesIO()
    np.savez(buffer, table=table, sha256=np.array(_digest(table, grid)))
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        with os.fdopen(handle, "wb") as stream:
            stream.write(buffer.getvalue())
        os.replace(temporary, file)
    except OSError:
        return  # A cache that cannot be written costs a few seconds at the next start, no more.


def _digest(table: Array, grid: Sequence[Array]) -> str:
    """Digest of the numbers and of the grid that they stand on."""
    content = b"".join(
        np.ascontiguousarray(part, dtype=float).tobytes() for part in (*grid, table)
    )
    return hashlib.sha256(content).hexdigest()
