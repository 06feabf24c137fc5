"""What a sampler may choose, and what is known of each choice before any training."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dse.search.raster import Heights, Raster
from dse.search.slices import Slices, class_name
from dse.search.training_identity import SeenByTraining
from dse.search.variables import Variables
from dse.search.weighing import MARGIN, Weighing, by_scenario
from dse.study import Study, objective
from dse.study.constraints import excesses
from evaluators.design import DesignPoint
from evaluators.evaluate import Status, score
from evaluators.profiles import error_profiles, snapped
from evaluators.scenario import Scenario
from search_spaces.axes import Value

Array = NDArray[np.float64]
Places = NDArray[np.intp]

SAMPLE: Final = 64
"""Choices that show which formats there are, and the least costs."""

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
        self._weighing: Weighing | None = None
        self._bases: dict[tuple[tuple[str, Value], ...], DesignPoint] = {}
        self._known: dict[DesignPoint, tuple[SeenByTraining, Heights] | None] = {}

    def begin(self, random: np.random.Generator, upper: Array) -> list[SeenByTraining]:
        """Look at some choices at random: which places matter, and what may be trained.

        Args:
            random: draws them.
            upper: reference of the analytic costs. Shape `(costs,)`. [-]
        """
        drawn = [self.variables.drawn(random) for _ in range(SAMPLE)]
        if self._slices is not None:
            self._weighing = Weighing(
                self._study, self._scenario, self._slices, self.analytic, upper, drawn
            )
        designs = [self._base(choice) for choice in drawn]
        costs, _ = self._costs(drawn, designs)
        lower = costs.min(axis=0) if len(costs) else upper - 1.0
        self._raster = Raster(np.minimum(lower - MARGIN, upper - 1.0), upper)
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
            self._bases.clear()
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

    def designs(self, choices: Sequence[Mapping[str, Value]]) -> list[dict[str, Value]]:
        """Values of one design of each choice: the knee of its slice, of what is weighed of it."""
        if self._weighing is None:
            return [dict(choice) for choice in choices]
        parts = [choices[at : at + TOGETHER] for at in range(0, len(choices), TOGETHER)]
        return [
            values
            for part in parts
            for values in self._weighing.knees(part, [self._base(choice) for choice in part])
        ]

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
        key = tuple(choice.items())
        design = self._bases.get(key)
        if design is None:
            values = choice if self._slices is None else self._slices.any_point(choice)
            design = self._bases[key] = self._design(values)
        return design

    def _trained(self, designs: Sequence[DesignPoint]) -> list[SeenByTraining]:
        found: dict[int, SeenByTraining] = {}
        for scenario, places in by_scenario(designs, self._scenario).items():
            profiles = error_profiles([designs[place] for place in places], scenario)
            for place, profile in zip(places, profiles, strict=True):
                found[int(place)] = SeenByTraining(
                    snapped(profile, designs[place]),
                    scenario.number_format,
                    scenario.training.encoding,
                )  # the scenario is resolved: the same for many designs
        return [found[place] for place in range(len(designs))]

    def _costs(
        self, choices: Sequence[Mapping[str, Value]], designs: Sequence[DesignPoint]
    ) -> tuple[Array, Places]:
        """Analytic costs of the allowed points of choices, and the choice of each.

        A choice outside the models' validity has none.
        """
        try:
            if self._slices is None:
                return self._single(designs)
            assert self._weighing is not None
            weighed = self._weighing.points(choices, designs)
            return weighed.costs, weighed.owners
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
