"""The best banks, mats and accumulators of many designs, exactly and without scoring them all.

Three regions with six numbers of banks and two mats each, and four depths, are 6,912 organisations
of every design. But the regions meet only in the time of a step: dynamic energies, leakages and
areas add up, and a step takes what the slowest region of each pass does. So every design has a
bound, all the best of each region at once, that is cheap; designs whose bound is beaten by a point
already found cannot hold a best point, and only the others are gone through.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evaluators.design import DataKind
from evaluators.energy.batch import DesignBatch
from evaluators.energy.option_figures import RegionOptions, StepFigures, region_options
from evaluators.energy.report import EnergyBatch
from evaluators.energy.step import evaluate_batch, step_counts
from evaluators.scenario import Scenario

Array = NDArray[np.float64]
Places = NDArray[np.intp]

BANKS: Final = (1, 2, 4, 8, 16, 32)
MATS_KIB: Final = (128, 512)
DEPTHS_WORDS: Final = (512, 1024, 2048, 4096)
AT_ONCE: Final = 400_000
"""Points worked out together."""

FIGURES: Final = ("energy_j", "time_s", "area_m2", "energy_delay_js", "memory_area_m2")
"""What never gets better where an energy, a leakage, a time or an area gets worse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisations:
    """What each region's banks and mats and the accumulator's depth may be. [KiB, words]"""

    banks: Mapping[DataKind, Sequence[int]] = field(
        default_factory=lambda: dict.fromkeys(DataKind, BANKS)
    )
    mats_kib: Mapping[DataKind, Sequence[int]] = field(
        default_factory=lambda: dict.fromkeys(DataKind, MATS_KIB)
    )
    depths_words: Sequence[int] = DEPTHS_WORDS

    def of(self, kind: DataKind) -> list[tuple[int, int]]:
        """Banks and mats of a region."""
        return list(product(self.banks[kind], self.mats_kib[kind]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Organised:
    """The organised designs that no other one beats.

    `places` are those of the designs that were given, `batch` the designs with their banks, mats
    and depths, `report` their figures. Shape `(m,)`.
    """

    places: Places
    batch: DesignBatch
    report: EnergyBatch


def best_organised(
    batch: DesignBatch,
    scenario: Scenario,
    names: Sequence[str],
    *,
    organisations: Organisations | None = None,
    steps: Callable[[int], StepFigures] | None = None,
    limits: Mapping[str, float] | None = None,
) -> Organised:
    """The unbeaten organisations of designs, exact for the figures in `FIGURES`.

    Args:
        batch: the designs, as sized; their own banks, mats and depths do not count. Shape `(n,)`.
        scenario: workload, technology and assumptions.
        names: figures to be minimised, of `FIGURES`.
        organisations: what may be chosen; None is everything.
        steps: gives the figures of a step at a depth, where they are known: of these designs, or
            of the first `m` of them where the others repeat their arrays and capacities.
        limits: highest allowed figures, of `FIGURES`.

    Returns:
        The points that no other beats, of equal ones the first; none where no point keeps the
        limits.

    Raises:
        ValueError: a figure that is not of `FIGURES`, or a design outside the models' validity.
    """
    wrong = sorted({*names, *(limits or {})} - set(FIGURES))
    if wrong:
        raise ValueError(f"`names` must be of {', '.join(FIGURES)}, got {', '.join(wrong)}")
    chosen = organisations or Organisations()
    search = _Search(names, dict(limits or {}))
    options = {kind: chosen.of(kind) for kind in DataKind}
    costs = {kind: region_options(batch, kind, scenario, options[kind]) for kind in DataKind}
    parts = []
    for depth in chosen.depths_words:
        step = _step(batch, depth, scenario) if steps is None else steps(depth)
        parts.append((step, step.rough_bounds(costs, np.arange(len(batch)))))
        search.sample(len(parts) - 1, step, costs, parts[-1][1])
    for row in range(len(costs)):
        for place, (step, _) in enumerate(parts):
            search.improve(place, step, costs, row)
    for place, (step, rough) in enumerate(parts):
        search.finish(place, step, costs, rough)
    return _told(batch, scenario, search, options, chosen.depths_words)


def _step(batch: DesignBatch, depth: int, scenario: Scenario) -> StepFigures:
    """The figures of a step at a depth of the accumulator. [words]"""
    deep = replace(batch, depth_words=np.full(len(batch), depth, dtype=np.int64))
    return StepFigures.of(deep, step_counts(deep, scenario), scenario)


class _Search:
    """Points found so far: their figures, and depth, design and options of each."""

    def __init__(self, names: Sequence[str], limits: Mapping[str, float]) -> None:
        self._names = tuple(names)
        self._limits = limits
        self.figures = np.zeros((0, len(names)))
        self.points = np.zeros((0, 5), dtype=np.int64)

    def sample(
        self,
        depth: int,
        step: StepFigures,
        costs: Mapping[DataKind, RegionOptions],
        rough: Mapping[str, Array],
    ) -> None:
        """The designs of unbeaten bounds, with the same option in every region.

        Which are looked at decides only how soon the others are ruled out.
        """
        allowed = np.flatnonzero(self._allowed(rough))
        promising = np.stack([rough[name][allowed] for name in self._names], axis=1)
        designs = allowed[_unbeaten(promising)]
        count = min(option.count for option in costs.values())
        for option in range(count):
            same = np.full((len(DataKind), len(designs)), option)
            self._add(depth, designs, same, step.figures(costs, designs, same))

    def improve(
        self, depth: int, step: StepFigures, costs: Mapping[DataKind, RegionOptions], row: int
    ) -> None:
        """The points found by now with every other option of one region: better ones to rule out.

        `row` is the region.
        """
        known = self.points[self.points[:, 0] == depth]
        count = list(costs.values())[row].count
        designs = np.repeat(known[:, 1], count).astype(np.intp)
        options = np.repeat(known[:, 2:].T, count, axis=1)
        options[row] = np.tile(np.arange(count), len(known))
        self._add(depth, designs, options, step.figures(costs, designs, options))

    def finish(
        self,
        depth: int,
        step: StepFigures,
        costs: Mapping[DataKind, RegionOptions],
        rough: Mapping[str, Array],
    ) -> None:
        """Every organisation that no bound rules out, a region at a time."""
        kept = np.flatnonzero(self._promising(rough))
        self._expand(depth, step, costs, kept, _all_open(costs, len(kept)))

    def _expand(
        self,
        depth: int,
        step: StepFigures,
        costs: Mapping[DataKind, RegionOptions],
        designs: Places,
        options: Places,
        row: int = 0,
    ) -> None:
        """Go on with the points whose bound no point found beats; `row` is the next region."""
        figures = step.figures(costs, designs, options)
        if row == len(costs):
            self._add(depth, designs, options, figures)
            return
        kept = np.flatnonzero(self._promising(figures))
        self._branch(depth, step, costs, designs[kept], options[:, kept], row)

    def _branch(
        self,
        depth: int,
        step: StepFigures,
        costs: Mapping[DataKind, RegionOptions],
        designs: Places,
        options: Places,
        row: int,
    ) -> None:
        """Every useful option of the region of `row`; those of earlier regions are chosen."""
        cost = list(costs.values())[row]
        together = max(1, AT_ONCE // cost.count)
        for start in range(0, len(designs), together):
            part = designs[start : start + together]
            places, chosen = np.nonzero(cost.useful[cost.of[part]])
            taken = options[:, start + places]
            taken[row] = chosen
            self._expand(depth, step, costs, part[places], taken, row + 1)

    def _promising(self, bound: Mapping[str, Array]) -> NDArray[np.bool_]:
        """Points that may keep the limits, and whose best is not beaten in all figures."""
        kept = self._allowed(bound)
        best = np.stack([bound[name] for name in self._names], axis=1)
        if best.shape[1] <= 2:
            return kept & ~_beaten(self.figures, best)
        for found in self.figures:
            left = np.flatnonzero(kept)
            some = best[left]
            kept[left] = ~((found <= some).all(axis=1) & (found < some).any(axis=1))
        return kept

    def _allowed(self, figures: Mapping[str, Array]) -> NDArray[np.bool_]:
        kept = np.ones(len(figures["energy_j"]), dtype=bool)
        for name, highest in self._limits.items():
            kept &= figures[name] <= highest
        return kept

    def _add(
        self, depth: int, designs: Places, options: Places, figures: Mapping[str, Array]
    ) -> None:
        allowed = np.flatnonzero(self._allowed(figures))
        told = np.stack([figures[name][allowed] for name in self._names], axis=1)
        point = np.concatenate([
            np.full((1, len(allowed)), depth), designs[None, allowed], options[:, allowed]
        ]).T  # fmt: skip
        first = _unbeaten(told)
        both = np.concatenate([self.figures, told[first]])
        points = np.concatenate([self.points, point[first]])
        kept = _unbeaten(both)
        self.figures, self.points = both[kept], points[kept]


def _all_open(costs: Mapping[DataKind, RegionOptions], designs: int) -> Places:
    """Of each region the option that stands for its bound. Shape `(3, designs)`."""
    return np.tile(np.array([[cost.count] for cost in costs.values()]), designs)


def _beaten(found: Array, points: Array) -> NDArray[np.bool_]:
    """Which points one of `found` is nowhere above and somewhere below; one or two figures.

    Shape `(m,)`.
    """
    first, second = (found[:, 0], found[:, -1])
    order = np.argsort(first, kind="stable")
    # The least second figure of the first k by their first figure; none at all for k = 0.
    least = np.concatenate([[np.inf], np.minimum.accumulate(second[order])])
    below = least[np.searchsorted(first[order], points[:, 0], side="left")]
    up_to = least[np.searchsorted(first[order], points[:, 0], side="right")]
    result: NDArray[np.bool_] = (below <= points[:, -1]) | (up_to < points[:, -1])
    return result


def _unbeaten(costs: Array) -> Places:
    """Places of the points that no other beats; of equal ones the first."""
    import moocore

    if len(costs) == 0:
        return np.zeros(0, dtype=np.intp)
    if costs.shape[1] == 1:
        return np.array([int(np.argmin(costs[:, 0]))])
    best: Places = np.flatnonzero(moocore.is_nondominated(costs, keep_weakly=False))
    return best


def _told(
    batch: DesignBatch,
    scenario: Scenario,
    search: _Search,
    options: Mapping[DataKind, list[tuple[int, int]]],
    depths: Sequence[int],
) -> Organised:
    """The points as designs, scored whole."""
    order = np.argsort(search.points[:, 1], kind="stable")
    points = search.points[order]
    places = points[:, 1].astype(np.intp)
    regions = {}
    for row, kind in enumerate(DataKind):
        own = batch.regions[kind]
        picked = np.array(options[kind], dtype=np.int64)[points[:, 2 + row]]
        taken = {f.name: getattr(own, f.name)[places] for f in fields(own)}
        regions[kind] = replace(own, **(taken | {"banks": picked[:, 0], "mat_kib": picked[:, 1]}))
    found = DesignBatch(
        technologies=batch.technologies,
        rows=batch.rows[places],
        cols=batch.cols[places],
        clock_hz=batch.clock_hz[places],
        depth_words=np.array(depths, dtype=np.int64)[points[:, 0]],
        regions=regions,
    )
    return Organised(places=places, batch=found, report=evaluate_batch(found, scenario))
