"""Strategy `nested`: what training does not see is solved exactly for each trained profile.

The sampler chooses only the axes that training sees. For each choice the energy model scores the
whole grid of the other axes; what no other point beats is the slice, and the candidate is its
knee. The front is the union of the slices, worked out on demand.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dse import pareto
from dse.mistakes import UserError
from dse.search.organised_axes import OrganisedAxes, Steps
from dse.search.seen_axes import entangled, own_cells, say_once, seen_axes
from dse.search.unseen import Unseen
from dse.search.unseen_axes import as_options, check_size
from dse.search.write_classes import WriteClasses, write_pairs
from dse.store import GIVEN, Candidate
from dse.study import Study, objective, objectives
from dse.study.quantities import column
from evaluators.energy import DesignBatch, EnergyBatch, evaluate_batch, sized
from evaluators.evaluate import Status
from evaluators.scenario import Scenario, resolved
from search_spaces.axes import Axis, Choice, Value

Array = NDArray[np.float64]
Key = tuple[tuple[str, Value], ...]

TOGETHER: Final = 40_000
"""Points that are solved together: enough to share what equal regions cost, within memory."""


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
        wrong = objectives.beyond_nested(names)
        if wrong:
            raise UserError(wrong)
        self._study, self.scenario = study, scenario
        self.design = study.decoder()
        self.names = tuple(names)
        self._names = [name for name in names if objectives.decided_by_energy(name)] or [
            "energy_j"
        ]
        self._signs = pareto.signs([objective(name) for name in self._names])
        self.limits = [limit for limit in study.limits if not limit.measured]
        axes = study.open_axes
        self._seen_names, self._slow_said = seen_axes(study), False
        seen = self._seen_names
        self.seen = tuple(axis for axis in axes if axis.name in seen)
        inner = tuple(as_options(study, axis) for axis in axes if axis.name not in seen)
        self.organised = OrganisedAxes.of(inner, self._names, self.limits, study)
        self._inner = tuple(a for a in inner if a.name not in self.organised.names)
        classed = study.search.prefilter and not own_cells(study)
        pairs = write_pairs(self.seen) if classed else []
        self.classes = {
            prefix: WriteClasses(study.scenario, voltage, pulse)
            for prefix, voltage, pulse in pairs
        }
        check_size(self._inner, len(self.organised.shared))
        self._combinations = [
            {**dict(zip((a.name for a in self._inner), point, strict=True)), **shared}
            for point in product(*(a.options for a in self._inner))
            for shared in self.organised.shared
        ]
        base = {a.name: a.options[0] if isinstance(a, Choice) else a.low for a in self.seen}
        self.unseen = Unseen(study, self._combinations, base)
        self._known: dict[Key, Slice] = {}

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
            self.prepare([chosen])
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

    def prepare(self, choices: Sequence[Mapping[str, Value]]) -> None:
        """Solve many slices together, which takes less than one by one.

        Raises:
            ValueError: a design outside the models' validity.
        """
        new = {tuple(sorted(chosen.items())): dict(chosen) for chosen in choices}
        new = {key: chosen for key, chosen in new.items() if key not in self._known}
        members = {key: self.members(chosen) for key, chosen in new.items()}
        groups: dict[Scenario, list[Key]] = {}
        for key in new:
            design = self.design({**self._combinations[0], **members[key][0]})
            groups.setdefault(resolved(design, self.scenario), []).append(key)
        for scenario, keys in groups.items():
            for part in self._groups(keys, members):
                found = self._solved([members[key] for key in part], scenario)
                self._known.update(zip(part, found, strict=True))

    def _groups(
        self, keys: Sequence[Key], members: Mapping[Key, Sequence[object]]
    ) -> Iterator[list[Key]]:
        """Choices that are solved together: as many as `TOGETHER` points allow."""
        group: list[Key] = []
        points = 0
        for key in keys:
            size = len(members[key]) * len(self._combinations)
            if group and points + size > TOGETHER:
                yield group
                group, points = [], 0
            group.append(key)
            points += size
        if group:
            yield group

    def members(self, chosen: Mapping[str, Value]) -> list[dict[str, Value]]:
        """Values of the seen axes of a choice: one for each way to write as it says."""
        chosen = dict(chosen)
        options = [
            [dict(zip(_pair(prefix), write, strict=True)) for write in
             classes.members[int(chosen.pop(class_name(prefix)))]]
            for prefix, classes in self.classes.items()
        ]  # fmt: skip
        return [
            {**chosen, **{k: v for write in writes for k, v in write.items()}}
            for writes in product(*options)
        ]

    def _solved(
        self, choices: Sequence[list[dict[str, Value]]], scenario: Scenario
    ) -> list[Slice]:
        """The slices of choices with these members, all of one number format."""
        first = self._combinations[0]
        values = [member for members in choices for member in members]
        own = DesignBatch.of(
            [sized(self.design({**first, **member}), scenario) for member in values]
        )
        batch = self.unseen.batch(own, scenario)
        ends = np.cumsum([len(members) for members in choices]) * len(self._combinations)
        parts = [slice(a, b) for a, b in zip([0, *ends[:-1]], ends, strict=True)]
        separate = [
            self.unseen.separate(batch.part(p), m, scenario)
            for p, m in zip(parts, choices, strict=True)
        ]
        if not all(separate):
            self._say_slow()
        whole = None
        if all(separate) and not self.organised.exact:
            whole = self.unseen.reports(own, batch, scenario)
        slices = []
        for part, members, apart in zip(parts, choices, separate, strict=True):
            if whole is not None:
                columns = {name: column[part] for name, column in whole.columns.items()}
                slices.append(self._best(members, EnergyBatch(columns=columns), batch.part(part)))
                continue
            designs = batch.part(part) if apart else self.unseen.decoded(members, scenario)
            # Counts of the grid hold only where its points stand in the batch.
            known = apart and scenario.sizing == "free"
            steps = partial(self.unseen.steps, scenario) if known else None
            slices.append(self._organised_best(members, designs, scenario, steps))
        return slices

    def _organised_best(
        self,
        members: Sequence[Mapping[str, Value]],
        batch: DesignBatch,
        scenario: Scenario,
        steps: Steps | None,
    ) -> Slice:
        """As `_best`, with the banks, mats and depths solved where the space leaves them open."""
        organised = None
        if self.organised.exact:
            organised = self.organised.best(batch, scenario, steps)
        if organised is None:
            return self._best(members, evaluate_batch(batch, scenario), batch)
        return self._best(members, organised.report, organised.batch, organised.places)

    def _best(
        self,
        members: Sequence[Mapping[str, Value]],
        report: EnergyBatch,
        batch: DesignBatch,
        places: NDArray[np.intp] | None = None,
    ) -> Slice:
        """Of every member with every combination, what no other beats; `places` if not all."""
        figures = np.stack(
            [objectives.figures_of(report, batch, name) for name in self._names], axis=1
        )
        # Limits first: a point that breaks one must not beat a point that keeps it.
        allowed = self._allowed(report, batch)
        best = allowed[pareto.unbeaten(figures[allowed] * self._signs)]
        count = len(self._combinations)
        # Row p of the batch is member p // count at combination p % count, members first.
        places = np.arange(len(batch)) if places is None else places
        values = tuple(
            {**members[places[p] // count], **self._combinations[places[p] % count],
             **self.organised.values(batch, p)}
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
        """A slice's figures for the objectives in their order. [as its name]

        Args:
            solved: the slice.
            accuracy_loss: of its training, which all its points share. [-]

        Returns:
            In the objectives' units. Shape `(points, objectives)`.
        """
        columns = [
            solved.figures[:, self._names.index(name)]
            if name in self._names else np.full(len(solved.values), accuracy_loss)
            for name in self.names
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
        beyond = self.beyond(report, batch)
        kept: NDArray[np.intp] = np.flatnonzero(beyond <= 0.0)
        return kept if kept.size else np.array([np.argmin(beyond)])

    def beyond(self, report: EnergyBatch, batch: DesignBatch) -> Array:
        """Sum of the relative excesses over the constraints, 0 where all are kept. [-]"""
        found = np.zeros(len(batch))
        for limit in self.limits:
            found += np.maximum(limit.excess(column(report, batch, limit.quantity)), 0.0)
        return found

    def _knee(self, figures: Array) -> int:
        """The point nearest to the best of every objective, in costs over the slice's span."""
        columns = zip(self._names, figures.T, strict=True)
        return pareto.knee(
            np.stack([objective(name).costs(column) for name, column in columns], axis=1)
        )

    @property
    def signs(self) -> Array:
        """1 for an objective that is minimised, -1 for one that is maximised. [-]"""
        return pareto.signs([objective(name) for name in self.names])

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


def class_name(prefix: str) -> str:
    """What the sampler calls the class of a write pair."""
    return f"{prefix}write_class"


def _pair(prefix: str) -> tuple[str, str]:
    return f"{prefix}write_voltage_v", f"{prefix}pulse_width_s"
