"""How far a study is: counts, hypervolume, who runs it, and how long it still takes."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from math import inf
from pathlib import Path
from typing import Any, Final

from dse.mistakes import NotBegunError, UserError
from dse.results.fronts import Front, front
from dse.results.slice_points import is_nested, union
from dse.store import Owner, Store, database, health, lock, place, read_store
from dse.study import Study
from evaluators.evaluate import Status
from evaluators.plugins import UserCodeError

RECENT: Final = 50
"""Candidates whose mean duration tells the time left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A study at one moment.

    `running` candidates are scored and their trainings are queued or under way. `time_left_s` is
    None before two candidates are known. [s]
    """

    name: str
    goal: int
    done: int
    running: int
    ok: int
    diverged: int
    failed: int
    infeasible: int
    front: int | None
    hypervolume: float | None
    driver: Owner | None
    time_left_s: float | None

    @property
    def plain(self) -> dict[str, Any]:
        """All of it, ready for JSON."""
        return asdict(self)


class Observer:
    """Looks at a study beside its driver: short reads, no lock, no table made.

    Raises:
        UserError: the storage cannot be looked at from here.
    """

    def __init__(self, study: Study, folder: Path) -> None:
        self._place = place.Place(study, folder)
        if self._place.in_memory:
            raise UserError(
                f"study {study.name!r} keeps its results in memory, so only its own process "
                f"knows how far it is"
            )
        self._patiently = database.Patience()
        self._store: Store | None = None
        self._reused = 0
        self._front: Front | None = None
        self._users_alone = False
        """Whether the front needs code of the user's that is left alone."""

    def look(self) -> Progress:
        """The study now; the driver first, so that what it did before it ended is seen.

        Raises:
            NotBegunError: nothing is stored yet, and no driver runs that could be starting.
            UserError: the store cannot be read, or is of another study.
        """
        driver = self.driver()
        try:
            store = self._store = self._store or self._opened()
        except NotBegunError:
            if driver is None:
                raise
            return self._progress(driver, ())
        return self._progress(driver, self._patiently(lambda _: store.durations()))

    def driver(self) -> Owner | None:
        """Who runs the study now."""
        url, name = self._place.url, self._place.study.name
        with health.messages(self._place):
            return self._patiently(lambda _: lock.running_driver(url, name))

    def _opened(self) -> Store:
        store = read_store(self._place.study, self._place.folder)
        self._reused = len(store.started_from(None))
        return store

    def _progress(self, driver: Owner | None, durations: Sequence[float]) -> Progress:
        study = self._place.study
        goal = int(min(study.search.candidates, _at_most(study)))
        goal += self._reused
        states, found = self._statuses(len(durations)), self._current(len(durations))
        done = len(states)
        return Progress(
            name=study.name,
            goal=goal,
            done=done,
            running=under_way(study, done, goal=goal, reused=self._reused) if driver else 0,
            ok=states.count(Status.OK),
            diverged=states.count(Status.DIVERGED),
            failed=states.count(Status.FAILED),
            infeasible=states.count(Status.INFEASIBLE),
            front=None if self._users_alone else len(found.candidates) if found else 0,
            hypervolume=_hypervolume(found),
            driver=driver,
            time_left_s=time_left_s(durations, max(goal - done, 0)),
        )

    def _statuses(self, count: int) -> list[Status]:
        if count == 0 or self._store is None:
            return []
        return [candidate.evaluation.status for candidate in self._store.candidates()]

    def _current(self, count: int) -> Front | None:
        """The front, worked out again only where there are more candidates.

        None where it needs code of the user's, and that is left alone.
        """
        if self._users_alone:
            return None
        try:
            return self._found(count)
        except UserCodeError:
            self._users_alone = True
            return None

    def _found(self, count: int) -> Front | None:
        known = self._front
        if count == 0 or self._store is None:
            return None
        if known is None or len(known.record.candidates) != count:
            candidates = tuple(self._store.candidates())
            record = replace(self._store.record(candidates), bits=self._store.bits())
            if known is None or not is_nested(record) or known.solver is None:
                known = front(record)
            else:  # its solver knows the slices of the candidates before
                known = replace(known, record=record, slices=union(record, known.solver),
                                known_solver=known.solver)  # fmt: skip
            self._front = known
        return known


def _at_most(study: Study) -> float:
    """Designs that a grid has; no limit where only code of the user's tells, and is left alone."""
    try:
        return study.candidates_at_most
    except UserCodeError:
        return inf


def under_way(study: Study, done: int, *, goal: int, reused: int = 0) -> int:
    """Candidates that a driver has started and not yet stored, from how it forms its batches. [-]

    The first batch are the designs that are given; with `lookahead` n a batch is started before
    the n before it are finished.
    """
    end = 2 + len(study.designs) + reused
    while end <= done and end < goal:
        end += study.search.batch
    if done < end:
        end += study.search.lookahead * study.search.batch
    return max(min(end, max(goal, 2 + len(study.designs) + reused)) - done, 0)


def time_left_s(durations: Sequence[float], left: int) -> float | None:
    """Time for so many candidates at the mean pace of the last ones; None where it is unknown.

    Args:
        durations: of each candidate, since its driver began. They fall where another driver went
            on, whose first candidate's own time is not known. [s]
        left: candidates. [-]
    """
    if left == 0:
        return 0.0
    steps = [later - earlier for earlier, later in pairwise(durations) if later >= earlier][
        -RECENT:
    ]
    return left * sum(steps) / len(steps) if steps else None


def _hypervolume(found: Front | None) -> float | None:
    """None before the all-SRAM baseline, which bounds it, or where that failed."""
    try:
        return None if found is None else round(found.hypervolume, 6)
    except UserError:
        return None
