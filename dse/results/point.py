"""A design of a front: a candidate as it was stored, or another point of its slice."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from dse.store import Candidate, Scored
from evaluators.evaluate import Evaluation
from search_spaces.axes import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A candidate at `values`, scored; `label` is its name on the front, such as `47.2`.

    `row` is where the front ranks it, -1 where it does not. It tells a candidate from the equal
    point of its own slice, so points may be keys.
    """

    candidate: Candidate = field(hash=False)
    values: Mapping[str, Value] = field(hash=False)
    evaluation: Evaluation = field(hash=False)
    label: str = ""
    row: int = -1

    @classmethod
    def of(cls, candidate: Candidate) -> "Point":
        """The candidate as it was stored."""
        return cls(candidate=candidate, values=candidate.values, evaluation=candidate.evaluation,
                   label=str(candidate.number))  # fmt: skip

    @property
    def number(self) -> int:
        """Of the candidate. [-]"""
        return self.candidate.number

    @property
    def source(self) -> str:
        """Where the candidate came from."""
        return self.candidate.source

    @property
    def as_candidate(self) -> Candidate:
        """The candidate as if it had been stored at this point."""
        return replace(self.candidate, values=self.values, evaluation=self.evaluation)


def label_of(design: Scored) -> str:
    """What a design is called: its name on the front, or its candidate's number."""
    return getattr(design, "label", "") or str(design.number)
