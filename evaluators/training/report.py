"""What a fault-injected training run tells, and the summary over its seeds."""

from dataclasses import dataclass
from enum import StrEnum


class RunStatus(StrEnum):
    """How a run ended; a diverged run is a result, not an exception."""

    OK = "ok"
    DIVERGED = "diverged"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRun:
    """One profile trained with one seed.

    `hits_to_one[kind]` and `hits_to_zero[kind]` count, for each bit, the writes that failed in
    that direction over the whole run; `writes_*` count the writes that had to change the bit.
    """

    status: RunStatus
    training_seed: int
    accuracy: float
    chance_accuracy: float
    loss: float | None
    loss_curve: tuple[float, ...] = ()
    hits_to_one: dict[str, tuple[int, ...]] | None = None
    hits_to_zero: dict[str, tuple[int, ...]] | None = None
    ones_share: dict[str, float] | None = None
    changed_share: dict[str, float] | None = None
    reason: str = ""
    versions: dict[str, str] | None = None
    cpu_capability: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingReport:
    """A profile's runs over all seeds, against fault-free runs with the same seeds.

    `accuracy_loss` is the mean over seeds of fault-free minus faulty accuracy. [-]
    """

    status: RunStatus
    accuracy: float
    accuracy_loss: float
    accuracy_loss_sd: float
    runs: tuple[TrainingRun, ...]
    reason: str = ""
