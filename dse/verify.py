"""`dse verify`: the front trained again, longer and with more seeds; keeps what holds."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dse.front import Front, front
from dse.mistakes import UserError
from dse.outputs import export
from dse.record import Candidate, Record
from dse.run import make_executor
from dse.trainer import Trainer
from dse.training_cache import TrainingCache
from evaluators.evaluate import Evaluation

if TYPE_CHECKING:
    import pandas as pd

LONGER: Final = 5
LEAST_SEEDS: Final = 3
ALLOWED_GROWTH: Final = 0.01
"""A design holds if its loss grows by no more than a point and two standard deviations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A design of the front before and after."""

    candidate: Candidate
    again: Evaluation

    @property
    def holds(self) -> bool:
        """Whether the longer training ended well and lost hardly more."""
        before, after = self.candidate.evaluation.training, self.again.training
        if before is None or after is None or self.again.status.value != "ok":
            return False
        noise = max(before.accuracy_loss_sd, after.accuracy_loss_sd)
        limit = max(before.accuracy_loss, 0.0) + ALLOWED_GROWTH + 2.0 * noise
        return after.accuracy_loss <= limit


def verify(
    record: Record,
    *,
    folder: Path,
    longer: int = LONGER,
    seeds: int | None = None,
    workers: int | None = None,
    executor: str = "ray",
    progress: Callable[[int, int], None] | None = None,
) -> list[Verified]:
    """Train the front of a record again.

    Args:
        record: of a study that trains.
        folder: where trainings are kept; a second call trains nothing again.
        longer: factor on the steps.
        seeds: of each design; by default one more than the study's, at least three.
        workers: trainings at a time.
        executor: as in `dse.run`.
        progress: called after each design.

    Raises:
        UserError: a study that does not train.
    """
    study = record.study
    if not study.trains:
        raise UserError(f"study {study.name!r} trains nothing: there is nothing to verify")
    recipe = study.scenario.training
    wanted = seeds or max(LEAST_SEEDS, recipe.seeds + 1)
    training = replace(
        recipe, steps=longer * recipe.steps, seeds=wanted,
        time_limit_s=longer * recipe.time_limit_s,
    )  # fmt: skip
    scenario = replace(study.scenario, training=training)
    best = front(record).candidates
    working = make_executor(executor, workers, None, study=study, folder=folder)
    try:
        trainer = Trainer(
            scenario, study_seed=study.search.seed, executor=working,
            cache=TrainingCache(folder / "trainings"), threads=study.workers.cpus,
        )  # fmt: skip
        pending = [
            trainer.request(c.evaluation.design, c.evaluation.profile)
            for c in best
            if c.evaluation.profile is not None
        ]
        verified = []
        for candidate, training_runs in zip(best, pending, strict=True):
            again = training_runs.complete(candidate.evaluation)
            verified.append(Verified(candidate=candidate, again=again))
            if progress is not None:
                progress(len(verified), len(best))
        return verified
    finally:
        working.close()


def verified_front(record: Record, verified: list[Verified]) -> Front:
    """The front of what held, by the accuracy of the longer trainings."""
    kept = tuple(replace(v.candidate, evaluation=v.again) for v in verified if v.holds)
    study = replace(record.study, search=replace(record.study.search, strategy="joint"))
    return front(replace(record, study=study, candidates=(record.baseline, *kept)))


def table(verified: list[Verified]) -> "pd.DataFrame":
    """One row a design of the front: loss before and after, and whether it holds."""
    import pandas as pd

    rows = []
    for found in verified:
        before, after = found.candidate.evaluation.training, found.again.training
        rows.append(
            {
                "number": found.candidate.number,
                "holds": found.holds,
                "status": found.again.status.value,
                "accuracy_loss": before.accuracy_loss if before else None,
                "accuracy_loss_sd": before.accuracy_loss_sd if before else None,
                "verified_accuracy_loss": after.accuracy_loss if after else None,
                "verified_accuracy_loss_sd": after.accuracy_loss_sd if after else None,
                "energy_j": found.again.energy.energy_j if found.again.energy else None,
                "reason": found.again.reason,
            }
        )
    return pd.DataFrame(rows)


def print_verified(record: Record, verified: list[Verified], *, as_json: bool) -> None:
    """Print what held, and write the table beside the store."""
    found = table(verified)
    file = record.folder / "verified.csv"
    export(found, {"csv": file})
    if as_json:
        print(found.to_json(orient="records", double_precision=15))
        return
    print(found.to_string(index=False))
    held = sum(v.holds for v in verified)
    kept = verified_front(record, verified)
    print(
        f"{held} of {len(verified)} designs of the front hold; {len(kept.candidates)} are "
        f"Pareto-optimal by the longer trainings; hypervolume {kept.hypervolume:.4f}"
    )
    print(f"written: {file}")
