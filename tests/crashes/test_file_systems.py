"""File systems that cannot link, flush folders, set modes or lock: results are the same."""

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dse.mistakes import UserError
from tests.crashes.tools.brief import continued, read, study

Unable = Callable[[pytest.MonkeyPatch, int], None]


def links(patch: pytest.MonkeyPatch, code: int) -> None:
    patch.setattr("os.link", raising(code))


def flushed_folders(patch: pytest.MonkeyPatch, code: int) -> None:
    flush = os.fsync

    def no_folder(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(code, os.strerror(code))
        flush(handle)

    patch.setattr("os.fsync", no_folder)


def open_folders(patch: pytest.MonkeyPatch, code: int) -> None:
    plain = os.open

    def no_folder(file: Any, flags: int, *rest: Any, **more: Any) -> int:
        if flags == os.O_RDONLY and os.path.isdir(file):
            raise OSError(code, os.strerror(code))
        return plain(file, flags, *rest, **more)

    patch.setattr("os.open", no_folder)


def locks_of_stores(patch: pytest.MonkeyPatch, code: int) -> None:
    patch.setattr("dse.store.file_lock.fcntl.fcntl", raising(code))


def raising(code: int) -> Callable[..., None]:
    def raises(*_: Any, **__: Any) -> None:
        raise OSError(code, os.strerror(code))

    return raises


SAID = [errno.EPERM, errno.ENOTSUP, errno.EINVAL, errno.ENOSYS, errno.EACCES]


@pytest.mark.parametrize("unable", [links, flushed_folders, open_folders, locks_of_stores])
def test_what_a_file_system_cannot_do_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unable: Unable
) -> None:
    asked = study(tmp_path, candidates=3)
    for code in SAID:
        if unable is locks_of_stores and code == errno.EACCES:
            continue  # which says that another holds the lock
        with monkeypatch.context() as patch:
            unable(patch, code)
            wanted = continued(asked, tmp_path / str(code))
        assert read(asked, tmp_path / str(code)) == wanted
        left = [f.name for f in (tmp_path / str(code)).rglob(".*") if f.is_file()]
        assert left == []


@pytest.mark.parametrize("broken", [links, flushed_folders, open_folders])
@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC])
def test_what_is_broken_is_not_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: Unable, code: int
) -> None:
    broken(monkeypatch, code)
    with pytest.raises(UserError, match=os.strerror(code)):
        continued(study(tmp_path, candidates=3), tmp_path / "r")
