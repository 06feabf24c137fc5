"""Digests of the user's code and files that a study's figures depend on.

A name alone does not tell what is behind it: two projects have a `my_model.py` or a folder `data`
each, and either changes. Read once a run; a file that has neither changed its size nor its time is
not read again by the same process.
"""

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from dse.study import user_code
from dse.study.study import Study
from evaluators.plugins import is_dotted
from evaluators.training import TrainingRecipe, data_paths

MISSING: Final = "missing"
"""Stands for the digest of what is not there or cannot be read."""

TRAINING: Final = "scenario.training"
"""What the keys of a training's own contents begin with."""

DATA: Final = f"{TRAINING} data"

WHOLE_BYTES: Final = 4 * 2**30
"""Data beyond so much, in the order of their names, are known by size and ends: reading takes a
second for each gigabyte."""

END_BYTES: Final = 2**20
BLOCK_BYTES: Final = 2**20
MOST_ENTRIES: Final = 200
"""Files of data that are told apart; more have one digest together."""

MOST_FILES: Final = 1_000_000

_known: dict[tuple[str, int, int, int, bool], str] = {}
"""Digests by path, inode, size, time of the last change, and whether the file was read whole."""


def study_contents(study: Study, results: Path) -> dict[str, str]:
    """Digests of all that a study's candidates depend on, by the field and the file.

    What lies in the folder of `results` is no data.
    """
    scenario, found = study.scenario, dict[str, str]()
    own = {f"scenario.cells.{name}": one for name, one in (scenario.cells or {}).items()}
    cells = {"scenario.cell": scenario.cell, **own}
    for field, name in (
        ("space", study.space),
        ("scenario.network", scenario.network),
        *((field, one) for field, one in cells.items() if isinstance(one, str)),
        ("search.sampler", study.search.sampler),
    ):
        found |= _of_name(field, name)
    for field, tables in (("axes", (study.axes,)), ("designs", study.designs)):
        for value in _texts(value for table in tables for value in table.values()):
            found |= _of_name(field, value)
    return found | training_contents(scenario.training, results)


def training_contents(recipe: TrainingRecipe, results: Path | None = None) -> dict[str, str]:
    """Digests of the code and data of the user's that a training depends on; empty without any."""
    found = dict[str, str]()
    for name in (recipe.trainer, recipe.model, recipe.data):
        found |= _of_code(TRAINING, name)
    paths = data_paths(recipe)
    if paths is not None:
        root, files = paths
        found |= _of_data(root, _below(root, results) if files is None else files)
    return dict(sorted(found.items()))


def differences(before: Mapping[str, str], now: Mapping[str, str], *, to_write: bool) -> list[str]:
    """What differs, a line each.

    To read, files of trainings, which are finished, do not matter, nor what is not there now. The
    first data of a training are no change: it may have fetched them by itself.
    """
    keys = sorted(before.keys() | now.keys())
    if is_first_data(before, now):
        keys = [key for key in keys if not key.startswith(DATA)]
    if not to_write:
        both = before.keys() & {key for key, digest in now.items() if digest != MISSING}
        keys = [key for key in keys if key in both and not key.startswith(TRAINING)]
    return [
        f"{key}: {_change(before.get(key), now.get(key))}"
        for key in keys
        if before.get(key) != now.get(key)
    ]


def is_first_data(before: Mapping[str, str], now: Mapping[str, str]) -> bool:
    """Whether a training has data now, and had none of which anything is known."""
    return not any(key.startswith(DATA) for key in before) and any(
        key.startswith(DATA) for key in now
    )


def file_digest(file: Path, *, whole: bool = True) -> str:
    """The sha256 of a regular file, or of its size and both ends."""
    try:
        handle = os.open(file, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return MISSING
    with open(handle, "rb") as stream:
        told = os.fstat(handle)
        if not stat.S_ISREG(told.st_mode):
            return f"{MISSING}: no regular file"
        known = (str(file), told.st_ino, told.st_size, told.st_mtime_ns, whole)
        if known in _known:
            return _known[known]
        digest = hashlib.sha256()
        try:
            if whole or told.st_size <= 2 * END_BYTES:
                while block := stream.read(BLOCK_BYTES):
                    digest.update(block)
            else:
                digest.update(f"{told.st_size}\n".encode() + stream.read(END_BYTES))
                stream.seek(-END_BYTES, os.SEEK_END)
                digest.update(stream.read(END_BYTES))
        except OSError:
            return MISSING
    return _known.setdefault(known, digest.hexdigest())


def _of_name(field: str, name: str) -> dict[str, str]:
    if name.endswith((".csv", ".onnx")):
        return {f"{field} {name}": file_digest(Path(name))}
    return _of_code(field, name)


def _of_code(field: str, name: str) -> dict[str, str]:
    """Digests of a dotted name's modules; ours and plain names have none."""
    if not is_dotted(name):
        return {}
    found = dict[str, str]()
    for module, file in user_code.sources([name]).items():
        digest = file_digest(file)
        if user_code.is_installed(file):
            digest += f" {user_code.installed_version(module)}"
        found[f"{field} code {module}"] = digest
    return found


def _of_data(root: Path, files: Iterable[Path]) -> dict[str, str]:
    """Digests of files below a folder."""
    found, total = dict[str, str](), 0
    for file in sorted(files):
        total += _size(file)
        name = file.relative_to(root).as_posix() if file.is_relative_to(root) else file.name
        found[f"{DATA} {name}"] = file_digest(file, whole=total <= WHOLE_BYTES)
    if len(found) <= MOST_ENTRIES:
        return found
    text = "\n".join(f"{key} {digest}" for key, digest in found.items())
    return {f"{DATA}, {len(found)} files": hashlib.sha256(text.encode()).hexdigest()}


def _below(root: Path, results: Path | None) -> Iterator[Path]:
    """Regular files of a folder; no hidden ones, no compiled code, no results."""
    count, left_out = 0, results.resolve() if results else None
    for folder, inner, names in os.walk(root):
        if Path(folder).resolve() == left_out:
            inner.clear()
            continue
        inner[:] = sorted(d for d in inner if not d.startswith(".") and d != "__pycache__")
        for name in sorted(names):
            file = Path(folder, name)
            if not name.startswith(".") and file.is_file():
                yield file
                count += 1
                if count >= MOST_FILES:
                    return


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _texts(values: Iterable[object]) -> Iterator[str]:
    for value in values:
        for option in value if isinstance(value, list | tuple) else [value]:
            if isinstance(option, str):
                yield option


def _change(before: str | None, now: str | None) -> str:
    if before is None or before == MISSING:
        return "is new"
    if now is None or now == MISSING:
        return "is gone"
    return f"another content (sha256 {before[:12]}, now {now[:12]})"
