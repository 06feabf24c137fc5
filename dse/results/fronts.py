"""The Pareto front of a record: which candidates no other beats, and what they dominate."""

import logging
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from dse import pareto
from dse.mistakes import UserError
from dse.results.point import Point
from dse.search import Convergence, Slices
from dse.store import GIVEN, Candidate, Record, competing
from dse.store.going_on import check_models
from dse.study import Objective, objective
from dse.trainings import asks_for_bits, bit_shares, with_bits
from evaluators.checks import brief
from evaluators.energy import version
from evaluators.evaluate import Evaluation, Status, score
from evaluators.plugins import UnknownNameError
from evaluators.scenario import Scenario
from search_spaces.axes import Value

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

Array = NDArray[np.float64]

DIGITS: Final = re.compile("[0-9]{1,9}")
"""A candidate's number; Python refuses to read thousands of digits."""


@dataclass(frozen=True, kw_only=True)
class Front:
    """The non-dominated designs for some objectives."""

    record: Record
    objectives: tuple[Objective, ...]
    slices: tuple[Point, ...] = ()
    solver: Slices | None = None

    @cached_property
    def _competing(self) -> list[tuple[Point, tuple[float, ...]]]:
        """Every point that competes, not yet named, and its figures."""
        points = (*map(Point.of, self.record.candidates), *self.slices)
        pairs = ((point, self._figures(point)) for point in points)
        return [(point, figures) for point, figures in pairs if figures is not None]

    @cached_property
    def rows(self) -> list[int]:
        """Where the front's designs stand among the ranked ones, in its order. [-]"""
        if not self._competing:
            return []
        costs = self.values * pareto.signs(self.objectives)
        best = pareto.unbeaten(costs)
        return [int(row) for row in best[np.lexsort(costs[best].T[::-1])]]

    @cached_property
    def ranked(self) -> tuple[Point, ...]:
        """Designs that compete: evaluated, with finite figures, diverged trainings included.

        With strategy `nested` also the other points of their slices. Those of the front that
        share a candidate are labelled by their order there, `47.1` and `47.2`.
        """
        points = [replace(p, row=row) for row, (p, _) in enumerate(self._competing)]
        shared = Counter(points[row].number for row in self.rows)
        seen: Counter[int] = Counter()
        for row in self.rows:
            number = points[row].number
            seen[number] += 1
            label = str(number) if shared[number] == 1 else f"{number}.{seen[number]}"
            points[row] = replace(points[row], label=label)
        return tuple(points)

    @cached_property
    def values(self) -> Array:
        """Figures of the ranked designs. Shape `(ranked, objectives)`. [as its name]"""
        rows = [figures for _, figures in self._competing]
        return np.array(rows, dtype=float).reshape(len(rows), len(self.objectives))

    @cached_property
    def costs(self) -> Array:
        """The figures on the axes of the hypervolume, all of them lower better. [-]"""
        return pareto.costs(self.values, self.objectives)

    @cached_property
    def candidates(self) -> tuple[Point, ...]:
        """The front in the order of its first objective; equal figures keep the earliest."""
        return tuple(self.ranked[row] for row in self.rows)

    @cached_property
    def baseline(self) -> Point:
        """The all-SRAM design, whether it competes or not."""
        stored = self.record.baseline
        return next((p for p in self.ranked if p.candidate is stored), Point.of(stored))

    @property
    def labels(self) -> tuple[str, ...]:
        """A short name for each design of the front: its number, and which point of its slice."""
        return tuple(point.label for point in self.candidates)

    def named(self, name: str) -> Candidate | Point:
        """The design of the front of a label such as `47.2`, or the candidate of a number.

        A number of which the front has designs means the first of them, so that verbs speak of the
        same design under it; of another candidate it is what was stored.

        Raises:
            UserError: there is none.
        """
        known = self.record.candidates
        if name in self.labels:
            return self.candidates[self.labels.index(name)]
        if DIGITS.fullmatch(name) and int(name) < len(known):
            own = (point for point in self.candidates if point.number == int(name))
            return next(own, known[int(name)])
        split = sorted({label.split(".")[0] for label in self.labels if "." in label}, key=int)
        points = f", or a design of the front such as {split[0]}.1" if split else ""
        raise UserError(
            f"study {self.record.study.name!r} has candidates 0 to {len(known) - 1}{points}, "
            f"got {brief(name)}"
        )

    def check_baseline(self) -> None:
        """Refuse to show what has nothing to be compared with.

        Raises:
            UserError: the baseline failed.
        """
        _ = self.reference

    @cached_property
    def reference(self) -> Array:
        """The point that bounds the hypervolume, from the all-SRAM baseline. [as its name]

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
        worst = [o.reference(v) for o, v in zip(self.objectives, baseline, strict=True)]
        reference: Array = pareto.costs(np.array([worst]), self.objectives)[0]
        return reference

    @cached_property
    def hypervolume(self) -> float:
        """Volume between front and reference: log figures, log(0.1 + points) for accuracy. [-]"""
        return pareto.hypervolume(self.costs, self.reference) if len(self.costs) else 0.0

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

    def _figures(self, point: Point) -> tuple[float, ...] | None:
        return competing(point, [o.name for o in self.objectives])


def front(record: Record, by: Sequence[str] | None = None) -> Front:
    """The front of a record by some objectives, by default the study's own.

    Raises:
        UserError: an unknown objective, or one that the evaluations do not hold.
    """
    try:
        objectives = tuple(objective(name) for name in by or record.study.objectives)
    except UnknownNameError as error:
        raise UserError(str(error)) from None
    names = [objective.name for objective in objectives]
    baseline = competing(record.baseline, names, reference=True)
    for chosen, figure in zip(objectives, baseline or (), strict=False):
        chosen.reference(figure)  # refuses what has none
    solver = slices_of(record, names)
    slices = union(record, solver) if solver else ()
    return Front(record=record, objectives=objectives, slices=slices, solver=solver)


def slices_of(record: Record, names: Sequence[str]) -> Slices | None:
    """What solves a record's slices; None for strategy `joint`, and where other models made them.

    Raises:
        UserError: objectives that slices do not know.
    """
    if record.study.search.strategy != "nested":
        return None
    if record.models != version.MODEL_VERSION:
        logging.getLogger(__name__).warning(
            "study %r was made with version %d of the models, here is version %d: designs are "
            "shown as they are stored, without the other points of their slices",
            record.study.name, record.models, version.MODEL_VERSION,
        )  # fmt: skip
        return None
    return Slices(record.study, scenario_of(record), names)


def scenario_of(record: Record) -> Scenario:
    """The scenario under which a record's designs are scored; nothing is trained for it.

    Raises:
        UserError: it needs bits that were never kept, or was scored by other models.
    """
    study = record.study
    check_models(record.models, study.name, "scored again, compared with SRAM or reported here")
    if not asks_for_bits(study):
        return study.scenario
    bits = record.bits or bit_shares.kept_bits(
        study, record.place.folder
    )  # a store made before has none
    if bits is None:
        raise UserError(
            f"the store of study {study.name!r}, of an older version, holds no measured bits, nor "
            f"is its fault-free training kept: `dse run` measures them and keeps them there"
        )
    return with_bits(study.scenario, bits)


def union(record: Record, slices: Slices) -> tuple[Point, ...]:
    """The points of all slices that no other point beats, each as its candidate at that point."""
    _solve_together(record, slices)
    rows, owners = [], []
    for candidate in record.candidates:
        for values, figures in slices.points(candidate):
            rows.append(figures)
            owners.append((candidate, values))
    if not rows:
        return ()
    best = [owners[row] for row in pareto.unbeaten(np.array(rows) * slices.signs)]
    scored = score([record.study.design(values) for _, values in best], slices.scenario)
    return tuple(
        Point(candidate=candidate, values=values, label=str(candidate.number),
              evaluation=_trained_as(candidate, evaluation))
        for (candidate, values), evaluation in zip(best, scored, strict=True)
    )  # fmt: skip


def _solve_together(record: Record, slices: Slices) -> None:
    """Solve the slices of all candidates, which takes less than one by one."""
    asked = [
        chosen
        for candidate in record.candidates
        if candidate.source not in GIVEN
        and candidate.evaluation.status not in (Status.FAILED, Status.INFEASIBLE)
        and (chosen := slices.chosen(candidate.values)) is not None
    ]
    slices.prepare(asked)


def of_slice(candidate: Candidate, values: Mapping[str, Value], slices: Slices) -> Point:
    """One point of a candidate's slice, scored."""
    (scored,) = score([slices.design(values)], slices.scenario)
    return Point(candidate=candidate, values=values, label=str(candidate.number),
                 evaluation=_trained_as(candidate, scored))  # fmt: skip


def _trained_as(candidate: Candidate, evaluation: Evaluation) -> Evaluation:
    """A point's evaluation with what its candidate's training found, which it shares."""
    stored = candidate.evaluation
    return replace(
        evaluation, status=stored.status, training=stored.training, reason=stored.reason
    )


def convergence(front: Front) -> Convergence:
    """Of a whole record, for the objectives of a front."""
    grown = Convergence(front.objectives, front.solver, front.record.study.scenario)
    for candidate in front.record.candidates:
        grown.add(candidate)
    return grown
