"""The Pareto front of a record: which candidates no other beats, and what they dominate."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from dse import pareto
from dse.mistakes import UserError
from dse.results import names
from dse.results.kept import Kept
from dse.results.point import Point
from dse.results.slice_points import (
    Solved,
    is_nested,
    of_slice,
    slices_of,
    trained_as,
    union,
)
from dse.search import Convergence, Growth, Slices
from dse.store import Candidate, Record, competing
from dse.study import Objective, objective
from evaluators.checks import brief
from evaluators.evaluate import Status
from evaluators.plugins import UnknownNameError
from search_spaces.axes import Value

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

Array = NDArray[np.float64]

POINTS: Final = "points"
"""What is kept of a front's slices."""


_SHOWN: Final[dict[str, Callable[["Front"], str]]] = {}


def shows_fronts(**told: Callable[["Front"], str]) -> None:
    """Say how a front is shown, as `text` and as `html`: it takes what stands on this module."""
    _SHOWN.update(told)


@dataclass(frozen=True, kw_only=True)
class Front:
    """The non-dominated designs for some objectives."""

    record: Record
    objectives: tuple[Objective, ...]
    slices: tuple[Point, ...] = ()
    known_solver: Slices | None = field(default=None, repr=False, compare=False)

    def __repr__(self) -> str:
        return _SHOWN["text"](self)

    def _repr_html_(self) -> str:
        return _SHOWN["html"](self)

    @cached_property
    def solver(self) -> Slices | None:
        """What solves slices, made where something asks for it; None as `slices_of` says."""
        return self.known_solver or slices_of(self.record, [o.name for o in self.objectives])

    @cached_property
    def kept(self) -> Kept:
        """What is kept of this front, so that it need not be solved again."""
        return Kept(self.record, [o.name for o in self.objectives])

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

        With strategy `nested` also the other points of their slices. Each bears its name; those of
        the front have as many digits as tell them apart.
        """
        points = [replace(p, row=row) for row, (p, _) in enumerate(self._competing)]
        members = [(points[row].number, points[row].values) for row in self.rows]
        for row, label in zip(self.rows, names.names_of(members), strict=True):
            points[row] = replace(points[row], longer=label)
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
        """The design of a name such as `47-k4c9`, or the candidate of a number.

        A number of which the front has designs means the first of them, so that verbs speak of the
        same design under it; of another candidate it is what was stored. A digest names the same
        design by whatever the front is ranked, and may be shortened while it is no other's.

        Raises:
            UserError: there is none, or there are several.
        """
        known, told = self.record.candidates, names.NAME.fullmatch(name)
        if told is None or int(told["number"]) >= len(known):
            raise self._unknown(name)
        number, digest = int(told["number"]), told["digest"]
        if digest is None:
            own = (point for point in self.candidates if point.number == number)
            return next(own, known[number])
        for points in self._namesakes(number, digest):
            found = {names.digest_of(p.values): p for p in reversed(points)}
            if len(found) > 1:
                longer = ", ".join(f"{number}-{each}" for each in sorted(found))
                raise UserError(f"{brief(name)} may be {longer}: give more of it")
            if found:
                return next(iter(found.values()))
        raise self._unknown(name)

    def _namesakes(self, number: int, digest: str) -> Iterator[list[Point]]:
        """Designs of a candidate whose digest begins so: of the front, as it was stored, of what
        was ranked otherwise, of its whole slice.
        """
        candidate = self.record.candidates[number]

        def alike(values: Mapping[str, Value]) -> bool:
            return names.digest_of(values).startswith(digest)

        own = [p for p in self.candidates if p.number == number]
        yield [p for p in (*own, Point.of(candidate)) if alike(p.values)]
        if not is_nested(self.record):
            return
        for points in self.kept.others(POINTS, tuple[Solved, ...]):
            yield [Point.at(candidate, p.values, trained_as(candidate, p.evaluation))
                   for p in points if p.number == number and alike(p.values)]  # fmt: skip
        own_names, studys = [o.name for o in self.objectives], [*self.record.study.objectives]
        for solver in (
            self.solver,
            None if own_names == studys else slices_of(self.record, studys),
        ):
            found = solver.points(candidate) if solver else ()
            yield [of_slice(candidate, values, solver) for values, _ in found
                   if solver and alike(values)]  # fmt: skip

    def _unknown(self, name: str) -> UserError:
        last = len(self.record.candidates) - 1
        some = next((label for label in self.labels if "-" in label), "")
        designs = f", or a design such as {some}" if some else ""
        return UserError(
            f"study {self.record.study.name!r} has candidates 0 to {last}{designs}, "
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
    baseline = competing(record.baseline, [o.name for o in objectives], reference=True)
    for chosen, figure in zip(objectives, baseline or (), strict=False):
        chosen.reference(figure)  # refuses what has none
    plain = Front(record=record, objectives=objectives)
    if not is_nested(record):
        _ = plain.solver  # says where other models made it
        return plain
    found = plain.kept.known(POINTS, tuple[Solved, ...])
    if found is None:
        return _solved(plain)
    slices = [
        Point.at(record.candidates[p.number], p.values,
                 trained_as(record.candidates[p.number], p.evaluation))
        for p in found
    ]  # fmt: skip
    return replace(plain, slices=tuple(slices))


def _solved(plain: Front) -> Front:
    """The front with the points of all slices, which are kept."""
    solver = plain.solver
    if solver is None:
        return plain
    slices = union(plain.record, solver)
    kept = [
        Solved(number=p.number, values=p.values,
               evaluation=replace(p.evaluation, training=None, status=Status.OK, reason=""))
        for p in slices
    ]  # fmt: skip
    plain.kept.keep(POINTS, kept)
    return replace(plain, slices=slices, known_solver=solver)


def growth(front: Front) -> list[Growth]:
    """Of a whole record, for the objectives of a front: after each candidate."""

    def grown() -> list[Growth]:
        found = Convergence(front.objectives, front.solver, front.record.study.scenario)
        for candidate in front.record.candidates:
            found.add(candidate)
        return found.points

    return front.kept.solved("growth", list[Growth], grown)
