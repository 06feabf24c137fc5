"""The whole front of a space on an accuracy map: what `benchmarks/search.py` measures by.

Every choice of memories, reliable bits and write class is scored at the arrays, capacities, banks,
mats and depths that 64 exactly solved slices hold (some 350 of 7,077,888). A profile that would
stay beaten on a map if all its points were cheaper by `MARGIN` is left out there; the slices of
all others are solved exactly, and their union is the front.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import Final

import moocore
import numpy as np
from numpy.typing import NDArray

from dse import pareto
from dse.search import Slices
from dse.search.slices import class_name
from dse.search.variables import Variables
from dse.search.weighing import Weighing
from dse.study import Study, objective
from evaluators.design import DataKind, ErrorProfile
from evaluators.profiles import error_profiles, snapped
from search_spaces.axes import Value

Array = NDArray[np.float64]
Choice = dict[str, Value]

CLASS: Final = class_name("")
SAMPLED: Final = 64
MARGIN: Final = 0.002
"""In the logarithm of energy and area. Of 40 slices at random the weighed points were as good as
the exact ones to 0.005 everywhere, but for one point at 0.017; half of them had every point."""

TOGETHER: Final = 48
ALL: Final = 10_000


def memories() -> Iterator[Choice]:
    """Every distinct choice of memories and reliable bits."""
    options = [("sram", 8), *(("stt_mram", bits) for bits in (0, 2, 4, 8))]
    for chosen in product(options, repeat=3):
        values: Choice = {}
        for kind, (technology, bits) in zip(DataKind, chosen, strict=True):
            values[f"{kind}_technology"] = technology
            values[f"{kind}_reliable_bits"] = bits
        yield values


class Exhausted:
    """Slices of every profile of a study's space: weighed, and exact where it matters.

    Args:
        study: its objectives are energy, accuracy loss and area.
        reference: of the hypervolume, in that order. Shape `(3,)`. [-]
    """

    def __init__(self, study: Study, reference: Array) -> None:
        self._study, self._reference = study, reference
        self._axes = [objective("energy_j"), objective("area_m2")]
        self._slices = Slices(study, study.scenario, study.objectives)
        self._choices: dict[ErrorProfile, list[Choice]] = {}
        choices = list(self._all())
        for choice, profile in zip(choices, self._profiles(choices), strict=True):
            self._choices.setdefault(profile, []).append(choice)
        self.profiles = list(self._choices)
        self._costs = self._weighed()
        self._exact: set[int] = set()

    def volume(
        self, loss: Callable[[ErrorProfile], float], margin: float | None = MARGIN
    ) -> float:
        """Hypervolume of the whole front on a map. [-]

        `margin`: as `MARGIN`; without one nothing is solved exactly. [-]
        """
        points = np.array([max(100.0 * loss(profile), 0.0) for profile in self.profiles])
        losses = np.log(0.1 + points)
        order = np.argsort(losses, kind="stable")
        order = order[losses[order] < self._reference[1]]
        front = self._front(order, losses)
        for place in order:
            if margin is None or place in self._exact:
                continue
            if _stays(self._costs[place] - margin, front, losses[place]):
                self._costs[place] = self._solved(self._choices[self.profiles[place]])
                self._exact.add(int(place))
        return float(moocore.hypervolume(self._front(order, losses), ref=self._reference))

    def _front(self, order: NDArray[np.intp], losses: Array) -> Array:
        front: Array = np.empty((0, 3))
        for start in range(0, len(order), TOGETHER):
            parts = [front]
            for place in order[start : start + TOGETHER]:
                own = self._costs[place]
                parts.append(np.insert(own, 1, losses[place], axis=1))
            front = np.concatenate(parts)
            front = front[moocore.is_nondominated(front)]
        return front

    def _all(self) -> Iterator[Choice]:
        """Where every bit is written reliably, classes differ in nothing."""
        for values in memories():
            faulty = any(values[f"{k}_technology"] == "stt_mram"
                         and values[f"{k}_reliable_bits"] != 8 for k in DataKind)  # fmt: skip
            for number in range(len(self._slices.classes[""]) if faulty else 1):
                yield {**values, CLASS: number}

    def _profiles(self, choices: Sequence[Choice]) -> Iterator[ErrorProfile]:
        for start in range(0, len(choices), 500):
            points = [self._slices.any_point(c) for c in choices[start : start + 500]]
            designs = [self._study.design(point) for point in points]
            found = error_profiles(designs, self._study.scenario)
            yield from map(snapped, found, designs)

    def _weighed(self) -> list[Array]:
        """Costs of each profile, energy and area; those that no other of it beats."""
        axes = [axis for axis in self._slices.sampled if not isinstance(axis, str)]
        variables = Variables(axes, {CLASS: len(self._slices.classes[""])})
        random = np.random.default_rng(0)
        drawn = [variables.drawn(random) for _ in range(SAMPLED)]
        weighing = Weighing(
            self._study, self._study.scenario, self._slices, self._axes,
            self._reference[[0, 2]], drawn, sampled=SAMPLED, places=ALL, members=ALL,
        )  # fmt: skip
        found = []
        for choices in self._choices.values():
            parts = [weighing.points(choices[at : at + TOGETHER]).costs
                     for at in range(0, len(choices), TOGETHER)]  # fmt: skip
            costs = np.concatenate(parts)
            found.append(costs[pareto.unbeaten(costs)])
        return found

    def _solved(self, choices: Sequence[Choice]) -> Array:
        """Costs of the exact slices of choices of one profile, as one."""
        self._slices.prepare(choices)
        figures = np.concatenate([self._slices.solve(choice).figures for choice in choices])
        costs = pareto.costs(figures, self._axes)
        return costs[pareto.unbeaten(costs)]


def _stays(costs: Array, front: Array, loss: float) -> bool:
    """Whether a front leaves any of a profile's costs, energy and area, at this loss."""
    known = front[front[:, 1] <= loss][:, [0, 2]]
    if not len(known):
        return True
    known = known[np.argsort(known[:, 0], kind="stable")]
    least = np.concatenate([[np.inf], np.minimum.accumulate(known[:, 1])])
    below = least[np.searchsorted(known[:, 0], costs[:, 0], side="right")]
    return bool((below > costs[:, 1]).any())
