"""Strategy `nested`: what training does not see is solved exactly for each trained profile.

The sampler chooses only the axes that training sees. For each choice the energy model scores the
whole grid of the other axes; what no other point beats is the slice, and the candidate is its
knee. The front is the union of the slices, worked out on demand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dse import pareto
from dse.mistakes import UserError
from dse.search.organised_axes import Counts, OrganisedAxes
from dse.search.seen_axes import changes_designs, entangled, say_once, seen_axes
from dse.search.write_classes import WriteClasses, write_pairs
from dse.store import Candidate
from dse.store.record import GIVEN
from dse.study import Study, objective
from dse.study.objectives import beyond_nested, decided_by_energy, figures_of
from dse.study.quantities import QUANTITIES, column
from evaluators.accelerator import StepCounts
from evaluators.design import DataKind, DesignPoint
from evaluators.energy import DesignBatch, EnergyBatch, evaluate_batch, sized, step_counts
from evaluators.energy.batch import RegionBatch
from evaluators.energy.organisation import Organised
from evaluators.evaluate import Status
from evaluators.scenario import Scenario, resolved
from search_spaces.axes import Axis, Choice, Value

Array = NDArray[np.float64]

SPOT_CHECKS: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """The points of one choice of seen axes that no other point of it beats.

    `figures` has a column for each analytic objective, as it is. Shape `(points, objectives)`.
    """

    values: tuple[dict[str, Value], ...]
    figures: Array
    knee: int


class Slices:
    """Solves slices of a study.

    Raises:
        UserError: an objective that neither training nor the energy model decides, or an unseen
            axis that is a range.
    """

    def __init__(self, study: Study, scenario: Scenario, names: Sequence[str]) -> None:
        wrong = beyond_nested(names)
        if wrong:
            raise UserError(wrong)
        self._study, self.scenario = study, scenario
        self._asked = tuple(names)
        self._names = [name for name in names if decided_by_energy(name)] or ["energy_j"]
        self._signs = pareto.signs([objective(name) for name in self._names])
        self._limits = [limit for limit in study.limits if not limit.measured]
        axes = study.open_axes
        self._seen_names, self._slow_said = seen_axes(study), False
        seen = self._seen_names
        self.seen = tuple(axis for axis in axes if axis.name in seen)
        inner = tuple(_choice(study, axis) for axis in axes if axis.name not in seen)
        self._organised = OrganisedAxes.of(inner, self._names, self._limits, study)
        self._inner = tuple(a for a in inner if a.name not in self._organised.names)
        pairs = write_pairs(self.seen) if study.search.prefilter else []
        self.classes = {
            prefix: WriteClasses(study.scenario, voltage, pulse)
            for prefix, voltage, pulse in pairs
        }
        self._combinations = [
            {**dict(zip((a.name for a in self._inner), point, strict=True)), **shared}
            for point in product(*(a.options for a in self._inner))
            for shared in self._organised.shared
        ]
        self._grid: DesignBatch | None = None
        self._grid_counts: dict[tuple[int, int], StepCounts] = {}
        self._known: dict[tuple[tuple[str, Value], ...], Slice] = {}

    @property
    def sampled(self) -> tuple[Axis | str, ...]:
        """What the sampler chooses: seen axes, and the prefix of each pair solved by classes."""
        solved = {name for prefix in self.classes for name in _pair(prefix)}
        return (*(a for a in self.seen if a.name not in solved), *self.classes)

    def solve(self, chosen: Mapping[str, Value]) -> Slice:
        """The slice of a choice of the seen axes; write pairs by their class.

        Raises:
            ValueError: a design outside the models' validity.
        """
        key = tuple(sorted(chosen.items()))
        if key not in self._known:
            self._known[key] = self._solved(dict(chosen))
        return self._known[key]

    def any_point(self, chosen: Mapping[str, Value]) -> dict[str, Value]:
        """Values of one design of a choice of seen axes, whatever the others are."""
        values = {**self._combinations[0], **chosen}
        for prefix, classes in self.classes.items():
            write = classes.members[int(values.pop(class_name(prefix)))][0]
            values |= dict(zip(_pair(prefix), write, strict=True))
        return values

    def chosen(self, values: Mapping[str, Value]) -> dict[str, Value] | None:
        """The choice that a design's values belong to; None where no class holds its write."""
        choice = {a.name: values[a.name] for a in self.seen}
        for prefix, classes in self.classes.items():
            voltage, pulse = _pair(prefix)
            number = classes.holding(float(values[voltage]), float(values[pulse]))
            if number is None:
                return None
            del choice[voltage], choice[pulse]
            choice[class_name(prefix)] = number
        return choice

    def _solved(self, chosen: dict[str, Value]) -> Slice:
        members = []
        options = [
            [dict(zip(_pair(prefix), write, strict=True)) for write in
             classes.members[int(chosen.pop(class_name(prefix)))]]
            for prefix, classes in self.classes.items()
        ]  # fmt: skip
        for writes in product(*options):
            members.append({**chosen, **{k: v for write in writes for k, v in write.items()}})
        first = self._combinations[0]
        designs = [self._study.design({**first, **member}) for member in members]
        scenario = resolved(designs[0], self.scenario)
        batch = self._batch(designs, scenario)
        at_depth: Counts | None = partial(self._counts, scenario, len(designs))
        if scenario.sizing != "free":
            at_depth = None
        if not self._right(batch, members, scenario):
            self._say_slow()
            at_depth = None  # counts of the grid hold only where its points stand in the batch
            points = [{**member, **point} for member in members for point in self._combinations]
            batch = DesignBatch.of([sized(self._study.design(p), scenario) for p in points])
        found: Organised | None = None
        if self._organised.exact:
            found = self._organised.best(batch, scenario, at_depth)
        if found is not None:
            batch, report = found.batch, found.report
        else:
            counts = at_depth(0) if at_depth is not None else None
            report = evaluate_batch(batch, scenario, counts=counts)
        figures = np.stack([figures_of(report, batch, name) for name in self._names], axis=1)
        figures = np.minimum(figures, self._highest)
        # Limits first: a point that breaks one must not beat a point that keeps it.
        allowed = self._allowed(report, batch)
        best = allowed[pareto.unbeaten(figures[allowed] * self._signs)]
        count = len(self._combinations)
        # Row p of the batch is member p // count at combination p % count, members first.
        places = np.arange(len(batch)) if found is None else found.places
        values = tuple(
            {**members[places[p] // count], **self._combinations[places[p] % count],
             **self._organised.values(batch, p)}
            for p in best
        )  # fmt: skip
        return Slice(values=values, figures=figures[best], knee=self._knee(figures[best]))

    def points(self, candidate: Candidate) -> list[tuple[dict[str, Value], Array]]:
        """Values and figures, for the objectives in their order, of a candidate's slice.

        The result: [as its name].

        None for the baselines and the user's own designs, nor where the candidate failed or
        breaks a constraint.
        """
        evaluation = candidate.evaluation
        if candidate.source in GIVEN or evaluation.status in (Status.FAILED, Status.INFEASIBLE):
            return []
        chosen = self.chosen(candidate.values)
        if chosen is None:
            return []
        solved = self.solve(chosen)
        loss = max(evaluation.training.accuracy_loss, 0.0) if evaluation.training else 0.0
        return list(zip(solved.values, self.figures(solved, loss), strict=True))

    def figures(self, solved: Slice, accuracy_loss: float) -> Array:
        """A slice's figures for the objectives in their order.

        Args:
            solved: the slice.
            accuracy_loss: of its training, which all its points share. [-]

        Returns:
            In the objectives' units. Shape `(points, objectives)`.
        """
        columns = [
            solved.figures[:, self._names.index(name)]
            if name in self._names else np.full(len(solved.values), accuracy_loss)
            for name in self._asked
        ]  # fmt: skip
        return np.stack(columns, axis=1)

    def best(self, values: Mapping[str, Value]) -> dict[str, float]:
        """For each analytic objective the best of the slice that a design belongs to."""
        chosen = self.chosen(values)
        if chosen is None:
            return {}
        figures = self.solve(chosen).figures * self._signs
        return dict(zip(self._names, figures.min(axis=0) * self._signs, strict=True))

    def _allowed(self, report: EnergyBatch, batch: DesignBatch) -> NDArray[np.intp]:
        """Places of the points that keep the constraints; if none does, the one nearest to it."""
        beyond = np.zeros(len(batch))  # sum of relative excesses, so that units do not matter
        for limit in self._limits:
            beyond += np.maximum(limit.excess(column(report, batch, limit.quantity)), 0.0)
        kept: NDArray[np.intp] = np.flatnonzero(beyond <= 0.0)
        return kept if kept.size else np.array([np.argmin(beyond)])

    def _knee(self, figures: Array) -> int:
        """The point nearest to the best of every objective, in costs over the slice's span."""
        columns = zip(self._names, figures.T, strict=True)
        return pareto.knee(
            np.stack([objective(name).costs(column) for name, column in columns], axis=1)
        )

    @property
    def _highest(self) -> Array:
        """Where a figure no longer counts as better."""
        known = [QUANTITIES.get(name) for name in self._names]
        return np.array([quantity.most if quantity else np.inf for quantity in known])

    @property
    def signs(self) -> Array:
        """1 for an objective that is minimised, -1 for one that is maximised."""
        return pareto.signs([objective(name) for name in self._asked])

    def _counts(self, scenario: Scenario, members: int, depth_words: int) -> StepCounts:
        """Counts of the grid for every member; they depend on the seen axes only by the format.

        Args:
            scenario: with the format of the members.
            members: how often the grid is repeated. [-]
            depth_words: of the accumulator; 0 is what each point of the grid has. [-]
        """
        assert self._grid is not None
        key = (scenario.bits, depth_words)
        if key not in self._grid_counts:
            deep = np.full(len(self._grid), depth_words, dtype=np.int64)
            grid = replace(self._grid, depth_words=deep) if depth_words else self._grid
            self._grid_counts[key] = step_counts(grid, scenario)
        places = np.tile(np.arange(len(self._grid)), members)
        return self._grid_counts[key].at(places)

    def _right(
        self, batch: DesignBatch, members: Sequence[Mapping[str, Value]], scenario: Scenario
    ) -> bool:
        """Whether seen and unseen axes act on different parts of a design, as `_batch` assumes."""
        count = len(self._combinations)
        places = np.random.default_rng(0).integers(0, len(batch), SPOT_CHECKS)
        decoded = [
            self._study.design({**members[p // count], **self._combinations[p % count]})
            for p in places
        ]
        return all(
            DesignBatch.of([sized(design, scenario)]).equals(batch.part(slice(p, p + 1)))
            for p, design in zip(places, decoded, strict=True)
        )

    def _say_slow(self) -> None:
        """Why this study's slices take longer, once."""
        if self._slow_said:
            return
        self._slow_said = True
        names = ", ".join(f"`axes.{name}`" for name in entangled(self._study, self._seen_names))
        say_once(
            f"strategy 'nested' decodes every point of a slice by itself in study "
            f"{self._study.name!r}, slower and as exact: {names or 'some axes'} act on parts of a "
            f"design that other axes set as well"
        )

    def _batch(self, designs: Sequence[DesignPoint], scenario: Scenario) -> DesignBatch:
        """Every member with every combination of the unseen axes, members first."""
        if self._grid is None:
            base = {a.name: a.options[0] if isinstance(a, Choice) else a.low for a in self.seen}
            self._grid = DesignBatch.of(
                [self._study.design({**base, **point}) for point in self._combinations]
            )
        grid, count = self._grid, len(designs)
        own = DesignBatch.of([sized(design, scenario) for design in designs])
        free = scenario.sizing == "free"
        regions = {}
        for kind in DataKind:
            spread = {
                name: np.repeat(getattr(own.regions[kind], name), len(grid))
                for name in RegionBatch.__dataclass_fields__
            }
            unseen = ("capacity_bytes", "banks", "mat_kib") if free else ("banks", "mat_kib")
            spread |= {name: np.tile(getattr(grid.regions[kind], name), count) for name in unseen}
            regions[kind] = RegionBatch(**spread)
        return DesignBatch(
            technologies=own.technologies,
            rows=np.tile(grid.rows, count),
            cols=np.tile(grid.cols, count),
            clock_hz=np.tile(grid.clock_hz, count),
            depth_words=np.tile(grid.depth_words, count),
            regions=regions,
        )


def class_name(prefix: str) -> str:
    """What the sampler calls the class of a write pair."""
    return f"{prefix}write_class"


def _pair(prefix: str) -> tuple[str, str]:
    return f"{prefix}write_voltage_v", f"{prefix}pulse_width_s"


def _choice(study: Study, axis: Axis) -> Choice:
    """An unseen axis as options; a range that changes no design (the voltage of SRAM) has one."""
    if isinstance(axis, Choice):
        return axis
    if not changes_designs(study, axis):
        return Choice(name=axis.name, options=(axis.low,))
    raise UserError(
        f"strategy 'nested' solves `axes.{axis.name}` on a grid, as training does not see it: "
        f"give it one value in [axes], or take strategy 'joint'"
    )
