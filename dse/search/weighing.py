"""Slices at the places that matter: near enough to weigh a choice, in a hundredth of the time."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dse import pareto
from dse.search.organised_axes import SAME
from dse.search.raster import Raster
from dse.search.slices import Slices
from dse.search.unseen import Unseen
from dse.study import Objective, Study
from dse.study.objectives import figures_of
from evaluators.design import DesignPoint
from evaluators.energy import DesignBatch, EnergyBatch, evaluate_batch, sized
from evaluators.energy.organisation import FIGURES
from evaluators.scenario import Scenario, resolved
from search_spaces.axes import Value

Array = NDArray[np.float64]
Places = NDArray[np.intp]

SAMPLED: Final = 16
"""Choices whose slices show which arrays, capacities, banks, mats and depths matter."""

PLACES: Final = 64
"""Of these at most so many are weighed, those that cover the sample best: what they leave out of a
slice is a thousandth of its volume (measured in the space of `benchmarks/search.py`)."""

COVERED: Final = 4_000_000
"""Heights of the sample's points that are compared to choose them."""

PLACES_DECODED: Final = 8
"""As `PLACES`, where each design must be decoded by itself."""

MARGIN: Final = 0.3
"""Costs below the least of a sample that a lattice still tells apart. [-]"""

MEMBERS: Final = 3
"""Ways at most to write as a class says that are weighed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """Points that keep the constraints: costs, the choice of each, and its seen axes and place.

    `costs` has shape `(points, objectives)`, the others `(points,)`; `members` and `places` point
    into `values` and into the places that are weighed.
    """

    costs: Array
    owners: Places
    members: Places
    places: Places
    values: Sequence[Mapping[str, Value]]


class Weighing:
    """Scores choices at the points that a sample of slices holds.

    Args:
        study: decodes values.
        scenario: what everything is scored in.
        slices: solves the sample, with every bank, mat and depth.
        analytic: objectives that the energy model decides.
        upper: reference of the analytic costs. Shape `(costs,)`. [-]
        drawn: choices at random, the sample first.
        sampled: how many of them are the sample. [-]
        places: how many points of the axes that training does not see are weighed at most. [-]
        members: how many ways to write as a class says are weighed at most. [-]
    """

    def __init__(
        self,
        study: Study,
        scenario: Scenario,
        slices: Slices,
        analytic: Sequence[Objective],
        upper: Array,
        drawn: Sequence[Mapping[str, Value]],
        *,
        sampled: int = SAMPLED,
        places: int = PLACES,
        members: int = MEMBERS,
    ) -> None:
        self._scenario, self._slices = scenario, slices
        self._most_members = members
        self._design, self._analytic = study.decoder(), tuple(analytic)
        self._separate = True
        asked = {o.name for o in analytic} | {limit.quantity for limit in slices.limits}
        self._few_figures = scenario.sizing == "free" and all(
            SAME.get(name, name) in FIGURES for name in asked
        )
        sample, held = self._held(drawn[:sampled])
        base = slices.members(drawn[0])[0]
        self._unseen = Unseen(study, held, base)
        if len(held) > places:
            kept = self._covering(sample, upper, places)
            self._unseen = Unseen(study, [held[place] for place in kept], base)

    def points(
        self, choices: Sequence[Mapping[str, Value]], bases: Sequence[DesignPoint] = ()
    ) -> Weighed:
        """The choices' members at the places that matter.

        Args:
            choices: of the axes that training sees.
            bases: any design of the first member of each, where they are known.

        Raises:
            ValueError: a design outside the models' validity.
        """
        members = [self._spread(self._slices.members(choice)) for choice in choices]
        owners = np.repeat(np.arange(len(choices)), [len(own) for own in members])
        values = [member for own in members for member in own]
        first, count = self._unseen.combinations[0], len(self._unseen)
        decoded = dict(zip(np.searchsorted(owners, np.arange(len(bases))), bases, strict=True))
        designs = [decoded.get(row) or self._design({**first, **member})
                   for row, member in enumerate(values)]  # fmt: skip
        costs, rows = [], []
        for scenario, part in by_scenario(designs, self._scenario).items():
            report, batch = self._scored([designs[p] for p in part], [values[p] for p in part],
                                         scenario)  # fmt: skip
            allowed = np.flatnonzero(self._slices.beyond(report, batch) <= 0.0)
            columns = [o.costs(figures_of(report, batch, o.name)[allowed]) for o in self._analytic]
            costs.append(np.stack(columns, axis=1) if columns else np.empty((len(allowed), 0)))
            # Row r of the batch is member r // count of the part at place r % count.
            rows.append(np.stack([part[allowed // count], allowed % count]))
        found, places = np.concatenate(rows, axis=1)
        return Weighed(costs=np.concatenate(costs), owners=owners[found], members=found,
                       places=places, values=values)  # fmt: skip

    def knees(
        self, choices: Sequence[Mapping[str, Value]], bases: Sequence[DesignPoint]
    ) -> list[dict[str, Value]]:
        """Of each choice the knee of the points that are weighed; of the whole slice for want.

        `bases` as in `points`.

        Raises:
            ValueError: a design outside the models' validity.
        """
        weighed = self.points(choices, bases)
        order = np.argsort(weighed.owners, kind="stable")
        bounds = np.searchsorted(weighed.owners[order], np.arange(len(choices) + 1))
        knees = []
        for number, choice in enumerate(choices):
            rows = order[bounds[number] : bounds[number + 1]]
            if not len(rows) or not self._analytic:
                whole = self._slices.solve(choice)
                knees.append(whole.values[whole.knee])
                continue
            rows = rows[pareto.unbeaten(weighed.costs[rows])]
            row = rows[pareto.knee(weighed.costs[rows])]
            knees.append({**weighed.values[weighed.members[row]],
                          **self._unseen.combinations[weighed.places[row]]})  # fmt: skip
        return knees

    def _held(
        self, sample: Sequence[Mapping[str, Value]]
    ) -> tuple[list[Mapping[str, Value]], list[dict[str, Value]]]:
        """The sample's valid choices, and what their slices hold of the axes that training does
        not see, the frequent first.

        Where axes act on the same parts of a design, solving takes long: places at random do.
        """
        unseen, first = self._slices.unseen, self._slices.unseen.combinations[0]
        held: Counter[tuple[tuple[str, Value], ...]] = Counter()
        valid = []
        for choice in sample:
            member = self._slices.members(choice)[0]
            design = self._design({**first, **member})
            scenario = resolved(design, self._scenario)
            try:
                batch = unseen.batch(DesignBatch.of([sized(design, scenario)]), scenario)
                self._separate &= unseen.separate(batch, [member], scenario)
                if not self._separate:
                    break
                for values in self._slices.solve(choice).values:
                    held[tuple((name, values[name]) for name in first)] += 1
            except ValueError:
                continue
            valid.append(choice)
        if self._separate and held:
            return valid, [dict(point) for point, _ in held.most_common()]
        random = np.random.default_rng(0)
        picked = np.sort(random.permutation(len(unseen))[:PLACES_DECODED])
        return valid, [dict(unseen.combinations[place]) for place in picked]

    def _covering(
        self, sample: Sequence[Mapping[str, Value]], upper: Array, most: int
    ) -> list[int]:
        """Places one by one, each the one that adds most to the volumes of the sample's slices."""
        weighed = self.points(sample)
        raster = Raster(weighed.costs.min(axis=0, initial=np.inf) - MARGIN, upper)
        count = min(len(self._unseen), max(most, COVERED // (raster.size * len(sample))))
        kept = weighed.places < count
        heights = raster.heights(
            weighed.costs[kept], weighed.owners[kept] * count + weighed.places[kept],
            len(sample) * count,
        ).reshape(len(sample), count, raster.size)  # fmt: skip
        known = np.zeros((len(sample), 1, raster.size), dtype=np.float32)
        chosen: list[int] = []
        while len(chosen) < most:
            added = np.maximum(known - heights, 0.0).sum(axis=(0, 2))
            added[chosen] = -1.0
            chosen.append(int(np.argmax(added)))
            known = np.minimum(known, heights[:, chosen[-1:]])
        return chosen

    def _spread(self, members: list[dict[str, Value]]) -> list[dict[str, Value]]:
        """Some of the members, the first and the last among them."""
        count = min(len(members), self._most_members)
        places = np.linspace(0, len(members) - 1, count).round().astype(int)
        return [members[place] for place in places]

    def _scored(
        self,
        designs: Sequence[DesignPoint],
        values: Sequence[Mapping[str, Value]],
        scenario: Scenario,
    ) -> tuple[EnergyBatch, DesignBatch]:
        """Every member at every place that matters, members first."""
        if self._separate:
            own = DesignBatch.of([sized(design, scenario) for design in designs])
            batch = self._unseen.batch(own, scenario)
            score = self._unseen.figures if self._few_figures else self._unseen.reports
            return score(own, batch, scenario), batch
        batch = self._unseen.decoded(values, scenario)
        return evaluate_batch(batch, scenario), batch


def by_scenario(designs: Sequence[DesignPoint], scenario: Scenario) -> dict[Scenario, Places]:
    """Places of the designs by the scenario with the number format that they ask for. [-]"""
    asked: dict[tuple[str, str], list[int]] = {}
    for place, design in enumerate(designs):
        asked.setdefault((design.number_format or "", design.encoding), []).append(place)
    found: dict[Scenario, list[int]] = {}
    for places in asked.values():
        found.setdefault(resolved(designs[places[0]], scenario), []).extend(places)
    return {own: np.sort(np.array(places, dtype=np.intp)) for own, places in found.items()}
