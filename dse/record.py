"""What a study knows so far: its evaluated candidates, in order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dse.objectives import objective
from dse.study import Study
from evaluators.evaluate import Evaluation, Status
from search_spaces.axes import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One point of the search: where it came from, its values and its evaluation.

    `source` is `baseline`, `nominal`, `user` or the sampler's name. `values` is empty for the two
    baselines, which need not lie in the space. `objectives` are those it was sampled for.
    """

    number: int
    source: str
    values: Mapping[str, Value]
    evaluation: Evaluation
    objectives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A study and its candidates."""

    study: Study
    candidates: tuple[Candidate, ...]
    folder: Path = field(default_factory=Path)

    @property
    def baseline(self) -> Candidate:
        """The all-SRAM design, always the first candidate."""
        return self.candidates[0]


def objective_values(evaluation: Evaluation, names: Sequence[str]) -> tuple[float, ...] | None:
    """The figures of an evaluation, or None where it failed."""
    if evaluation.status is Status.FAILED:
        return None
    return tuple(objective(name).of(evaluation) for name in names)
