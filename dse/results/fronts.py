"""The Pareto front of a record: which candidates no other beats, and what they dominate."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dse.mistakes import UserError
from dse.search.hypervolume import Convergence
from dse.search.slices import Slices, _unbeaten
from dse.store.record import Candidate, Record, competing
from dse.study.objectives import (
    Objective,
    objective,
)
from dse.trainings.bit_shares import with_measured_bits
from evaluators.evaluate import score
from evaluators.plugins import UnknownNameError
from evaluators.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Front:
    """The non-dominated candidates for some objectives."""

    record: Record
    objectives: tuple[Objective, ...]
    slices: tuple[Candidate, ...] = ()
    solver: Slices | None = None

    @cached_property
    def ranked(self) -> tuple[Candidate, ...]:
        """Candidates that compete: evaluated, with finite figures, diverged trainings included.

        With strategy `nested` also the other points of their slices.
        """
        everyone = (*self.record.candidates, *self.slices)
        return tuple(c for c in everyone if self._figures(c) is not None)

    @cached_property
    def values(self) -> Array:
        """Figures of the ranked candidates. Shape `(candidates, objectives)`."""
        rows = [self._figures(candidate) for candidate in self.ranked]
        return np.array(rows, dtype=float).reshape(len(rows), len(self.objectives))

    @cached_property
    def costs(self) -> Array:
        """The figures on the axes of the hypervolume, all of them lower better."""
        return np.array(
            [[o.cost(v) for o, v in zip(self.objectives, row, strict=True)] for row in self.values]
        ).reshape(self.values.shape)

    @cached_property
    def candidates(self) -> tuple[Candidate, ...]:
        """The front in the order of its first objective; equal figures keep the earliest."""
        import moocore

        if not self.ranked:
            return ()
        signs = np.array([1.0 if o.direction == "minimize" else -1.0 for o in self.objectives])
        oriented = self.values * signs
        best = moocore.is_nondominated(oriented, keep_weakly=True)
        first = np.zeros(len(oriented), dtype=bool)
        first[np.unique(oriented, axis=0, return_index=True)[1]] = True
        chosen = np.flatnonzero(best & first)
        order = np.lexsort(oriented[chosen].T[::-1])
        return tuple(self.ranked[place] for place in chosen[order])

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """A short name for each design of the front: its number, and which point of its slice."""
        numbers = [candidate.number for candidate in self.candidates]
        names, seen = [], dict.fromkeys(numbers, 0)
        for number in numbers:
            seen[number] += 1
            names.append(str(number) if numbers.count(number) == 1 else f"{number}.{seen[number]}")
        return tuple(names)

    def named(self, name: str) -> Candidate:
        """The candidate of a number, or the design of the front of a label such as `47.2`.

        Raises:
            UserError: there is none.
        """
        known = self.record.candidates
        if name.isdigit() and int(name) < len(known):
            return known[int(name)]
        if name in self.labels:
            return self.candidates[self.labels.index(name)]
        split = sorted({label.split(".")[0] for label in self.labels if "." in label}, key=int)
        points = f", or a design of the front such as {split[0]}.1" if split else ""
        raise UserError(
            f"study {self.record.study.name!r} has candidates 0 to {len(known) - 1}{points}, "
            f"got {name!r}"
        )

    def check_baseline(self) -> None:
        """Refuse to show what has nothing to be compared with.

        Raises:
            UserError: the baseline failed.
        """
        _ = self.reference

    @cached_property
    def reference(self) -> Array:
        """The point that bounds the hypervolume, from the all-SRAM baseline.

        Raises:
            UserError: the baseline failed.
        """
        names = [o.name for o in self.objectives]
        baseline = competing(self.record.baseline, names, reference=True)
        if baseline is None:
            raise UserError(
                f"the all-SRAM baseline failed, so there is nothing to compare with: "
                f"{self.record.baseline.evaluation.reason}; mend that, and give the study another "
                f"`name`: finished trainings are not run again"
            )
        return np.array(
            [o.cost(o.reference(v)) for o, v in zip(self.objectives, baseline, strict=True)]
        )

    @cached_property
    def hypervolume(self) -> float:
        """Volume between front and reference: log figures, log(0.1 + points) for accuracy."""
        import moocore

        if not len(self.costs):
            return 0.0
        return float(moocore.hypervolume(self.costs, ref=self.reference))

    @property
    def table(self) -> "pd.DataFrame":
        """One row a design of the front."""
        from dse.results.table import table

        return table(self.candidates, self.objectives)

    @property
    def whole_table(self) -> "pd.DataFrame":
        """One row a candidate, in their order; the same for every number of workers."""
        from dse.results.table import table

        return table(self.record.candidates, self.objectives)

    def plot(self) -> "go.Figure":
        """The front as an interactive figure."""
        from dse.results.plots import front_figure

        return front_figure(self)

    def _figures(self, candidate: Candidate) -> tuple[float, ...] | None:
        return competing(candidate, [o.name for o in self.objectives])


def front(record: Record, by: Sequence[str] | None = None) -> Front:
    """The front of a record by some objectives, by default the study's own.

    Raises:
        UserError: an unknown objective, or one that the evaluations do not hold.
    """
    try:
        found = tuple(objective(name) for name in by or record.study.objectives)
    except UnknownNameError as error:
        raise UserError(str(error)) from None
    names = [objective.name for objective in found]
    competing(record.baseline, names, reference=True)
    solver = slices_of(record, names)
    slices = union(record, solver) if solver else ()
    return Front(record=record, objectives=found, slices=slices, solver=solver)


def slices_of(record: Record, names: Sequence[str]) -> Slices | None:
    """What solves a record's slices; None for strategy `joint`.

    Raises:
        UserError: objectives that slices do not know.
    """
    if record.study.search.strategy != "nested":
        return None
    return Slices(record.study, scenario_of(record), names)


def scenario_of(record: Record) -> Scenario:
    """The scenario under which a record's designs are scored."""
    return with_measured_bits(record.study, record.folder.parent)


def union(record: Record, slices: Slices) -> tuple[Candidate, ...]:
    """The points of all slices that no other point beats, each as its candidate at that point."""
    rows, owners = [], []
    for candidate in record.candidates:
        for values, figures in slices.points(candidate):
            rows.append(figures)
            owners.append((candidate, values))
    if not rows:
        return ()
    best = _unbeaten(np.array(rows) * slices.signs)
    designs = [record.study.design(owners[place][1]) for place in best]
    return tuple(
        replace(
            owners[place][0],
            values=owners[place][1],
            evaluation=replace(
                evaluation,
                status=owners[place][0].evaluation.status,
                training=owners[place][0].evaluation.training,
                reason=owners[place][0].evaluation.reason,
            ),
        )
        for place, evaluation in zip(best, score(designs, slices.scenario), strict=True)
    )


def convergence(front: Front) -> Convergence:
    """Of a whole record, for the objectives of a front."""
    found = Convergence(front.objectives, front.solver)
    for candidate in front.record.candidates:
        found.add(candidate)
    return found
