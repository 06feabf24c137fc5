"""Where a study's candidates are kept: Optuna's relational storage, one driver at a time.

Whole candidates are appended in their order. Each carries a checksum, so that a damaged one is
found and not believed.
"""

import hashlib
import json
import math
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from dse.constraints import excesses
from dse.database import Patience, begun, connect
from dse.distributions import distributions, inside
from dse.jsonio import dumps, loads_as
from dse.lock import Owner, only_driver, refuse, running_driver
from dse.mistakes import NotBegunError, UserError
from dse.record import Candidate, Record, objective_values
from dse.reuse import Reused, as_text, from_text
from dse.storage import (
    MEMORY,
    check_file,
    make_folder,
    messages,
    shown,
    storage_url,
    study_folder,
)
from dse.study import Study

if TYPE_CHECKING:
    import optuna

SCHEMA: Final = 2
"""Version of what is stored; grows when older files can no longer be read."""


class Store:
    """An open study store."""

    def __init__(
        self, study: Study, optuna_study: "optuna.Study", hold: Callable[[], None] = lambda: None
    ) -> None:
        self._study = study
        self._patiently = Patience(hold)
        self._optuna = optuna_study
        self._objectives = tuple(optuna_study.user_attrs["objectives"])
        self._axes = study.open_axes
        self._distributions = distributions(self._axes)
        self._opened = time.monotonic()

    def candidates(self) -> list[Candidate]:
        """All stored candidates in order.

        Raises:
            UserError: a stored candidate is damaged.
        """
        trials = self._patiently(lambda _: self._optuna.get_trials(deepcopy=False))
        return [self._read(trial) for trial in trials if trial.state.is_finished()]

    def started_from(self, gather: Callable[[], list[Reused]] | None) -> list[Reused]:
        """What the study was started from; gathered and kept before its first candidate.

        Raises:
            UserError: the study has begun without.
        """
        return self._patiently(lambda _: self._started_from(gather))

    def _started_from(self, gather: Callable[[], list[Reused]] | None) -> list[Reused]:
        kept = self._optuna.user_attrs.get("reused")
        if kept is not None:
            return from_text(kept)
        if gather is None:
            return []
        if self._optuna.get_trials(deepcopy=False):
            raise UserError(
                f"study {self._study.name!r} has already begun, so it cannot start from another; "
                f"give it another `name`"
            )
        found = gather()
        self._optuna.set_user_attr("reused", as_text(found))
        return found

    def append(self, candidate: Candidate) -> None:
        """Add one candidate, durable on return."""
        self._patiently(lambda again: self._append(candidate, again=again))

    def durations(self) -> list[float]:
        """How long after its driver had opened the store each candidate was stored. [s]

        Not by the wall clock, which may be set meanwhile.
        """
        trials = self._patiently(lambda _: self._optuna.get_trials(deepcopy=False))
        return [float(trial.user_attrs.get("driver_s", math.nan)) for trial in trials]

    def _append(self, candidate: Candidate, *, again: bool) -> None:
        import optuna

        if again and len(self._optuna.get_trials(deepcopy=False)) > candidate.number:
            return  # the attempt before was kept, only its answer was lost
        text = dumps(candidate)
        values = self._values(candidate)
        limits = self._study.limits if values else ()
        known = self._distributions if inside(self._axes, candidate.values) else {}
        state = optuna.trial.TrialState
        self._optuna.add_trial(
            optuna.trial.create_trial(
                state=state.COMPLETE if values else state.FAIL,
                values=values,
                params={name: candidate.values[name] for name in known},
                distributions=known,
                constraints=excesses(candidate.evaluation, limits),
                user_attrs={
                    "candidate": text,
                    "sha256": _digest(text),
                    "driver_s": round(time.monotonic() - self._opened, 3),
                },
            )
        )

    def _values(self, candidate: Candidate) -> tuple[float, ...] | None:
        """Objectives that the store was made for; None where the study now asks for less."""
        try:
            return objective_values(candidate.evaluation, self._objectives)
        except ValueError:
            return None

    def _read(self, trial: "optuna.trial.FrozenTrial") -> Candidate:
        text = trial.user_attrs.get("candidate", "")
        if trial.user_attrs.get("sha256") != _digest(text):
            raise UserError(
                f"candidate {trial.number} of study {self._study.name!r} is damaged: its checksum "
                f"does not match; restore the store from a copy"
            )
        return loads_as(Candidate, text)


