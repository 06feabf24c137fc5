"""Files that are whole or unchanged, whatever happens while they are written."""

import io
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from dse.mistakes import UserError

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def write_atomically(file: Path, content: bytes) -> None:
    """Write a file under a temporary name, flush it to disk and rename it.

    Raises:
        UserError: it cannot be written; what was there before is unchanged.
    """
    try:
        _make(file.parent)
        _replace(file, content)
    except OSError as error:
        raise UserError(
            f"{str(file)!r} cannot be written ({error.strerror}); what is stored is whole: make "
            f"room or choose another place, and give the same command again"
        ) from None


def write_figure(canvas: "Figure", file: Path, *, dpi: int) -> None:
    """Write a picture of matplotlib's as PNG, whole or not at all. [1/inch]

    Raises:
        UserError: it cannot be written.
    """
    picture = io.BytesIO()
    canvas.savefig(picture, format="png", dpi=dpi)
    write_atomically(file, picture.getvalue())


def sync_folder(folder: Path) -> None:
    """Make what was renamed in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _make(folder: Path) -> None:
    """Make a folder; its name in the one above is durable."""
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        sync_folder(folder.parent)


def _replace(file: Path, content: bytes) -> None:
    temporary = file.parent / f".{file.name[:100]}.{secrets.token_hex(8)}"
    # Opened so, not by `tempfile`, whose files are their owner's alone whatever the umask says.
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, file)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(file.parent)


def make_folder(home: Path) -> None:
    """Make the study's folder.

    Raises:
        UserError: it cannot be written.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        if not os.access(home, os.W_OK | os.X_OK):
            raise PermissionError(13, "no permission to write")
    except OSError as error:
        raise UserError(
            f"results folder {str(home)!r} cannot be written ({error.strerror}); "
            f"choose another with --folder"
        ) from None
