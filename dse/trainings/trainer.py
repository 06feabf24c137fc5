"""Trainings on demand: each distinct one is run once, kept, and shared."""

import logging
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from dse.files import check_place
from dse.mistakes import UserError
from dse.study import Study
from dse.study.contents import training_contents
from dse.trainings.cache import TrainingCache
from dse.trainings.claims import Awaited, Claims
from dse.trainings.executor import Executor
from dse.trainings.executors import check_shipped, make_executor
from dse.trainings.lazy import OnDemand
from dse.trainings.written import counted_writes
from evaluators.design import DesignPoint, ErrorProfile
from evaluators.evaluate import Evaluation, Status, with_training
from evaluators.scenario import Scenario, resolved
from evaluators.training import TrainingRun, TrainingTask, WritesPerValue, training_tasks

NOTES: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingTraining:
    """The runs that one evaluation waits for, faulty and fault-free, by seed; `whole` if all."""

    faulty: tuple["Future[TrainingRun]", ...]
    fault_free: tuple["Future[TrainingRun]", ...]
    whole: bool = True

    def complete(self, evaluation: Evaluation) -> Evaluation:
        """Wait for the runs and add them; a worker lost for good fails the evaluation.

        Raises:
            UserError: a finished run could not be kept.
        """
        try:
            faulty = [future.result() for future in self.faulty]
            fault_free = [future.result() for future in self.fault_free]
        except UserError:
            raise
        except Exception as error:
            return Evaluation(
                status=Status.FAILED,
                design=evaluation.design,
                profile=evaluation.profile,
                energy=evaluation.energy,
                reason=f"training lost: {type(error).__name__}: {last_line(error)}",
            )
        return with_training(evaluation, faulty, fault_free)