@contextmanager
def open_store(study: Study, folder: Path) -> Iterator[Store]:
    """Open or create a study's store for its one driver.

    Raises:
        UserError: another driver runs, the folder cannot be written, the file is no store, or the
            stored study differs from this one in what matters.
    """
    home = study_folder(study, folder)
    make_folder(home)
    if study.storage == MEMORY:
        yield Store(study, _fresh(study, None))
        return
    with ExitStack() as held:
        with messages(study, folder):
            hold = held.enter_context(only_driver(storage_url(study, folder), study.name))
        yield Store(study, _create_or_load(study, folder), hold)


def refuse_second_driver(study: Study, folder: Path) -> None:
    """Look for a running driver before anything slow.

    Raises:
        UserError: there is one, or the database cannot be reached.
    """
    refuse(driver_of(study, folder))


def driver_of(study: Study, folder: Path) -> Owner | None:
    """The driver that runs this study now, if one does.

    Raises:
        UserError: the database cannot be reached.
    """
    if study.storage == MEMORY:
        return None
    with messages(study, folder):
        return running_driver(storage_url(study, folder), study.name)


def read_store(study: Study, folder: Path) -> Store:
    """Open an existing store to look at it, beside a running driver.

    Raises:
        UserError: nothing is stored yet, or the file is no store.
    """
    import optuna

    check_file(study, folder, must_exist=True)
    with messages(study, folder):
        if not begun(storage_url(study, folder), study.name):
            raise NotBegunError(
                f"study {study.name!r} is not in {shown(study, folder)}; `dse run` starts it"
            )
        storage = connect(storage_url(study, folder))
        found_study = optuna.load_study(study_name=study.name, storage=storage)
        _check_schema(study, found_study.user_attrs)
        _check_same(json.loads(found_study.user_attrs["fingerprint"]), study)
        return Store(study, found_study)


def read_record(study: Study, folder: Path) -> Record:
    """What is stored of a study.

    Raises:
        UserError: nothing is stored yet, or the file is no store.
    """
    candidates = read_store(study, folder).candidates()
    if not candidates:
        raise NotBegunError(f"study {study.name!r} has no finished candidate yet")
    return Record(study=study, candidates=tuple(candidates), folder=study_folder(study, folder))


def _create_or_load(study: Study, folder: Path) -> "optuna.Study":
    check_file(study, folder, must_exist=False)
    with messages(study, folder):
        return _fresh(study, connect(storage_url(study, folder)))


def _fresh(study: Study, storage: "optuna.storages.BaseStorage | None") -> "optuna.Study":
    """The Optuna study of this name, made where it does not exist, else checked."""
    import optuna

    from dse.objectives import objective

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    created = optuna.create_study(
        study_name=study.name,
        storage=storage,
        directions=[objective(name).direction for name in study.objectives],
        load_if_exists=True,
    )
    known = created.user_attrs
    _check_schema(study, known)
    if "fingerprint" in known:
        _check_same(json.loads(known["fingerprint"]), study)
    else:
        created.set_user_attr("schema", SCHEMA)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            created.set_metric_names(list(study.objectives))
        created.set_user_attr("objectives", list(study.objectives))
        created.set_user_attr("fingerprint", dumps(study.fingerprint()))
    return created


def _check_schema(study: Study, known: Mapping[str, Any]) -> None:
    if known and known.get("schema") != SCHEMA:
        raise UserError(
            f"study {study.name!r} was stored in form {known.get('schema')!r}, and this version "
            f"reads form {SCHEMA}; continue it with the version that made it, or give it another "
            f"`name`"
        )


def _check_same(stored: dict[str, Any], study: Study) -> None:
    now = json.loads(dumps(study.fingerprint()))
    before, after = _flat(stored), _flat(now)
    changed = [
        f"  {key}: stored {before.get(key, 'nothing')!r}, now {after.get(key, 'nothing')!r}"
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key)
    ]
    if changed:
        raise UserError(
            f"study {study.name!r} has changed since it was started, so it cannot be continued, "
            f"nor are its results its own:\n"
            + "\n".join(changed)
            + "\ngive it another `name`, or undo the change"
        )


def _flat(value: Any, path: str = "") -> dict[str, Any]:
    if isinstance(value, dict) and value:
        parts = [_flat(item, f"{path}.{key}" if path else key) for key, item in value.items()]
        return {key: item for part in parts for key, item in part.items()}
    return {path: value}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
