"""The form in which a study and its candidates are stored, so that damage is found, not believed.

The study's header carries its own sha256. Each candidate carries one over its text and over the
one before it, the first over what the study is: so none can be altered, lost, doubled, moved or
taken from another study without the chain breaking. Rows of Optuna's beside them are for its
dashboard; nothing is read from those.
"""

import gc
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from dse.mistakes import UserError
from dse.plain import as_plain, dumps, loads_as
from dse.store.database import DatabaseLostError, FileFailedError, first_line
from dse.store.record import Candidate
from dse.study import Study, constraints
from dse.study.contents import study_contents
from dse.trainings import MeasuredBits, made_with
from evaluators.energy import version

T = TypeVar("T")

SCHEMA: Final = 3
"""Version of what is stored; grows when older files can no longer be read."""


TRAINED: Final = "training_version"
"""In a fingerprint: the version of the built-in training; missing in those of version 1."""


class DamageError(Exception):
    """What is stored is not what was written."""


@contextmanager
def by_optuna() -> Iterator[None]:
    """Around calls of Optuna's alone: rows come from outside, and damaged ones fail in many ways.

    What the database itself says goes through, as `dse.store.health.messages` knows it.

    Raises:
        DamageError: Optuna could not make sense of what is stored.
    """
    from optuna.exceptions import StorageInternalError
    from sqlalchemy.exc import ArgumentError, DBAPIError

    try:
        yield
    except (DatabaseLostError, FileFailedError, DBAPIError, StorageInternalError, ArgumentError,
            ModuleNotFoundError):  # fmt: skip
        raise
    except Exception as error:
        raise DamageError(f"{type(error).__name__}: {first_line(error)}") from None


class FormError(Exception):
    """The study was stored in the form of another version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A candidate, when its driver stored it by its own clock, and with what it was made.

    `models` is the version of the models.

    `driver_s` is the time since the driver had opened the store, by a clock that is never set.
    """

    candidate: Candidate
    stored_at: str
    driver_s: float
    made_with: Mapping[str, str]
    models: int = version.FIRST_VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a study was when its store was made, and the bits that its driver has measured since.

    `contents` are digests of the user's files; None in a store of an older version, until it goes
    on. `models` is the version of the models that it was begun with. The chain begins with the
    fingerprint alone, so what comes later leaves it as it is.
    """

    objectives: tuple[str, ...]
    fingerprint: Mapping[str, Any]
    made_with: Mapping[str, str]
    bit_shares: MeasuredBits | None = None
    contents: Mapping[str, str] | None = None
    models: int = version.FIRST_VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A candidate as it is written: its text and the chain's digest up to it."""

    text: str
    digest: str


def new_header(study: Study, results: Path | None = None) -> Header:
    """The header of a study that starts now, with its files where its results' folder is told."""
    told = json.loads(dumps(study.fingerprint()))
    return Header(
        objectives=study.objectives, fingerprint=told, made_with=made_with(),
        contents=None if results is None else study_contents(study, results),
        models=version.MODEL_VERSION,
    )  # fmt: skip


def sealed(header: Header) -> dict[str, Any]:
    """A header as it is written."""
    told = _with_models(header)
    for name in ("bit_shares", "contents"):  # as every header was before these were kept in it
        if told[name] is None:
            del told[name]
    text = dumps(told)
    return {"form": SCHEMA, "text": text, "sha256": digest(f"header {SCHEMA}", text)}


def _with_models(value: Header | Stored) -> dict[str, Any]:
    """As plain data; the first version of the models is not told, as 0.1 did not."""
    told: dict[str, Any] = as_plain(value)
    if value.models == version.FIRST_VERSION:
        del told["models"]
    return told


def opened(told: Mapping[str, Any]) -> Header | None:
    """The header among a stored study's attributes; None where none was written yet.

    Raises:
        FormError: it is of another version.
        DamageError: it is not what was written.
    """
    if "header" not in told:
        if "schema" in told:
            raise FormError(repr(told["schema"]))
        return None
    header = told["header"]
    try:
        form, text = header["form"], header["text"]
        whole = header["sha256"] == digest(f"header {form}", text)
    except (TypeError, KeyError, AttributeError):
        raise DamageError("its header cannot be read") from None
    if not whole:
        raise DamageError("the checksum of its header does not match")
    if form != SCHEMA:
        raise FormError(repr(form))
    return _loaded(Header, text, "its header")


