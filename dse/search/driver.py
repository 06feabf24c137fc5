"""Start or continue a study."""

import logging
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from dse.files import make_folder, sweep
from dse.mistakes import UserError, check_counts
from dse.search.loop import Progress, SearchLoop
from dse.search.notebook import shown_by_default
from dse.search.rehearsal import rehearse
from dse.search.starting_points import reusable
from dse.store import Record, Store, open_store, read_store
from dse.store.opening import check_alone
from dse.store.place import Place
from dse.study import Study
from dse.trainings import (
    Trainer,
    asks_for_bits,
    bit_shares,
    check_executor,
    executors,
    trainings,
    with_bits,
)
from evaluators.scenario import Scenario

NOTES: Final = logging.getLogger(__name__)
MOST_CANDIDATES: Final = 1_000_000
MOST_WORKERS: Final = 100_000


def run(
    study: Study,
    *,
    candidates: int | None = None,
    workers: int | None = None,
    executor: str = "ray",
    ray_address: str | None = None,
    folder: str | Path = "results",
    progress: Progress | None = None,
    reuse: Record | None = None,
) -> Record:
    """Search until `candidates` are evaluated; call again to continue.

    Args:
        study: what to search, from `read_study`.
        candidates: goal that replaces the study's own. [-]
        workers: trainings at a time; the machine's cores by default. [-]
        executor: `ray`, `processes` or `inline`.
        ray_address: a cluster to join; none starts Ray on this machine.
        folder: where results live.
        progress: called after each candidate; in a notebook a line is shown by default.
        reuse: of another study, whose candidates on this study's axes come first, beyond the
            goal; only for a study that has not begun.

    Raises:
        UserError: what the user can mend; nothing finished is lost.
    """
    check_counts({"candidates": (candidates, MOST_CANDIDATES), "workers": (workers, MOST_WORKERS)})
    check_executor(executor, study.workers, ray_address)
    results = Path(folder)
    check_alone(study, results)
    if study.trains:
        executors.check_shipped(study, executor)
    goal = candidates or study.search.candidates
    finished = is_finished(study, results, goal)
    NOTES.info("study %s, goal %d candidates%s", study.name, goal, ", finished" * finished)
    if not finished:
        rehearse(study)
    with open_store(study, results) as store:
        if finished:
            if study.trains:
                _sweep(study, results)
            return store.record(store.candidates())
        study = store.place.study  # with the sampler that it was begun with
        reused = store.started_from(None if reuse is None else lambda: reusable(study, reuse))
        with _trainer(study, results, executor, workers, ray_address) as trainer:
            scenario = _scored_under(study, store, trainer)
            loop = SearchLoop(study, store, progress or shown_by_default(study.name),
                              scenario=scenario, reused=reused)  # fmt: skip
            return loop.run(goal, trainer if study.trains else None)


def is_finished(study: Study, results: Path, goal: int) -> bool:
    """Whether all that a search would do is stored: exactly so many candidates, the bits that it
    measures, and no rule that might have stopped it before. [-]
    """
    if Place(study, results).in_memory or study.search.stop.plateau_candidates:
        return False
    try:
        with closing(read_store(study, results)) as store:
            most = int(min(goal, study.candidates_at_most)) + len(store.started_from(None))
            measured = not asks_for_bits(study) or store.header.bit_shares is not None
            return measured and store.count() == most
    except UserError:  # nothing is stored, or it cannot be read: who opens it says so
        return False


@contextmanager
def _trainer(
    study: Study,
    folder: Path,
    executor: str,
    workers: int | None,
    address: str | None,
) -> Iterator[Trainer | None]:
    """Workers while the search runs; none where nothing is trained."""
    if not study.trains and not asks_for_bits(study):
        yield None
        return
    check_executor(executor, study.workers, address)
    trainer = trainings(
        study, study.scenario, folder, executor=executor, workers=workers, address=address
    )
    make_folder(trainer.cache.folder)
    _sweep(study, folder)
    with closing(trainer):
        yield trainer


def _sweep(study: Study, results: Path) -> None:
    """Remove what killed drivers left half written."""
    for swept in (results / "trainings", results / study.name):
        if swept.is_dir():
            sweep(swept, time.time())


def _scored_under(study: Study, store: Store, trainer: Trainer | None) -> Scenario:
    """The study's scenario, with the bits that it measures: once, where its trainings run.

    Raises:
        UserError: they cannot be measured.
    """
    if trainer is None or not asks_for_bits(study):
        return study.scenario
    bits = store.header.bit_shares
    if bits is None:
        bits = bit_shares.measured(trainer)
        store.keep_bits(bits)
    return with_bits(study.scenario, bits)
