"""Trainings on demand: each distinct one is run once, kept, and shared."""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from dse.mistakes import UserError
from dse.trainings.cache import TrainingCache, task_key
from dse.trainings.executor import Executor
from evaluators.design import DesignPoint, ErrorProfile
from evaluators.evaluate import Evaluation, Status, with_training
from evaluators.scenario import Scenario, resolved
from evaluators.training import TrainingRun, TrainingTask, training_tasks


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingTraining:
    """The runs that one evaluation waits for, faulty and fault-free, by seed."""

    faulty: tuple["Future[TrainingRun]", ...]
    fault_free: tuple["Future[TrainingRun]", ...]

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
                reason=f"training lost: {type(error).__name__}: {_last_line(error)}",
            )
        return with_training(evaluation, faulty, fault_free)


class Trainer:
    """Gives the future of every training, from the cache, from one under way, or a new one."""

    def __init__(
        self,
        scenario: Scenario,
        *,
        study_seed: int,
        executor: Executor,
        cache: TrainingCache,
        threads: int = 1,
    ) -> None:
        self._scenario = scenario
        self._threads = threads
        self._seed = study_seed
        self._executor = executor
        self._cache = cache
        self._known: dict[str, Future[TrainingRun]] = {}
        self.started = 0

    def request(self, design: DesignPoint, profile: ErrorProfile) -> PendingTraining:
        """Start what a design's profile needs and return at once."""
        scenario = resolved(design, self._scenario)
        free = ErrorProfile.none(scenario.bits)
        return PendingTraining(
            faulty=self._runs(profile, scenario), fault_free=self._runs(free, scenario)
        )

    def _runs(
        self, profile: ErrorProfile, scenario: Scenario
    ) -> tuple["Future[TrainingRun]", ...]:
        tasks: Sequence[TrainingTask] = training_tasks(
            profile,
            scenario.training,
            number_format=scenario.number_format,
            study_seed=self._seed,
            threads=self._threads,
        )
        return tuple(self._run(task) for task in tasks)

    def _run(self, task: TrainingTask) -> "Future[TrainingRun]":
        key = task_key(task)
        if key not in self._known:
            self._known[key] = self._cached(task) or self._start(task)
        return self._known[key]

    def _cached(self, task: TrainingTask) -> "Future[TrainingRun] | None":
        run = self._cache.get(task)
        if run is None:
            return None
        future: Future[TrainingRun] = Future()
        future.set_result(run)
        return future

    def _start(self, task: TrainingTask) -> "Future[TrainingRun]":
        self.started += 1
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
            self._cache.put(task, run)
        except BaseException as error:
            kept.set_exception(error)
        else:
            kept.set_result(run)


def _last_line(error: Exception) -> str:
    """The cause: an error from afar brings its traceback along."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"
