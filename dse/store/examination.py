"""Looks at all that a study keeps, says what is wrong and what to do, and repairs its store."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from dse.mistakes import UserError
from dse.store.chain import check_same
from dse.store.creation import new_store
from dse.store.health import check_file, messages, reading, refuse_locked
from dse.store.lock import last_owner, only_driver
from dse.store.opening import driver_of, read_store
from dse.store.place import Place
from dse.store.record import Candidate
from dse.store.salvage import keep_copy, replace_store, salvaged
from dse.store.store import Store
from dse.study import Study
from dse.trainings import Trainer, made_with, trainings
from evaluators.energy import version
from evaluators.plugins import UserCodeError
from evaluators.training import TrainingTask


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was looked at, what was found, and what to do about it."""

    what: str
    state: Literal["sound", "note", "bad"]
    told: str
    remedy: str = ""


def examine(study: Study, folder: Path) -> list[Finding]:
    """Everything that can be said of a study's results, nothing changed."""
    place = Place(study, folder)
    findings: list[Finding] = []
    try:
        findings.append(_driver(place))
        with closing(read_store(study, folder)) as store:
            findings += _of_store(place, store)
    except UserError as error:
        findings.append(Finding(what="store", state="bad", told=str(error)))
    return findings


def _of_store(place: Place, store: Store) -> list[Finding]:
    """What its candidates tell, once each of their checksums was found to match."""
    candidates = store.candidates()
    told = f"{len(candidates)} candidates in {place.in_words}, every checksum matches"
    findings = [
        Finding(what="store", state="sound", told=told),
        _rows(store, candidates),
        _made_with(store),
        *_models(store),
    ]
    try:
        return [*findings, _trainings(place, candidates)] if place.study.trains else findings
    except UserCodeError as error:
        told = f"kept trainings were not looked at: {error}"
        remedy = "--user-code looks at them"
        return [*findings, Finding(what="trainings", state="note", told=told, remedy=remedy)]


def repair_store(study: Study, folder: Path) -> Finding:
    """Put a store of every whole candidate in the place of a damaged one, and keep a copy of that.

    Raises:
        UserError: there is nothing to repair, a driver runs, or it cannot be repaired here.
    """
    place = Place(study, folder)
    file = place.file
    if file is None:
        raise UserError(
            f"{place.in_words} is on a server: restore it from a backup, or give the study "
            f"another `name`; finished trainings are kept"
        )
    if not file.exists():
        check_file(place, to_write=False)
    with messages(place), only_driver(place.url, study.name):
        refuse_locked(file)
        bad = {finding.what for finding in examine(study, folder) if finding.state == "bad"}
        if not bad & {"store", "dashboard"}:
            return Finding(what="repair", state="note", told="the store is sound, nothing changed")
        with reading(place):
            found = salvaged(study, file)
        check_same(found.header, study)
        kept = keep_copy(file)
        try:
            with new_store(study, file, found.header) as (new, made):
                store = Store(place, made)
                if found.reused is not None:
                    store.start_from(found.reused)
                for candidate, link in zip(found.candidates, found.links, strict=True):
                    store.append_link(candidate, link)
            replace_store(file, new)
        except OSError as error:
            raise UserError(
                f"{str(file)!r} cannot be repaired ({error.strerror}); it stays in {str(kept)!r}"
            ) from None
    return Finding(
        what="repair",
        state="note",
        told=f"{len(found.links)} candidates saved; the damaged file is kept as {str(kept)!r}",
        remedy="`dse run STUDY` goes on from there; trainings that are kept are not run again"
        + ("" if found.links else "; if it was started with --reuse, give that again"),
    )


def _driver(place: Place) -> Finding:
    owner = driver_of(place.study, place.folder)
    if owner is not None:
        remedy = "this is as it should be; stop it before --repair"
        return Finding(what="driver", state="note", told=f"runs: {owner}", remedy=remedy)
    before = last_owner(place.url, place.study.name)
    told = f"none runs; the last was {before}" if before else "none runs"
    return Finding(what="driver", state="sound", told=told)


def _rows(store: Store, candidates: Sequence[Candidate]) -> Finding:
    """The rows that only other programs read."""
    try:
        wrong = [c.number for c in candidates if store.rows_differ(c)]
    except UserCodeError as error:
        told = f"its rows were not looked at: {error}"
        remedy = "--user-code looks at them; nothing shown by dse comes from there"
        return Finding(what="dashboard", state="note", told=told, remedy=remedy)
    if not wrong:
        return Finding(what="dashboard", state="sound", told="its rows match the candidates")
    return Finding(
        what="dashboard",
        state="bad",
        told=f"rows of {len(wrong)} candidates differ from what was stored, first of {wrong[0]}",
        remedy="what dse shows is right, what optuna-dashboard shows is not: "
        "`dse doctor STUDY --repair` writes them again",
    )


def _made_with(store: Store) -> Finding:
    """Versions and kind of CPU of the store and its candidates, against those here."""
    here = made_with()
    others = [store.header.made_with, *(stored.made_with for stored in store.stored())]
    differing = {
        f"{key} {other.get(key, 'unknown')} (here {value})"
        for other in others
        for key, value in here.items()
        if other.get(key) != value
    }
    if not differing:
        told = ", ".join(f"{key} {value}" for key, value in here.items())
        return Finding(what="made with", state="sound", told=told)
    return Finding(
        what="made with",
        state="note",
        told="; ".join(sorted(differing)),
        remedy="values stay right; to get the very same table, continue where it was started",
    )


def _models(store: Store) -> list[Finding]:
    """Other models than those here made what is stored, or several did."""
    found = sorted({store.header.models, *(stored.models for stored in store.stored())})
    if found == [version.MODEL_VERSION]:
        return []
    told = f"version {' and '.join(map(str, found))} (here {version.MODEL_VERSION})"
    remedy = "figures stay as they are stored; `dse run NEW.toml --reuse STUDY` scores them anew"
    state: Literal["note", "bad"] = "note" if len(found) == 1 else "bad"
    return [Finding(what="models", state=state, told=told, remedy=remedy)]


def _trainings(place: Place, candidates: Sequence[Candidate]) -> Finding:
    """The kept trainings that the candidates were made from."""
    trainer = trainings(place.study, place.study.scenario, place.folder)
    cache = trainer.cache
    tasks = {cache.file(task): task for task in _tasks(trainer, candidates)}
    there = [file for file in tasks if file.exists()]
    damaged = [str(file) for file in there if cache.get(tasks[file]) is None]
    told = f"{len(there) - len(damaged)} of {len(tasks)} kept and whole"
    if damaged:
        return Finding(
            what="trainings",
            state="bad",
            told=f"{told}, {len(damaged)} damaged: {', '.join(damaged[:3])}",
            remedy="delete what is damaged; nothing shown comes from it, and a run that needs it "
            "trains again",
        )
    if len(there) < len(tasks):
        remedy = "candidates hold their results; a training is run again only for a new study"
        return Finding(what="trainings", state="note", told=told, remedy=remedy)
    return Finding(what="trainings", state="sound", told=told)


def _tasks(trainer: Trainer, candidates: Sequence[Candidate]) -> Iterator[TrainingTask]:
    for evaluation in (candidate.evaluation for candidate in candidates):
        if evaluation.training is not None and evaluation.profile is not None:
            for tasks in trainer.tasks(evaluation.design, evaluation.profile):
                yield from tasks
