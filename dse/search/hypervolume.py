"""How the hypervolume grows with the candidates, and with the distinct trainings they cost."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dse import pareto
from dse.search.slices import Slices
from dse.search.training_identity import SeenByTraining
from dse.store import Candidate, competing
from dse.study import Objective
from evaluators.scenario import Scenario

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """The search after so many candidates; `trainings` are distinct ones."""

    candidates: int
    trainings: int
    hypervolume: float


class Convergence:
    """The hypervolume after each candidate; add them in their order, the baseline first.

    A training is what training sees of a design, with all its seeds.
    """

    def __init__(
        self, objectives: Sequence[Objective], slices: Slices | None, scenario: Scenario
    ) -> None:
        self._objectives, self._scenario = tuple(objectives), scenario
        self._slices = slices
        self._costs = np.empty((0, len(self._objectives)))
        self._reference: Array | None = None
        self._trained: set[SeenByTraining] = set()
        self.points: list[Growth] = []

    def add(self, candidate: Candidate) -> None:
        """Take one more candidate in."""
        figures = competing(candidate, [o.name for o in self._objectives], reference=True)
        if self._reference is None and figures is not None:
            worst = [o.reference(v) for o, v in zip(self._objectives, figures, strict=True)]
            self._reference = pareto.costs(np.array([worst]), self._objectives)[0]
        rows = self._rows(candidate)
        if len(rows):
            self._costs = np.concatenate([self._costs, rows])
            self._costs = self._costs[pareto.unbeaten(self._costs)]
        evaluation = candidate.evaluation
        if evaluation.training is not None and evaluation.profile is not None:
            self._trained.add(
                SeenByTraining.of(evaluation.design, evaluation.profile, self._scenario)
            )
        self.points.append(
            Growth(
                candidates=len(self.points) + 1,
                trainings=len(self._trained),
                hypervolume=self._volume(self._costs),
            )
        )

    def gain(self, figures: Array) -> float:
        """How much points with these figures would add to the hypervolume, relative to it. [-]

        Args:
            figures: in the order of the objectives. Shape `(points, objectives)`. [as its name]
        """
        volume = self.points[-1].hypervolume if self.points else 0.0
        if volume <= 0.0:
            return math.inf
        both = np.concatenate([self._costs, pareto.costs(figures, self._objectives)])
        return self._volume(both) / volume - 1.0

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

    def _rows(self, candidate: Candidate) -> Array:
        """Costs of the candidate and of its slice. Shape `(points, objectives)`."""
        names = [o.name for o in self._objectives]
        stored = competing(candidate, names)
        rows = [] if stored is None else [stored]
        if self._slices is not None:
            rows += [tuple(row) for _, row in self._slices.points(candidate)]
        return pareto.costs(np.array(rows, dtype=float), self._objectives)

    def _volume(self, costs: Array) -> float:
        """0 before the baseline, which bounds it, is scored. [-]"""
        return 0.0 if self._reference is None else pareto.hypervolume(costs, self._reference)