class Trainer:
    """Gives the future of every training, from the cache, from one under way, or a new one.

    Args:
        study: decides the seed and the threads of each.
        scenario: under which designs are trained: the study's, or a variation of it.
        executor: where trainings run.
        cache: where finished ones are kept.
    """

    def __init__(
        self, study: Study, scenario: Scenario, *, executor: Executor, cache: TrainingCache
    ) -> None:
        self._study = study
        self._scenario = scenario
        self._executor = executor
        self.cache = cache
        self._claims = Claims(cache.folder / ".claims")
        self._known: dict[str, Future[TrainingRun]] = {}
        self._counted: dict[str, WritesPerValue] = {}
        self._free: dict[tuple[str, str], tuple[Scenario, tuple[TrainingTask, ...]]] = {}
        """By the number format and the encoding that designs ask for."""

    def tasks(
        self, design: DesignPoint, profile: ErrorProfile
    ) -> tuple[tuple[TrainingTask, ...], tuple[TrainingTask, ...]]:
        """What a design with this profile needs, by seed: with its faults, and without any."""
        asked = (design.number_format, design.encoding)
        if asked not in self._free:
            scenario = resolved(design, self._scenario)
            self._free[asked] = scenario, self._tasks(ErrorProfile.none(scenario.bits), scenario)
        scenario, free = self._free[asked]
        return self._tasks(profile, scenario), free

    def first_task(self) -> TrainingTask:
        """The scenario's fault-free training with the first seed."""
        return self._tasks(ErrorProfile.none(self._scenario.bits), self._scenario)[0]

    def request(
        self, design: DesignPoint, profile: ErrorProfile, seeds: int = 0
    ) -> PendingTraining:
        """Start what a design's profile needs and return at once; `seeds` the first of all. [-]"""
        faulty, free = self.tasks(design, profile)
        count = seeds or len(faulty)
        return PendingTraining(
            faulty=tuple(self.run(task) for task in faulty[:count]),
            fault_free=tuple(self.run(task) for task in free[:count]),
            whole=count >= len(faulty),
        )

    def close(self) -> None:
        """Stop the workers that were started."""
        self._executor.close()
        self._claims.close()

    def run(self, task: TrainingTask) -> "Future[TrainingRun]":
        """Start one training, or take the one that is kept or under way.

        Raises:
            UserError: it could not be kept where it belongs.
        """
        key = self.cache.key(task)
        if key not in self._known:
            self._known[key] = self._cached(task) or self._claimed(task) or self._awaited(task)
        return self._known[key]

    def _tasks(self, profile: ErrorProfile, scenario: Scenario) -> tuple[TrainingTask, ...]:
        return training_tasks(
            profile,
            replace(scenario.training, device=self._study.recipe.device),
            number_format=scenario.number_format,
            study_seed=self._study.search.seed,
            threads=self._study.workers.cpus,
            writes=self._writes(profile, scenario),
        )

    def _writes(self, profile: ErrorProfile, scenario: Scenario) -> WritesPerValue | None:
        """What is counted of the study, once a number format, where a training asks for it."""
        if scenario.training.writes_per_value != "counted" or profile.error_free:
            return None
        name = scenario.number_format
        if name not in self._counted:
            self._counted[name] = counted_writes(self._study, scenario)
        return self._counted[name]

    def _cached(self, task: TrainingTask) -> "Future[TrainingRun] | None":
        run = self.cache.get(task)
        if run is None:
            return None
        future: Future[TrainingRun] = Future()
        future.set_result(run)
        return future

    def _claimed(self, task: TrainingTask) -> "Future[TrainingRun] | None":
        """A training that no other driver runs: started, or kept by one a moment ago."""
        key = self.cache.key(task)
        check_place(self.cache.file(task))
        if not self._claims.take(key):
            return None
        kept = self._cached(task)
        if kept is not None:
            self._claims.free(key)
        return kept or self._start(task)

    def _awaited(self, task: TrainingTask) -> "Future[TrainingRun]":
        """A training that another driver runs now."""
        return Awaited(
            lambda: self._cached(task) or self._claimed(task),
            lambda: self._start(task),
            task.recipe.time_limit_s,
            self._claims.owner(self.cache.key(task)),
        )

    def _start(self, task: TrainingTask) -> "Future[TrainingRun]":
        NOTES.info("training %s starts", self.cache.key(task)[:12])
        kept: Future[TrainingRun] = Future()
        kept.set_running_or_notify_cancel()
        self._executor.submit(task).add_done_callback(lambda done: self._keep(task, done, kept))
        return kept

    def _keep(
        self, task: TrainingTask, done: "Future[TrainingRun]", kept: "Future[TrainingRun]"
    ) -> None:
        """Give out a run once it is on disk; a disk that fails ends the search, not the run."""
        try:
            run = done.result()
            self.cache.put(task, run)
        except BaseException as error:
            NOTES.info("training %s failed: %s", self.cache.key(task)[:12], error)
            kept.set_exception(error)
        else:
            NOTES.info("training %s is kept", self.cache.key(task)[:12])
            kept.set_result(run)
        finally:
            self._claims.free(self.cache.key(task))


def trainings(
    study: Study,
    scenario: Scenario,
    folder: Path,
    *,
    executor: str = "inline",
    workers: int | None = None,
    address: str | None = None,
) -> Trainer:
    """The trainings of a study, kept in a results folder; the caller closes them.

    Workers start with the first training that is not kept already.

    Args:
        study: whose trainings these are.
        scenario: the study's own, or a variation of it.
        folder: where results live.
        executor: `ray`, `processes` or `inline`.
        workers: trainings at a time; the machine's cores by default. [-]
        address: a Ray cluster to join.
    """
    check_shipped(study, executor)
    contents = training_contents(scenario.training, folder)
    return Trainer(
        study,
        scenario,
        executor=OnDemand(
            lambda: make_executor(executor, workers, address, study=study, folder=folder)
        ),
        cache=TrainingCache(folder / "trainings", contents),
    )


def last_line(error: Exception) -> str:
    """The cause: an error from afar brings its traceback along."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"
