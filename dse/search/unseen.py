"""The axes that training does not see: their whole grid, scored for many designs at once.

A seen and an unseen axis act on different parts of a design, so a member (a choice of seen axes)
lends its memories and writes, a place of the grid its array and capacities. Counts of accesses
then depend on the place alone, costs of a region on the member and the place's capacity.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dse.study import Study
from evaluators.accelerator import StepCounts
from evaluators.design import DataKind
from evaluators.energy import DesignBatch, EnergyBatch, evaluate_batch, sized, step_counts
from evaluators.energy.batch import RegionBatch
from evaluators.energy.option_figures import RegionOptions, StepFigures
from evaluators.energy.regions import RegionCost, region_costs
from evaluators.scenario import Scenario
from search_spaces.axes import Value

Places = NDArray[np.intp]

SPOT_CHECKS: Final = 16
"""Designs in which it is checked that the axes act on different parts."""


CACHED: Final = 2_000
"""Points whose figures are worked out together: so many stay in a processor's cache."""

OTHER: Final = {"read_j": "read_energy_j", "write_j": "write_energy_j"}
"""What options call otherwise than costs."""

BY_PART: Final = ("floor_s", "reads", "writes", "buffer_reads", "buffer_writes")
"""Figures of a step that have a row for each part of it."""

MERGED: Final = -1
"""Stands for a depth of the accumulator where parts of a step are merged."""


