"""How long a step takes: what a part of it does overlaps, and the parts follow one another."""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from evaluators.accelerator import PASSES, StepCounts
from evaluators.design import DataKind
from evaluators.energy.accesses import buffer_words_moved, words_moved
from evaluators.energy.batch import DesignBatch
from evaluators.energy.refresh import refreshes
from evaluators.energy.regions import RegionCost
from evaluators.scenario import Scenario

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Seconds of `n` designs. Without passes (`step`), their times share the whole's.

    `bounds` are compute, DRAM and scratchpad by part, `(3, p, n)`; `busy` is how long the banks of
    each region's two memories work in the whole step, `(3, 2, n)`, and those of its buffer,
    `(3, 3, n)` where a design has one; refreshes apart: `refreshes` of
    each region, `(3, n)`, take `refresh_s` in all, `(n,)`.
    """

    bounds: Array
    busy: Array
    passes: NDArray[np.intp]
    overlap: str
    refreshes: Array = field(default_factory=lambda: np.zeros((3, 1)))
    refresh_s: Array | float = 0.0

    @property
    def whole(self) -> Array:
        """Compute, DRAM and scratchpad of the step, `(3, n)`. [s]

        Where all of it overlaps, a region's accesses of all parts do too.
        """
        told = self.bounds.sum(axis=1)
        if self.overlap == "step":
            told[2] = self.busy.max(axis=(0, 1))
        return np.asarray(told)

    @property
    def total(self) -> Array:
        """Time of the step: the slowest bound of each part, or of the whole step. `(n,)`. [s]"""
        if self.overlap == "step":
            return np.asarray(self.whole.max(axis=0) + self.refresh_s)
        return np.asarray(self.bounds.max(axis=0).sum(axis=0) + self.refresh_s)

    def columns(self) -> dict[str, Array]:
        """The report's times; `bound` is the one that holds for most of the time."""
        whole, total = self.whole, self.total
        slowest = self.bounds.max(axis=0)
        if self.overlap == "step":
            holding = whole
            slowest = slowest * (total / slowest.sum(axis=0))
        else:
            holds = self.bounds.argmax(axis=0)
            holding = np.stack([np.where(holds == bound, slowest, 0.0).sum(axis=0)
                                for bound in range(len(self.bounds))])  # fmt: skip
            if np.any(self.refresh_s):  # shared by the passes as they last
                slowest = slowest * (total / slowest.sum(axis=0))
        by_pass = {
            f"{name}_time_s": slowest[self.passes == place].sum(axis=0)
            for place, name in enumerate(PASSES)
        }
        return {
            "compute_time_s": whole[0],
            "dram_time_s": whole[1],
            "scratchpad_time_s": whole[2],
            "time_s": total,
            "bound": holding.argmax(axis=0).astype(float),
            **by_pass,
        }


def times(
    batch: DesignBatch, counts: StepCounts, regions: dict[DataKind, RegionCost], scenario: Scenario
) -> Times:
    """The three bounds of every part."""
    reads, writes = words_moved(counts, scenario)
    busy = np.stack(
        [
            reads[:, place, None] * regions[kind].read_s
            + writes[:, place, None] * regions[kind].write_s
            for place, kind in enumerate(DataKind)
        ]
    )
    buffers = buffer_words_moved(counts, scenario)
    if buffers is not None:
        busy = np.concatenate([busy, _buffers_busy(buffers, regions)], axis=2)
    bandwidth = scenario.accelerator.dram_bandwidth_bytes_per_s
    bounds = np.stack(
        [counts.cycles / batch.clock_hz, counts.dram_bytes / bandwidth, busy.max(axis=(0, 2))]
    )
    spent = Times(
        bounds=bounds,
        busy=busy.sum(axis=1),
        passes=counts.passes,
        overlap=scenario.accelerator.overlap,
    )
    each_s = np.stack([regions[kind].refresh_s for kind in DataKind])
    if not each_s.any():
        return spent
    # Regions are refreshed at the same time, between the accesses of a step.
    often = np.stack([refreshes(spent.total, regions[kind].work_s) for kind in DataKind])
    return replace(spent, refreshes=often, refresh_s=(often * each_s).max(axis=0))


def _buffers_busy(words: tuple[Array, Array], regions: dict[DataKind, RegionCost]) -> Array:
    """How long the banks of each buffer work in each part. Shape `(3, p, 1, n)`. [s]

    A buffer and the region behind it work at the same time, so the pulse of a write is hidden
    unless the region's banks cannot take that many.
    """
    reads, writes = words
    return np.stack(
        [
            reads[:, place] * regions[kind].buffer_read_s
            + writes[:, place] * regions[kind].buffer_write_s
            for place, kind in enumerate(DataKind)
        ]
    )[:, :, None]
