"""Files that are whole or unchanged, whatever happens while they are written."""

import errno
import fcntl
import io
import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from dse.mistakes import UserError

if TYPE_CHECKING:
    from matplotlib.figure import Figure


UNABLE: Final = {
    errno.EPERM, errno.EACCES, errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP,
    errno.EBADF, errno.EISDIR, errno.ENOTTY,
}  # fmt: skip
"""What file systems say to what they cannot do."""

FIGURES: Final = (".png", ".svg", ".pdf")
"""Endings of files that a figure is drawn to."""

TEMPORARY: Final = re.compile(r"\..+\.(json|csv|html|png|svg|md|parquet|toml)\.[a-z0-9_]{8}")
"""Names under which files of ours are written."""


def write_atomically(file: Path, content: bytes) -> None:
    """Write a file under a temporary name, flush it to disk and rename it.

    Raises:
        UserError: it cannot be written; what was there before is unchanged.
    """
    try:
        _make(file.parent)
        try:
            _replace(file, content)
        except FileNotFoundError:  # another driver has swept the temporary file away
            _replace(file, content)
    except OSError as error:
        raise _unwritten(file, error) from None


def _unwritten(file: Path, error: OSError) -> UserError:
    return UserError(
        f"{str(file)!r} cannot be written ({error.strerror}); what is stored is whole: "
        f"{_remedy(file, error)}, and give the same command again"
    )


def _remedy(file: Path, error: OSError) -> str:
    if error.errno in (errno.EISDIR, errno.ENOTDIR, errno.EEXIST):
        if file.is_dir():
            return "move the folder of that name away"
        wrong = next((p for p in file.parents if p.exists() and not p.is_dir()), file)
        return f"a folder is needed where {str(wrong)!r} is: move that away"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "make room or choose another place"
    return "mend that or choose another place"


@contextmanager
def open_regular(file: Path) -> Iterator[BinaryIO]:
    """A regular file, open to be read; a pipe or a device is not waited for.

    Raises:
        OSError: it cannot be read, or is no regular file.
    """
    handle = os.open(file, os.O_RDONLY | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "no regular file", str(file))
    with os.fdopen(handle, "rb") as stream:
        yield stream


def read_regular(file: Path, most_bytes: int) -> bytes:
    """The content of a regular file.

    Raises:
        OSError: as `open_regular`, or it has more than `most_bytes`.
    """
    with open_regular(file) as stream:
        if os.fstat(stream.fileno()).st_size > most_bytes:
            raise OSError(errno.EFBIG, f"more than {most_bytes} bytes", str(file))
        return stream.read(most_bytes)


def check_place(file: Path) -> None:
    """Look whether a file may be written where it is to be, before the work for it is done.

    Raises:
        UserError: a folder bears its name, a file the name of one around it, or it is no name.
    """
    try:
        above = [p for p in file.parents if p.exists() and not p.is_dir()]
        wrong = [file] if file.is_dir() else above
    except OSError as error:  # such as a name that is too long
        raise _unwritten(file, error) from None
    if wrong:
        code = errno.EISDIR if wrong[0] == file else errno.ENOTDIR
        raise _unwritten(file, OSError(code, os.strerror(code)))


def sweep(folder: Path, before_s: float) -> int:
    """Remove temporary files that their writers left in a folder and below when they were killed.

    Args:
        folder: where to look.
        before_s: only those last written before this time. [s since 1970]

    Returns:
        How many were removed. [-]
    """
    removed = 0
    for place, inner, names in os.walk(folder):
        inner[:] = [name for name in inner if not name.startswith(".")]
        for name in filter(TEMPORARY.fullmatch, names):
            with suppress(OSError):
                removed += _swept(Path(place, name), before_s)
    return removed


def _swept(file: Path, before_s: float) -> bool:
    """Remove a temporary file that nobody writes: its writer holds a lock on it."""
    handle = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    try:
        told = os.fstat(handle)
        if not stat.S_ISREG(told.st_mode) or told.st_mtime >= before_s:
            return False
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        file.unlink()
    finally:
        os.close(handle)
    return True


def write_figure(canvas: "Figure", file: Path, *, dpi: int) -> None:
    """Write a picture of matplotlib's as its file's ending says, whole or not at all. [1/inch]

    The same figure makes the same file: none bears a date.

    Args:
        canvas: the figure.
        file: its ending is one of `FIGURES`.
        dpi: of a PNG.

    Raises:
        UserError: it cannot be written.
    """
    kind = file.suffix.lower().removeprefix(".")
    dated = {"svg": "Date", "pdf": "CreationDate"}
    picture = io.BytesIO()
    told: Any = {dated[kind]: None} if kind in dated else {}
    canvas.savefig(picture, format=kind, dpi=dpi, metadata=told)
    write_atomically(file, picture.getvalue())


def sync_folder(folder: Path) -> None:
    """Make what was renamed in a folder durable, where the file system can."""
    with _as_far_as_can_be():
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def _as_far_as_can_be() -> Iterator[None]:
    """Leave out what some file systems (CIFS, vfat, FUSE) cannot do to folders and modes."""
    try:
        yield
    except OSError as error:
        if error.errno not in UNABLE:
            raise


def rename_new(new: Path, file: Path) -> None:
    """Give a file its name, unless that is taken by then.

    Raises:
        OSError: it cannot be named.
    """
    try:
        os.link(new, file)
    except FileExistsError:
        return
    except OSError as error:  # a file system without links
        if error.errno not in {*UNABLE, errno.EMLINK, errno.EXDEV}:
            raise
        if not file.exists():
            os.rename(new, file)


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
            with suppress(OSError):  # a file system without locks
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
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