class Unseen:
    """Every combination of the unseen axes as one batch of designs.

    Args:
        study: decodes values.
        combinations: of the unseen axes, every one.
        base: any values of the seen axes.
    """

    def __init__(
        self,
        study: Study,
        combinations: Sequence[Mapping[str, Value]],
        base: Mapping[str, Value],
    ) -> None:
        self._design = study.decoder()
        self.combinations = combinations
        self._base = base
        self._made: DesignBatch | None = None
        self._counts: dict[tuple[int, int], StepCounts] = {}
        self._steps: dict[tuple[Scenario, int], StepFigures] = {}

    def __len__(self) -> int:
        return len(self.combinations)

    def batch(
        self, members: DesignBatch, scenario: Scenario, places: Places | None = None
    ) -> DesignBatch:
        """Every member at every place, members first.

        Args:
            members: designs as sized, which lend memories and writes.
            scenario: with the number format that all of them ask for.
            places: of the grid; all by default.
        """
        count, grid = len(members), self._grid if places is None else self._grid.part(places)
        regions = {}
        for kind in DataKind:
            spread = {
                name: np.repeat(getattr(members.regions[kind], name), len(grid))
                for name in RegionBatch.__dataclass_fields__
            }
            spread |= {
                name: np.tile(getattr(grid.regions[kind], name), count)
                for name in _of_the_grid(scenario)
            }
            regions[kind] = RegionBatch(**spread)
        return DesignBatch(
            technologies=members.technologies,
            rows=np.tile(grid.rows, count),
            cols=np.tile(grid.cols, count),
            clock_hz=np.tile(grid.clock_hz, count),
            depth_words=np.tile(grid.depth_words, count),
            regions=regions,
        )

    def decoded(self, members: Sequence[Mapping[str, Value]], scenario: Scenario) -> DesignBatch:
        """Every member with every combination, each decoded by itself: slower, always right."""
        points = [{**member, **point} for member in members for point in self.combinations]
        return DesignBatch.of([sized(self._design(p), scenario) for p in points])

    def reports(
        self,
        members: DesignBatch,
        batch: DesignBatch,
        scenario: Scenario,
        places: Places | None = None,
    ) -> EnergyBatch:
        """Scores `batch`, as `batch` made it of these arguments.

        Raises:
            ValueError: a design outside the models' validity.
        """
        chosen = np.arange(len(self)) if places is None else places
        counts = None
        if scenario.sizing == "free":
            counts = self._counted(scenario).at(np.tile(chosen, len(members)))
        regions = self._regions(members, scenario, chosen)
        return evaluate_batch(batch, scenario, counts=counts, regions=regions)

    def figures(self, members: DesignBatch, batch: DesignBatch, scenario: Scenario) -> EnergyBatch:
        """As `reports` of every place, the columns of `organisation.FIGURES` alone: far cheaper.

        Only where capacities are free.

        Raises:
            ValueError: a design outside the models' validity.
        """
        places = np.arange(len(self))
        regions, steps = self._regions(members, scenario, places), self._merged(scenario)
        parts = []
        each = max(1, CACHED // len(self)) * len(self)
        for start in range(0, len(batch), each):
            part = slice(start, min(start + each, len(batch)))
            costs = {kind: _one_option(cost.at(part)) for kind, cost in regions.items()}
            designs = np.arange(part.stop - part.start)
            chosen = np.zeros((len(DataKind), len(designs)), dtype=np.intp)
            parts.append(steps.figures(costs, designs, chosen))
        return EnergyBatch(
            columns={name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        )

    def separate(
        self,
        batch: DesignBatch,
        values: Sequence[Mapping[str, Value]],
        scenario: Scenario,
    ) -> bool:
        """Whether `batch`, of members with these values at every place, is what they decode to.

        It looks at `SPOT_CHECKS` of them.
        """
        count = len(self)
        picked = np.random.default_rng(0).integers(0, len(batch), SPOT_CHECKS)
        decoded = [
            self._design({**values[p // count], **self.combinations[p % count]}) for p in picked
        ]
        found = DesignBatch.of([sized(design, scenario) for design in decoded])
        return found.equals(batch.part(picked))

    @property
    def _grid(self) -> DesignBatch:
        if self._made is None:
            self._made = DesignBatch.of(
                [self._design({**self._base, **point}) for point in self.combinations]
            )
        return self._made

    def steps(self, scenario: Scenario, depth_words: int) -> StepFigures:
        """What a step of every place of the grid is, whatever its memories.

        Args:
            scenario: with the number format of the members.
            depth_words: of the accumulator. [-]
        """
        key = (scenario, depth_words)
        if key not in self._steps:
            grid = self._at_depth(depth_words)
            self._steps[key] = StepFigures.of(grid, self._counted(scenario, depth_words), scenario)
        return self._steps[key]

    def _merged(self, scenario: Scenario) -> StepFigures:
        """What a step of every place is, parts that are alike in all places as one.

        The slowest of several times as long is several times as long.
        """
        key = (scenario, MERGED)
        if key not in self._steps:
            steps = self.steps(scenario, 0)
            told = {name: getattr(steps, name) for name in BY_PART}
            parts = {name: part for name, part in told.items() if part is not None}
            rows = np.concatenate(
                [part.reshape(len(steps.floor_s), -1) for part in parts.values()], axis=1
            )
            _, first, count = np.unique(rows, axis=0, return_index=True, return_counts=True)
            self._steps[key] = replace(
                steps,
                **{
                    name: part[first] * count.reshape(-1, *(1,) * (part.ndim - 1))
                    for name, part in parts.items()
                },
            )
        return self._steps[key]

    def _at_depth(self, depth_words: int) -> DesignBatch:
        if not depth_words:
            return self._grid
        deep = np.full(len(self), depth_words, dtype=np.int64)
        return replace(self._grid, depth_words=deep)

    def _counted(self, scenario: Scenario, depth_words: int = 0) -> StepCounts:
        """Counts of the grid; they depend on the seen axes only by the width of a value."""
        key = (scenario.bits, depth_words)
        if key not in self._counts:
            self._counts[key] = step_counts(self._at_depth(depth_words), scenario)
        return self._counts[key]

    def _regions(
        self, own: DesignBatch, scenario: Scenario, places: Places
    ) -> dict[DataKind, RegionCost]:
        """Costs of regions, worked out once for each member and each region of the grid."""
        names = _of_the_grid(scenario)
        sizes = {}
        for kind in DataKind:
            columns = [getattr(self._grid.regions[kind], name)[places] for name in names]
            sizes[kind] = np.unique(np.stack(columns), axis=1, return_inverse=True)
        width = max(values.shape[1] for values, _ in sizes.values())
        few = own.part(np.repeat(np.arange(len(own)), width))
        for kind, (values, _) in sizes.items():
            # Kinds with fewer regions than others repeat theirs: a batch has one length.
            filled = values[:, np.arange(width) % values.shape[1]]
            spread = {n: np.tile(row, len(own)) for n, row in zip(names, filled, strict=True)}
            few.regions[kind] = replace(few.regions[kind], **spread)
        first = np.arange(len(own))[:, None] * width
        return {
            kind: cost.at((first + sizes[kind][1].reshape(1, -1)).reshape(-1))
            for kind, cost in region_costs(few, scenario).items()
        }


def _of_the_grid(scenario: Scenario) -> tuple[str, ...]:
    """What the grid says of a region; where sizes follow an area, members say the capacity."""
    organised = ("banks", "mat_kib", "buffer_bytes")
    return ("capacity_bytes", *organised) if scenario.sizing == "free" else organised


def _one_option(cost: RegionCost) -> RegionOptions:
    """Regions that are organised in one way each."""
    count = len(cost.area_m2)
    own = {f.name for f in fields(RegionOptions)} - {"count", "of", "useful"}
    told = {name: getattr(cost, OTHER.get(name, name))[..., None] for name in own}
    useful = np.ones((count, 1), dtype=bool)
    return RegionOptions(count=1, of=np.arange(count), useful=useful, **told)
