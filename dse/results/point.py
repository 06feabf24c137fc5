"""A design of a front: a candidate as it was stored, or another point of its slice."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from dse.results import names
from dse.store import Candidate, Scored
from evaluators.evaluate import Evaluation
from search_spaces.axes import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A candidate at `values`, scored; `longer` is its name where four digits name two designs.

    `row` is where the front ranks it, -1 where it does not. It tells a candidate from the equal
    point of its own slice, so points may be keys.
    """

    candidate: Candidate = field(hash=False)
    values: Mapping[str, Value] = field(hash=False)
    evaluation: Evaluation = field(hash=False)
    longer: str = ""
    row: int = -1

    @classmethod
    def of(cls, candidate: Candidate) -> "Point":
        """The candidate as it was stored."""
        return cls.at(candidate, candidate.values, candidate.evaluation)

    @classmethod
    def at(
        cls, candidate: Candidate, values: Mapping[str, Value], evaluation: Evaluation
    ) -> "Point":
        """The candidate at other values of its slice."""
        return cls(candidate=candidate, values=values, evaluation=evaluation)

    @property
    def label(self) -> str:
        """Its name, such as `47-k4c9`."""
        return self.longer or names.name_of(self.number, self.values)

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
    """What a design is called, wherever it is spoken of."""
    label: str = getattr(design, "label", "")
    return label or names.name_of(design.number, getattr(design, "values", {}))
