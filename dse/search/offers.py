"""What a sampler may choose, and what is known of each choice before any training."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dse import pareto
from dse.search.raster import Heights, Raster
from dse.search.slices import Slices, class_name
from dse.search.training_identity import SeenByTraining
from dse.search.variables import Variables
from dse.study import Study, objective
from dse.study.constraints import excesses
from dse.study.objectives import figures_of
from evaluators.design import DesignPoint
from evaluators.energy import DesignBatch, EnergyBatch, evaluate_batch, sized
from evaluators.evaluate import Status, score
from evaluators.profiles import error_profiles, snapped
from evaluators.scenario import Scenario, resolved
from search_spaces.axes import Value

Array = NDArray[np.float64]
Places = NDArray[np.intp]
Flags = NDArray[np.bool_]

SAMPLE: Final = 64
"""Choices that show which formats there are, and the least costs."""

SAMPLED: Final = 24
"""Choices whose slices show which places of the grid matter."""

PLACES: Final = 192
"""Places at most that are weighed; the slice of what is chosen is solved whole."""

PLACES_DECODED: Final = 8
"""As `PLACES`, where each design must be decoded by itself."""

MEMBERS: Final = 4
"""Ways at most to write as a class says that are weighed."""

KEPT: Final = 20_000
"""Descriptions that are kept."""

TOGETHER: Final = 96
"""Choices that are scored together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A choice: what a training would be of, and what its slice would add at each node."""

    choice: Mapping[str, Value]
    design: DesignPoint
    trained: SeenByTraining
    heights: Heights


class Offers:
    """Describes choices of a study.

    Args:
        study: its objectives and constraints say what counts.
        scenario: what everything is scored in.
        slices: solves slices; None where every axis is chosen, and a choice is one design.
    """

    def __init__(self, study: Study, scenario: Scenario, slices: Slices | None) -> None:
        self._study, self._scenario, self._slices = study, scenario, slices
        self.analytic = tuple(objective(n) for n in study.objectives if n != "accuracy_loss")
        self._limits = [limit for limit in study.limits if not limit.measured]
        self._design = study.decoder()
        self._raster: Raster | None = None
        if slices is None:
            self.variables = Variables(study.open_axes, {})
        else:
            axes = [axis for axis in slices.sampled if not isinstance(axis, str)]
            sizes = {class_name(p): len(c) for p, c in slices.classes.items()}
            self.variables = Variables(axes, sizes)
        self._places: Places | None = None
        self._separate = True
        self._known: dict[DesignPoint, tuple[SeenByTraining, Heights] | None] = {}

    def begin(self, random: np.random.Generator, upper: Array) -> list[SeenByTraining]:
        """Look at some choices at random: which places matter, and what may be trained.

        Args:
            random: draws them.
            upper: reference of the analytic costs. Shape `(costs,)`. [-]
        """
        drawn = [self.variables.drawn(random) for _ in range(SAMPLE)]
        if self._slices is not None:
            self._find_places(drawn)
        designs = [self._base(choice) for choice in drawn]
        costs, _ = self._costs(drawn, designs)
        lower = costs.min(axis=0) if len(costs) else upper - 1.0
        self._raster = Raster(np.minimum(lower - 0.3, upper - 1.0), upper)
        return self._trained(designs)

    @property
    def raster(self) -> Raster:
        """What heights are measured on."""
        assert self._raster is not None
        return self._raster

    def of(self, choices: Sequence[Mapping[str, Value]]) -> list[Offer]:
        """The choices described; one of those that make equal designs, none of what is invalid."""
        first: dict[DesignPoint, Mapping[str, Value]] = {}
        for choice in choices:
            first.setdefault(self._base(choice), choice)
        if len(self._known) > KEPT:
            self._known.clear()
        new = [design for design in first if design not in self._known]
        for start in range(0, len(new), TOGETHER):
            part = new[start : start + TOGETHER]
            self._describe([first[design] for design in part], part)
        return [
            Offer(choice=choice, design=design, trained=known[0], heights=known[1])
            for design, choice in first.items()
            if (known := self._known[design]) is not None
        ]

    def nothing(self, choice: Mapping[str, Value]) -> Offer:
        """A choice that adds nothing, such as one outside the models' validity."""
        design = self._base(choice)
        return Offer(choice=choice, design=design, trained=self._trained([design])[0],
                     heights=self.raster.empty)  # fmt: skip

    def _describe(
        self, choices: Sequence[Mapping[str, Value]], designs: Sequence[DesignPoint]
    ) -> None:
        trained = self._trained(designs)
        costs, owners = self._costs(choices, designs)
        heights = self.raster.heights(costs, owners, len(choices))
        valid = np.isin(np.arange(len(choices)), owners)
        for place, design in enumerate(designs):
            self._known[design] = (trained[place], heights[place]) if valid[place] else None

    def _base(self, choice: Mapping[str, Value]) -> DesignPoint:
        """A design of a choice, which other choices make too only if they are the same."""
        return self._design(choice if self._slices is None else self._slices.any_point(choice))

    def _trained(self, designs: Sequence[DesignPoint]) -> list[SeenByTraining]:
        found: dict[int, SeenByTraining] = {}
        for scenario, places in _by_scenario(designs, self._scenario).items():
            profiles = error_profiles([designs[place] for place in places], scenario)
            for place, profile in zip(places, profiles, strict=True):
                found[int(place)] = SeenByTraining(
                    snapped(profile, designs[place]),
                    scenario.number_format,
                    scenario.training.encoding,
                )  # the scenario is resolved: the same for many designs
        return [found[place] for place in range(len(designs))]

    def _find_places(self, drawn: Sequence[Mapping[str, Value]]) -> None:
        """The places of the grid that the sample's slices hold, the frequent first.

        Looks at `SAMPLED` of the choices, each with the first of its members.
        """
        assert self._slices is not None
        unseen = self._slices.unseen
        counted = np.zeros(len(unseen), dtype=np.intp)
        for choice in drawn[:SAMPLED]:
            member = self._slices.members(choice)[0]
            design = self._design({**unseen.combinations[0], **member})
            scenario = resolved(design, self._scenario)
            try:
                own = DesignBatch.of([sized(design, scenario)])
                batch = unseen.batch(own, scenario)
                self._separate &= unseen.separate(batch, [member], scenario)
                if not self._separate:
                    break
                costs, kept = self._weighed(unseen.reports(own, batch, scenario), batch)
            except ValueError:
                continue
            best = pareto.unbeaten(costs) if costs.size else np.arange(len(costs))
            counted[np.flatnonzero(kept)[best]] += 1
        order = np.argsort(-counted, kind="stable")[:PLACES]
        self._places = np.sort(order[counted[order] > 0])
        if not self._separate or not len(self._places):
            random = np.random.default_rng(0)
            self._places = np.sort(random.permutation(len(unseen))[:PLACES_DECODED])

    def _costs(
        self, choices: Sequence[Mapping[str, Value]], designs: Sequence[DesignPoint]
    ) -> tuple[Array, Places]:
        """Analytic costs of the allowed points of choices, and the choice of each.

        A choice outside the models' validity has none.
        """
        try:
            if self._slices is None:
                return self._single(designs)
            return self._sliced(choices)
        except ValueError:
            if len(choices) == 1:
                return np.empty((0, len(self.analytic))), np.empty(0, dtype=np.intp)
        middle = len(choices) // 2
        one, whose = self._costs(choices[:middle], designs[:middle])
        two, others = self._costs(choices[middle:], designs[middle:])
        return np.concatenate([one, two]), np.concatenate([whose, others + middle])

    def _single(self, designs: Sequence[DesignPoint]) -> tuple[Array, Places]:
        """Every choice is one design."""
        rows, owners = [], []
        for place, evaluation in enumerate(score(designs, self._scenario)):
            beyond = excesses(evaluation, self._limits).values()
            if evaluation.status is Status.FAILED or any(excess > 0.0 for excess in beyond):
                continue
            owners.append(place)
            rows.append([o.cost(o.of(evaluation)) for o in self.analytic])
        costs = np.array(rows, dtype=float).reshape(len(rows), len(self.analytic))
        return costs, np.array(owners, dtype=np.intp)

    def _sliced(self, choices: Sequence[Mapping[str, Value]]) -> tuple[Array, Places]:
        """A choice is its members at the places that matter."""
        assert self._slices is not None
        members = [self._slices.members(choice) for choice in choices]
        members = [
            [own[p] for p in np.unique(np.linspace(0, len(own) - 1, MEMBERS).round().astype(int))]
            for own in members
        ]
        owners = np.repeat(np.arange(len(choices)), [len(own) for own in members])
        values = [member for own in members for member in own]
        first = self._slices.unseen.combinations[0]
        designs = [self._design({**first, **member}) for member in values]
        found, whose = [], []
        for scenario, part in _by_scenario(designs, self._scenario).items():
            report, batch = self._scored([designs[p] for p in part], [values[p] for p in part],
                                         scenario)  # fmt: skip
            costs, allowed = self._weighed(report, batch)
            found.append(costs)
            whose.append(np.repeat(owners[part], len(batch) // len(part))[allowed])
        return np.concatenate(found), np.concatenate(whose)

    def _weighed(self, report: EnergyBatch, batch: DesignBatch) -> tuple[Array, Flags]:
        """Analytic costs of the designs that keep the constraints, and which those are."""
        assert self._slices is not None
        allowed = self._slices.beyond(report, batch) <= 0.0
        costs = np.empty((int(allowed.sum()), len(self.analytic)))
        for place, one in enumerate(self.analytic):
            costs[:, place] = one.costs(figures_of(report, batch, one.name))[allowed]
        return costs, allowed

    def _scored(
        self,
        designs: Sequence[DesignPoint],
        values: Sequence[Mapping[str, Value]],
        scenario: Scenario,
    ) -> tuple[EnergyBatch, DesignBatch]:
        """Every member at every place that matters, members first."""
        assert self._slices is not None
        assert self._places is not None
        unseen = self._slices.unseen
        if self._separate:
            own = DesignBatch.of([sized(design, scenario) for design in designs])
            batch = unseen.batch(own, scenario, self._places)
            return unseen.reports(own, batch, scenario, self._places), batch
        points = [unseen.combinations[place] for place in self._places]
        whole = [self._design({**member, **point}) for member in values for point in points]
        batch = DesignBatch.of([sized(design, scenario) for design in whole])
        return evaluate_batch(batch, scenario), batch


def _by_scenario(designs: Sequence[DesignPoint], scenario: Scenario) -> dict[Scenario, Places]:
    """Places of the designs by the scenario with the number format that they ask for."""
    asked: dict[tuple[str, str], list[int]] = {}
    for place, design in enumerate(designs):
        asked.setdefault((design.number_format or "", design.encoding), []).append(place)
    found: dict[Scenario, list[int]] = {}
    for places in asked.values():
        found.setdefault(resolved(designs[places[0]], scenario), []).extend(places)
    return {own: np.sort(np.array(places, dtype=np.intp)) for own, places in found.items()}