def check_same(header: Header, study: Study) -> None:
    """Refuse a study that has changed in what matters since it was started.

    What trained it is of no matter here: `dse.store.going_on` asks for that.

    Raises:
        UserError: it has; shows each difference.
    """
    study = as_begun(study, header)
    now = json.loads(dumps(study.fingerprint()))
    before, after = _flat(header.fingerprint), _flat(now)
    changed = [
        f"  {key}: stored {before.get(key, 'nothing')!r}, now {after.get(key, 'nothing')!r}"
        for key in sorted(before.keys() | after.keys())
        if key != TRAINED
        and _meant(key, before.get(key)) != _meant(key, after.get(key))
        and not (key not in before and _is_default(study, key))
    ]
    if changed:
        raise UserError(
            f"study {study.name!r} has changed since it was started, so it cannot be continued, "
            f"nor are its results its own:\n"
            + "\n".join(changed)
            + "\ngive it another `name`, or undo the change"
        )


def as_begun(study: Study, header: Header) -> Study:
    """The study with the sampler that its store was begun with, where its file names none."""
    return study.with_sampler(header.fingerprint.get("search", {}).get("sampler", ""))


def _meant(key: str, value: Any) -> Any:
    """What a value of a fingerprint means, however it is written."""
    if key.startswith("axes."):  # one option is an array of one
        return list(dict.fromkeys(value)) if isinstance(value, list) else [value]
    if key == "constraints" and isinstance(value, list):  # they hold together, in any order
        try:
            limits = {constraints.constraint(text) for text in value}
        except ValueError:  # of another version
            return value
        return {(limit.quantity, limit.at_most, limit.limit) for limit in limits}
    return value


def _is_default(study: Study, key: str) -> bool:
    """Whether a field has its default, which stands for what was before there was the field."""
    *path, name = key.split(".")
    part: Any = study
    for step in path:
        part = getattr(part, step, None)
    if not is_dataclass(part):
        return False
    return any(f.name == name and f.default == getattr(part, name) for f in fields(part))


def _flat(value: Any, path: str = "") -> dict[str, Any]:
    if isinstance(value, dict) and value:
        parts = [_flat(item, f"{path}.{key}" if path else key) for key, item in value.items()]
        return {key: item for part in parts for key, item in part.items()}
    return {path: value}


def start(header: Header, reused: str | None) -> str:
    """What the chain of a study's candidates begins with."""
    return digest(dumps(header.fingerprint), reused or "")


def linked(candidate: Candidate, before: str, driver_s: float) -> Link:
    """A candidate as it is written after the digest `before`."""
    now = datetime.now().isoformat(timespec="milliseconds")
    stored = Stored(
        candidate=candidate, stored_at=now, driver_s=round(driver_s, 3), made_with=made_with(),
        models=version.MODEL_VERSION,
    )  # fmt: skip
    text = dumps(_with_models(stored))
    return Link(text=text, digest=digest(before, text))


def unlinked(links: Sequence[Link], before: str, first: int = 0) -> list[Stored]:
    """The candidates of a chain from number `first` on, which follow the digest `before`. [-]

    Raises:
        DamageError: one is not what was written; says which.
    """
    with _no_collector():
        return list(_unlinked(links, before, first))


@contextmanager
def _no_collector() -> Iterator[None]:
    """Without Python's collector of cycles, which else looks through all that was read, again and
    again; what is read has no cycles.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _unlinked(links: Sequence[Link], before: str, first: int) -> Iterator[Stored]:
    for number, link in enumerate(links, start=first):
        if link.digest != digest(before, link.text):
            raise DamageError(f"the checksum of candidate {number} does not match")
        before = link.digest
        stored = _loaded(Stored, link.text, f"candidate {number}")
        if stored.candidate.number != number:
            raise DamageError(f"candidate {number} says it is {stored.candidate.number}")
        yield stored


def _loaded(kind: type[T], text: str, what: str) -> T:
    try:
        return loads_as(kind, text)
    except ValueError as error:
        raise DamageError(f"{what} cannot be read: {first_line(error)}") from None


def digest(before: str, text: str) -> str:
    """The sha256 of a text that follows another."""
    return hashlib.sha256(f"{len(before)} {before}\n{text}".encode()).hexdigest()
