"""How the hypervolume grows with the candidates, and with the distinct trainings they cost."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dse.search.slices import Slices
from dse.store import Candidate, competing
from dse.study import Objective

if TYPE_CHECKING:
    import pandas as pd


Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """The search after so many candidates."""

    candidates: int
    trainings: int
    hypervolume: float


class Convergence:
    """The hypervolume after each candidate; add them in their order, the baseline first.

    A training is one profile in one number format with all its seeds.
    """

    def __init__(self, objectives: Sequence[Objective], slices: Slices | None) -> None:
        self._objectives = tuple(objectives)
        self._slices = slices
        self._costs = np.empty((0, len(self._objectives)))
        self._reference: Array | None = None
        self._trained: set[object] = set()
        self.points: list[Point] = []

    def add(self, candidate: Candidate) -> None:
        """Take one more candidate in."""
        import moocore

        figures = competing(candidate, [o.name for o in self._objectives], reference=True)
        if self._reference is None and figures is not None:
            pairs = zip(self._objectives, figures, strict=True)
            self._reference = np.array([o.cost(o.reference(v)) for o, v in pairs])
        rows = self._rows(candidate)
        if len(rows):
            self._costs = np.concatenate([self._costs, rows])
            self._costs = self._costs[moocore.is_nondominated(self._costs)]
        evaluation = candidate.evaluation
        if evaluation.training is not None and evaluation.profile is not None:
            design = evaluation.design
            self._trained.add((evaluation.profile, design.number_format, design.encoding))
        volume = 0.0
        if self._reference is not None and len(self._costs):
            volume = float(moocore.hypervolume(self._costs, ref=self._reference))
        self.points.append(
            Point(
                candidates=len(self.points) + 1,
                trainings=len(self._trained),
                hypervolume=volume,
            )
        )

    def gain(self, figures: Array) -> float:
        """How much points with these figures would add to the hypervolume, relative to it. [-]

        Args:
            figures: in the order of the objectives. Shape `(points, objectives)`. [as its name]
        """
        import moocore

        volume = self.points[-1].hypervolume if self.points else 0.0
        if volume <= 0.0:
            return math.inf
        costs = self._as_costs(figures)
        both = np.concatenate([self._costs, costs])
        return float(moocore.hypervolume(both, ref=self._reference)) / volume - 1.0

    def plateau(self, candidates: int, gain: float) -> str:
        """In words that the last `candidates` brought less than `gain`; empty if they did not.

        `candidates` and `gain`: [-].
        """
        if not candidates or len(self.points) <= candidates:
            return ""
        before, now = self.points[-1 - candidates].hypervolume, self.points[-1].hypervolume
        grown = (now - before) / now if now > 0.0 else 0.0
        if now <= 0.0 or grown >= gain:
            return ""
        return (
            f"the hypervolume grew by {grown:.2%} over the last {candidates} candidates "
            f"(from {before:.4f} to {now:.4f}; limit {gain:.2%})"
        )

    @property
    def table(self) -> "pd.DataFrame":
        """One row a candidate."""
        import pandas as pd

        columns = ("candidates", "trainings", "hypervolume")
        return pd.DataFrame([{c: getattr(p, c) for c in columns} for p in self.points])

    def _rows(self, candidate: Candidate) -> Array:
        """Costs of the candidate and of its slice. Shape `(points, objectives)`."""
        names = [o.name for o in self._objectives]
        own = competing(candidate, names)
        rows = [] if own is None else [own]
        if self._slices is not None:
            rows += [tuple(row) for _, row in self._slices.points(candidate)]
        return self._as_costs(np.array(rows, dtype=float).reshape(len(rows), len(names)))

    def _as_costs(self, figures: Array) -> Array:
        return np.array(
            [[o.cost(v) for o, v in zip(self._objectives, row, strict=True)] for row in figures]
        ).reshape(figures.shape)
