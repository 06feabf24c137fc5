"""Start or continue a study."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dse.files import make_folder
from dse.mistakes import UserError
from dse.search.loop import Progress, SearchLoop, without_progress
from dse.search.rehearsal import rehearse
from dse.search.starting_points import reusable
from dse.store.record import Record
from dse.store.store import open_store, refuse_second_driver
from dse.study.study import Study
from dse.trainings.cache import TrainingCache
from dse.trainings.executors import check_executor, make_executor
from dse.trainings.lazy import OnDemand
from dse.trainings.trainer import Trainer
from evaluators.scenario import Scenario


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
        candidates: goal that replaces the study's own.
        workers: trainings at a time; the machine's cores by default.
        executor: `ray`, `processes` or `inline`.
        ray_address: a cluster to join; none starts Ray on this machine.
        folder: where results live.
        progress: called after each candidate.
        reuse: of another study, whose candidates on this study's axes come first, beyond the
            goal; only for a study that has not begun.

    Raises:
        UserError: what the user can mend; nothing finished is lost.
    """
    results = Path(folder)
    refuse_second_driver(study, results)
    rehearse(study)
    _check_data(study)
    with open_store(study, results) as store:
        reused = store.started_from(None if reuse is None else lambda: reusable(study, reuse))
        loop = SearchLoop(study, store, results, progress or without_progress, reused=reused)
        with _trainer(study, loop.scenario, results, executor, workers, ray_address) as trainer:
            return loop.run(candidates or study.search.candidates, trainer)


@contextmanager
def _trainer(
    study: Study,
    scenario: Scenario,
    folder: Path,
    executor: str,
    workers: int | None,
    address: str | None,
) -> Iterator[Trainer | None]:
    """Workers while the search runs; none where nothing is trained."""
    if not study.trains:
        yield None
        return
    check_executor(executor, study.workers, address)
    make_folder(folder / "trainings")
    working = OnDemand(
        lambda: make_executor(executor, workers, address, study=study, folder=folder)
    )
    try:
        yield Trainer(
            scenario,
            study_seed=study.search.seed,
            executor=working,
            cache=TrainingCache(folder / "trainings"),
        )
    finally:
        working.close()


def _check_data(study: Study) -> None:
    """Read a data set of ours before anything starts.

    Raises:
        UserError: it is missing or damaged.
    """
    recipe = study.scenario.training
    if ":" in recipe.data or recipe.data == "digits" or recipe.trainer or not study.trains:
        return
    from evaluators.training.data_files import DataError, load_arrays

    try:
        load_arrays(recipe.data, recipe.data_folder)
    except DataError as error:
        raise UserError(str(error)) from None
