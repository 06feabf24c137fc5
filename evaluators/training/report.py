"""What a fault-injected training run tells, and the summary over its seeds."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean, stdev

from evaluators.training.recipe import WritesPerValue


class RunStatus(StrEnum):
    """How a run ended; a diverged run is a result, not an exception."""

    OK = "ok"
    DIVERGED = "diverged"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRun:
    """One profile trained with one seed.

    `hits_to_one[kind]` counts, for each bit, the failed writes of a 1 over the whole run, and
    `hits_to_zero[kind]` those of a 0; `values_written[kind]` counts all values that were written.
    `decayed_to_one[kind]` counts stored bits that came to read as 1 while they were held, and
    `decayed_to_zero[kind]` as 0; None where no bit decays.
    `ones_share` and `changed_share` are shares of the bits of a sample of them. `warnings` names
    what is never faulted, and `unfaulted_share` is its share of the model's parameters. [-]
    `writes_per_value` is how often a value was written before it was used; None of trainers that
    do not say.
    """

    status: RunStatus
    training_seed: int
    accuracy: float
    chance_accuracy: float
    loss: float | None
    loss_curve: tuple[float, ...] = ()
    hits_to_one: dict[str, tuple[int, ...]] | None = None
    hits_to_zero: dict[str, tuple[int, ...]] | None = None
    values_written: dict[str, int] | None = None
    ones_share: dict[str, float] | None = None
    changed_share: dict[str, float] | None = None
    reason: str = ""
    versions: dict[str, str] | None = None
    cpu_capability: str = ""
    warnings: tuple[str, ...] = ()
    unfaulted_share: float = 0.0
    writes_per_value: WritesPerValue | None = None
    decayed_to_one: dict[str, tuple[int, ...]] | None = None
    decayed_to_zero: dict[str, tuple[int, ...]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingReport:
    """A profile's runs over all seeds, against fault-free runs with the same seeds.

    `accuracy_loss` is the mean over seeds of fault-free minus faulty accuracy. [-] `warnings` and
    `unfaulted_share` are those of the runs: what no fault reached.
    """

    status: RunStatus
    accuracy: float
    accuracy_loss: float
    accuracy_loss_sd: float
    runs: tuple[TrainingRun, ...]
    reason: str = ""
    warnings: tuple[str, ...] = ()
    unfaulted_share: float = 0.0


def summarize(faulty: Sequence[TrainingRun], fault_free: Sequence[TrainingRun]) -> TrainingReport:
    """Faulty runs against fault-free runs with the same seeds.

    One failed run fails the report; one diverged run makes it diverged, its accuracy at chance.
    """
    failed = [run for run in (*fault_free, *faulty) if run.status is RunStatus.FAILED]
    diverged = [run for run in faulty if run.status is RunStatus.DIVERGED]
    losses = [clean.accuracy - run.accuracy for run, clean in zip(faulty, fault_free, strict=True)]
    status = RunStatus.FAILED if failed else RunStatus.DIVERGED if diverged else RunStatus.OK
    return TrainingReport(
        status=status,
        accuracy=fmean(run.accuracy for run in faulty),
        accuracy_loss=fmean(losses),
        accuracy_loss_sd=stdev(losses) if len(losses) > 1 else 0.0,
        runs=tuple(faulty),
        reason=next((run.reason for run in (*failed, *diverged)), ""),
        warnings=tuple(dict.fromkeys(told for run in faulty for told in run.warnings)),
        unfaulted_share=max((run.unfaulted_share for run in faulty), default=0.0),
    )
