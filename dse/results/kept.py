"""What readers of a record have solved once, kept beside its store so that none solves it again.

A file holds one answer, under the digest of all that it depends on: the chain of candidates, the
study, the objectives, and the text of the models. What does not fit, is damaged or missing counts
as not known and is solved anew; nothing is ever read that was made from something else.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import cache, cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final, TypeVar

from dse.files import read_regular, write_atomically
from dse.mistakes import UserError
from dse.plain import as_plain, dumps, loads_as
from dse.store import Record
from evaluators.energy import version

T = TypeVar("T")

FOLDER: Final = "solved"
FORM: Final = 1
"""Of the files; grows when what they hold changes without the models' text."""

MOST: Final = 12
"""Files of one kind; the oldest go."""

LARGEST_BYTES: Final = 2**30

PACKAGES: Final = ("dse", "evaluators", "search_spaces")
"""Their text decides what is solved; all of it, as what is kept comes from many rooms."""


class Kept:
    """What is kept of a record for some objectives; nothing of one that was never stored.

    Args:
        record: as it was read; one with other candidates than its chain's is not kept.
        names: of the objectives.
    """

    def __init__(self, record: Record, names: Sequence[str]) -> None:
        self._record, self._names = record, tuple(names)
        chain = record.chain
        self.usable = chain is not None and chain.candidates is record.candidates
        self._folder = record.folder / FOLDER

    @cached_property
    def _made_of(self) -> str:
        """Of study and models: what a point of it depends on, whatever it is ranked by."""
        record = self._record
        told = as_plain(record.study)
        del told["storage"], told["objectives"], told["search"]["candidates"], told["workers"]
        parts = [FORM, version.MODEL_VERSION, models_digest(), told, as_plain(record.bits),
                 as_plain(record.contents), record.models]  # fmt: skip
        return hashlib.sha256(dumps(parts).encode()).hexdigest()

    @cached_property
    def _key(self) -> str:
        record = self._record
        chain = record.chain.digest if record.chain else ""
        parts = [self._made_of, record.study.objectives, self._names, chain,
                 len(record.candidates)]  # fmt: skip
        return hashlib.sha256(dumps(parts).encode()).hexdigest()

    def solved(self, what: str, kind: Any, solve: Callable[[], T]) -> T:
        """An answer as it is kept, or solved and kept.

        Args:
            what: names the answer: letters, digits and `-`.
            kind: its type.
            solve: gives it.
        """
        known = self.known(what, kind)
        if known is not None:
            return known  # type: ignore[no-any-return]
        found = solve()
        self.keep(what, found)
        return found

    def known(self, what: str, kind: Any) -> Any:
        """An answer as it is kept; None where there is none."""
        return _read(self._file(what), kind, key=self._key) if self.usable else None

    def keep(self, what: str, answer: Any) -> None:
        """Keep an answer; where that cannot be written it is solved again next time."""
        if not self.usable or self._record.study.storage == "memory":
            return
        text = dumps(answer)
        whole = {"key": self._key, "made_of": self._made_of, "sha256": _sha(self._key, text),
                 "text": text}  # fmt: skip
        with suppress(OSError, UserError):
            self._folder.mkdir(exist_ok=True)
            write_atomically(self._file(what), json.dumps(whole).encode())
            self._prune(what)

    def others(self, what: str, kind: Any) -> Iterator[Any]:
        """Answers of one kind that are kept of this study, whatever the objectives then were."""
        if not self.usable:
            return
        for file in self._files(what):
            found = _read(file, kind, made_of=self._made_of)
            if found is not None:
                yield found

    def _file(self, what: str) -> Path:
        return self._folder / f"{what}.{self._key[:16]}.json"

    def _files(self, what: str) -> list[Path]:
        """Of one kind, the newest first."""
        with suppress(OSError):
            found = [(file.stat().st_mtime_ns, file) for file in self._folder.glob(f"{what}.*")]
            return [file for _, file in sorted(found, reverse=True)]
        return []

    def _prune(self, what: str) -> None:
        for file in self._files(what)[MOST:]:
            file.unlink(missing_ok=True)


def _read(file: Path, kind: Any, **wanted: str) -> Any:
    """What a file holds, if it is whole and says what is wanted of it."""
    try:
        whole = json.loads(read_regular(file, LARGEST_BYTES))
        text = whole["text"]
        if whole["sha256"] != _sha(whole["key"], text):
            return None
        if any(whole[name] != value for name, value in wanted.items()):
            return None
        return loads_as(kind, text)
    except (OSError, UserError, ValueError, TypeError, KeyError):
        return None


def _sha(key: str, text: str) -> str:
    return hashlib.sha256(f"{key}\n{text}".encode()).hexdigest()


@cache
def models_digest() -> str:
    """The sha256 of the text of the models, of what solves them and of all else of ours."""
    digest = hashlib.sha256()
    for package in PACKAGES:
        for name, text in _texts(files(package), package):
            digest.update(f"{name} {len(text)}\n".encode() + text)
    return digest.hexdigest()


def _texts(folder: Traversable, path: str) -> Iterator[tuple[str, bytes]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        name = f"{path}/{entry.name}"
        if entry.is_dir():
            if entry.name != "__pycache__":
                yield from _texts(entry, name)
        elif entry.name.endswith((".py", ".csv", ".json")):
            yield name, entry.read_bytes()
