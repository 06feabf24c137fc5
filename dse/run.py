"""Start or continue a study."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dse.executors.executor import Executor
from dse.measured_bits import with_measured_bits
from dse.mistakes import UserError
from dse.proposals import Proposal, Proposer, enqueued
from dse.record import Candidate, Record
from dse.rehearse import rehearse
from dse.store import Store, open_store, study_folder
from dse.study import Study
from dse.trainer import PendingTraining, Trainer
from dse.training_cache import TrainingCache
from evaluators.evaluate import Evaluation, Status, score
from evaluators.scenario import Scenario

Progress = Callable[[int, int], None]
"""Called with the number of finished candidates and the goal."""

HOPELESS: Final = 5
"""If more than half of at least so many candidates fail, the cause is the set-up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A candidate on its way: stored, or scored and waiting for its trainings."""

    number: int
    proposal: Proposal
    stored: Candidate | None = None
    scored: Evaluation | None = None
    training: PendingTraining | None = None


def run(
    study: Study,
    *,
    candidates: int | None = None,
    workers: int | None = None,
    executor: str = "ray",
    ray_address: str | None = None,
    folder: str | Path = "results",
    progress: Progress | None = None,
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

    Raises:
        UserError: what the user can mend; nothing finished is lost.
    """
    results = Path(folder)
    rehearse(study)
    _check_data(study)
    with open_store(study, results) as store:
        loop = _Loop(study, store, results, progress or _silent)
        with loop.executor(executor, workers, ray_address):
            return loop.run(candidates or study.search.candidates)


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


def scenario_of(record: Record) -> Scenario:
    """The scenario under which a record's designs are scored."""
    return with_measured_bits(record.study, record.folder.parent)


def _silent(done: int, goal: int) -> None:
    del done, goal


class _Loop:
    """The search, batch by batch. Results are told and stored in the order of the numbers."""

    def __init__(self, study: Study, store: Store, folder: Path, progress: Progress) -> None:
        self._study = study
        self._store = store
        self._folder = folder
        self._progress = progress
        self._scenario = with_measured_bits(study, folder)
        self._stored = store.candidates()
        self._proposer = Proposer(study, self._scenario)
        self._done: list[Candidate] = []
        self._trains = study.trains
        self._trainer: Trainer | None = None

    @contextmanager
    def executor(self, name: str, workers: int | None, address: str | None) -> Iterator[None]:
        """Provide workers while the search runs; none where nothing is trained."""
        if not self._trains:
            yield
            return
        executor = make_executor(name, workers, address)
        try:
            self._trainer = Trainer(
                self._scenario,
                study_seed=self._study.search.seed,
                executor=executor,
                cache=TrainingCache(self._folder / "trainings"),
            )
            yield
        finally:
            executor.close()

    def run(self, goal: int) -> Record:
        """Evaluate until `goal` candidates are known."""
        search = self._study.search
        goal = int(min(goal, self._study.candidates_at_most))
        waiting: deque[list[Pending]] = deque([self._start(enqueued(self._study), 0)])
        proposed = len(waiting[0])
        while proposed < goal:
            size = min(search.batch, goal - proposed)
            stored = self._stored[proposed : proposed + size]
            waiting.append(self._start(self._proposer.next_batch(size, stored), proposed))
            proposed += size
            if len(waiting) > search.lookahead:
                self._finish(waiting.popleft(), goal)
        while waiting:
            self._finish(waiting.popleft(), goal)
        return Record(
            study=self._study,
            candidates=tuple(self._done),
            folder=study_folder(self._study, self._folder),
        )

    def _start(self, proposals: list[Proposal], first: int) -> list[Pending]:
        """Score what is not stored and send its trainings off."""
        known = self._stored[first : first + len(proposals)]
        new = proposals[len(known) :]
        pending = [
            Pending(number=first + place, proposal=proposals[place], stored=candidate)
            for place, candidate in enumerate(known)
        ]
        scored = score([proposal.design for proposal in new], self._scenario) if new else []
        for proposal, evaluation in zip(new, scored, strict=True):
            training = None
            if self._trainer and evaluation.profile is not None:
                training = self._trainer.request(evaluation.design, evaluation.profile)
            pending.append(
                Pending(
                    number=first + len(pending),
                    proposal=proposal,
                    scored=evaluation,
                    training=training,
                )
            )
        return pending

    def _finish(self, batch: list[Pending], goal: int) -> None:
        for pending in batch:
            candidate = pending.stored or self._evaluated(pending)
            self._proposer.tell(pending.proposal, candidate)
            self._done.append(candidate)
            self._progress(len(self._done), max(goal, len(self._done)))
            self._stop_if_hopeless()

    def _evaluated(self, pending: Pending) -> Candidate:
        evaluation = pending.scored
        assert evaluation is not None
        if pending.training is not None:
            evaluation = pending.training.complete(evaluation)
        candidate = Candidate(
            number=pending.number,
            source=pending.proposal.source,
            values=pending.proposal.values,
            evaluation=evaluation,
            objectives=self._study.objectives,
        )
        self._store.append(candidate)
        return candidate

    def _stop_if_hopeless(self) -> None:
        if reason := _hopeless([candidate.evaluation for candidate in self._done]):
            raise UserError(f"stopped, as {reason}")


def _hopeless(done: list[Evaluation]) -> str:
    """Why it makes no sense to go on, or an empty string."""
    failed = [evaluation for evaluation in done if evaluation.status is Status.FAILED]
    if done[0].status is Status.FAILED:
        return f"the all-SRAM baseline failed: {failed[0].reason}"
    if len(done) >= HOPELESS and 2 * len(failed) > len(done):
        return f"{len(failed)} of {len(done)} candidates failed, at last: {failed[-1].reason}"
    return ""


def make_executor(name: str, workers: int | None, address: str | None) -> Executor:
    """The executor called `name`.

    Raises:
        UserError: no such executor.
    """
    match name:
        case "inline":
            from dse.executors.inline import Inline

            return Inline()
        case "ray":
            from dse.executors.on_ray import OnRay

            return OnRay(workers, address)
        case "processes":
            from dse.executors.processes import Processes

            return Processes(workers)
        case _:
            raise UserError(f"unknown executor {name!r}; known: ray, processes, inline")
