"""What `dse verify` found, kept beside the store for the report and the claims."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from dse.files import read_regular, write_atomically
from dse.plain import dumps, loads_as
from dse.results.accuracy import LOSS_LIMIT
from dse.results.fronts import Front
from dse.results.point import Point
from dse.store import Candidate, Record
from evaluators.evaluate import Evaluation
from evaluators.training import TrainingRecipe

FILE: Final = "verified.json"
LARGEST_BYTES: Final = 2**30


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A design of the front before and after."""

    candidate: Point
    again: Evaluation

    @property
    def holds(self) -> bool:
        """Whether the longer training ended well, and lost at most a point and two standard
        deviations more.
        """
        before, after = self.candidate.evaluation.training, self.again.training
        if before is None or after is None or self.again.status.value != "ok":
            return False
        noise = max(before.accuracy_loss_sd, after.accuracy_loss_sd)
        limit = max(before.accuracy_loss, 0.0) + LOSS_LIMIT + 2.0 * noise
        return after.accuracy_loss <= limit

    @property
    def loss(self) -> float:
        """Accuracy lost by the longer training; all of it where there is none. [-]"""
        return self.again.training.accuracy_loss if self.again.training else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """A design's evaluation by the longer training, and its candidate's number."""

    number: int
    evaluation: Evaluation


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """The longer trainings' recipe and what they told."""

    training: TrainingRecipe
    designs: tuple[Again, ...] = field(default=())


def keep(record: Record, verified: Sequence[Verified], training: TrainingRecipe) -> None:
    """Write what was found; what an earlier call of the same recipe found of others stays."""
    file = record.folder / FILE
    before = _read(file)
    new = tuple(Again(number=v.candidate.number, evaluation=v.again) for v in verified)
    mine = {(again.number, again.evaluation.design) for again in new}
    kept = tuple(
        again
        for again in (before.designs if before and before.training == training else ())
        if (again.number, again.evaluation.design) not in mine
    )
    found = Verification(training=training, designs=(*kept, *new))
    write_atomically(file, dumps(found).encode())


def given_designs(best: Front) -> list[Candidate]:
    """Trained designs of the user's own of which none is on the front."""
    known = {candidate.number for candidate in best.candidates}
    return [
        candidate
        for candidate in best.record.candidates
        if candidate.source == "user"
        and candidate.evaluation.training is not None
        and candidate.number not in known
    ]


def verification(front: Front) -> tuple[TrainingRecipe | None, list[Verified]]:
    """What is kept of the designs of a front, in its order, then of given ones that it lacks."""
    found = _read(front.record.folder / FILE)
    if found is None:
        return None, []
    again = {(a.number, a.evaluation.design): a.evaluation for a in found.designs}
    designs = (*front.candidates, *map(Point.of, given_designs(front)))
    pairs = [(c, again.get((c.number, c.evaluation.design))) for c in designs]
    return found.training, [Verified(candidate=c, again=e) for c, e in pairs if e is not None]


def _read(file: Path) -> Verification | None:
    """The file's content; a missing or damaged one counts as none."""
    try:
        return loads_as(Verification, read_regular(file, LARGEST_BYTES).decode())
    except (OSError, ValueError):
        return None
