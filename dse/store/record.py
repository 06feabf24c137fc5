"""What a study knows so far: its evaluated candidates, in order."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Final, Protocol

from dse.mistakes import UserError
from dse.store.place import Place
from dse.study import Study, objective
from dse.study.objectives import needs_training
from dse.trainings import MeasuredBits
from evaluators.energy import version
from evaluators.evaluate import Evaluation, Status
from search_spaces.axes import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One point of the search: where it came from, its values and its evaluation.

    `source` is `baseline`, `nominal`, `user` or the sampler's name. `values` is empty for the two
    baselines, which need not lie in the space. `objectives` are those it was sampled for.
    `asked` says how often the sampler was asked for it and `told` what the sampler was told of
    it; with both a search is continued without solving its slices again.
    """

    number: int
    source: str
    values: Mapping[str, Value]
    evaluation: Evaluation
    objectives: tuple[str, ...] = ()
    asked: int = 0
    told: tuple[float, ...] | None = None


class Scored(Protocol):
    """A design with its evaluation: a candidate, or a point of its slice on a front."""

    @property
    def number(self) -> int:
        """Of the candidate. [-]"""

    @property
    def source(self) -> str:
        """Where the candidate came from."""

    @property
    def evaluation(self) -> Evaluation:
        """The design and what it was found to be worth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chained:
    """The digest of a store's chain, and the very candidates that it vouches for."""

    digest: str
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A study and its candidates; `stopped` says why a search ended before its goal.

    `bits` are those that its driver measured, where the study asks for it. `contents` are digests
    of the user's files that its figures were made from; None where that was not kept. `models` is
    the version of the models that they were made by. `chain` is what they were read from; another
    set of candidates than its own was never stored.
    """

    study: Study
    candidates: tuple[Candidate, ...]
    folder: Path = field(default_factory=Path)
    stopped: str = ""
    bits: MeasuredBits | None = None
    contents: Mapping[str, str] | None = None
    models: int = version.FIRST_VERSION
    chain: Chained | None = field(default=None, repr=False, compare=False)

    def __repr__(self) -> str:
        states = Counter(c.evaluation.status.value for c in self.candidates)
        told = ", ".join(f"{count} {state}" for state, count in states.items())
        stopped = f"; stopped: {self.stopped}" if self.stopped else ""
        return f"<Record of {self.study.name!r}: {told}; in {self.folder}{stopped}>"

    @property
    def place(self) -> Place:
        """The study with the folder that holds the trainings of all studies."""
        return Place(self.study, self.folder.parent)

    @property
    def baseline(self) -> Candidate:
        """The all-SRAM design, always the first candidate."""
        return self.candidates[0]


def objective_values(evaluation: Evaluation, names: Sequence[str]) -> tuple[float, ...] | None:
    """The figures of an evaluation, or None where it failed or was not worth a training.

    The result: [as its name].
    """
    if evaluation.status is Status.FAILED:
        return None
    untrained = evaluation.status is Status.INFEASIBLE and evaluation.training is None
    if untrained and any(needs_training(name) for name in names):
        return None
    return tuple(objective(name).of(evaluation) for name in names)


def competing(
    candidate: Scored, names: Sequence[str], *, reference: bool = False
) -> tuple[float, ...] | None:
    """The figures with which a candidate competes for a front. [as its name]

    None where it failed, breaks a constraint (a `reference` may), or a figure is missing or not
    finite: a study that went on with other objectives may hold candidates without a training.

    Raises:
        UserError: a `reference` that does not hold an objective.
    """
    if candidate.evaluation.status is Status.INFEASIBLE and not reference:
        return None
    try:
        figures = objective_values(candidate.evaluation, names)
    except ValueError as error:
        if not reference:
            return None
        raise UserError(
            f"candidate {candidate.number}, the {candidate.source}: {error}; rank by other "
            f"objectives with --by, or start a study of another `name` with --reuse"
        ) from None
    if not figures or not all(isfinite(figure) for figure in figures):
        return None
    if reference:  # `Objective.reference` says what is wrong with it
        return figures
    pairs = zip(names, figures, strict=True)
    return None if any(objective(name).wrong(figure) for name, figure in pairs) else figures


GIVEN: Final = ("baseline", "nominal", "user")
"""Sources whose designs were not chosen on the axes."""


REFERENCES: Final = ("baseline", "nominal")
"""Sources that are trained whether they meet the constraints or not: all others are compared."""
