"""A design of a front: a candidate as it was stored, or another point of its slice."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from dse.store import Candidate
from evaluators.evaluate import Evaluation
from search_spaces.axes import Value


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Point:
    """A candidate at `values`, scored; `label` is its name on the front, such as `47.2`.

    Two points are equal only if they are one: equal designs of two candidates stay two, and
    points may be keys.
    """

    candidate: Candidate
    values: Mapping[str, Value]
    evaluation: Evaluation
    label: str = ""

    @classmethod
    def of(cls, candidate: Candidate) -> "Point":
        """The candidate as it was stored."""
        return cls(candidate=candidate, values=candidate.values, evaluation=candidate.evaluation,
                   label=str(candidate.number))  # fmt: skip

    @property
    def number(self) -> int:
        """Of the candidate."""
        return self.candidate.number

    @property
    def source(self) -> str:
        """Where the candidate came from."""
        return self.candidate.source

    @property
    def as_candidate(self) -> Candidate:
        """The candidate as if it had been stored at this point."""
        return replace(self.candidate, values=self.values, evaluation=self.evaluation)
