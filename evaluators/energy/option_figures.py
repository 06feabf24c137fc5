"""Figures of designs whose regions may be organised in several ways, from shared pieces."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evaluators.accelerator import StepCounts
from evaluators.accelerator.sizes import unique_codes
from evaluators.design import DataKind
from evaluators.energy.accesses import buffer_words_moved, words_moved
from evaluators.energy.batch import DesignBatch, RegionBatch
from evaluators.energy.cell_sizes import highest_voltage_v
from evaluators.energy.refresh import refreshes
from evaluators.energy.regions import cost_at
from evaluators.energy.step import beside_the_regions
from evaluators.scenario import Scenario

Array = NDArray[np.float64]
Places = NDArray[np.intp]


BUFFER: Final = ("buffer_read_j", "buffer_write_j", "buffer_read_s", "buffer_write_s")
"""Figures of the SRAM in front of a region, by access."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionOptions:
    """One kind's region in `count` ways, for the `u` regions that differ among the designs.

    `of` has each design's region, `(n,)`. The figures are `(u, count + 1)`, those of the region's
    memory and of the SRAM beside it `(2, u, count + 1)`. The last column is no option: it has the
    best of every figure, so that what it gives is a bound. `buffer_*` are of the SRAM in front of
    the region; area and leakage hold it as well.

    `useful` marks options that no other one of the region equals or beats in every figure, as one
    of 128 KiB has one mat and one bank whatever it asks for. Shape `(u, count)`.
    """

    count: int
    of: Places
    area_m2: Array
    leakage_w: Array
    read_j: Array
    write_j: Array
    read_s: Array
    write_s: Array
    spared_w: Array
    refresh_j: Array
    refresh_s: Array
    work_s: Array
    buffer_read_j: Array
    buffer_write_j: Array
    buffer_read_s: Array
    buffer_write_s: Array
    buffer_spared_w: Array
    useful: NDArray[np.bool_]


def region_options(
    batch: DesignBatch, kind: DataKind, scenario: Scenario, options: Sequence[tuple[int, int]]
) -> RegionOptions:
    """A region of every design with every pair of banks and mats. [KiB]"""
    own, highest_v = batch.regions[kind], highest_voltage_v(batch, scenario, kind)
    told = [getattr(own, f.name) for f in fields(own) if f.name not in ("banks", "mat_kib")]
    codes = [np.unique(np.nan_to_num(row, nan=-1.0), return_inverse=True)[1]
             for row in (*told, highest_v)]  # fmt: skip
    first, of = unique_codes(codes)
    count, places = len(options), np.repeat(first, len(options))
    banks, mats = (np.tile(np.array(side, dtype=np.int64), len(first))
                   for side in zip(*options, strict=True))  # fmt: skip
    taken = {f.name: getattr(own, f.name)[places] for f in fields(own)}
    regions = RegionBatch(**(taken | {"banks": banks, "mat_kib": mats}))
    cost = cost_at(regions, kind, batch.technologies, highest_v[places], scenario)

    def table(values: Array) -> Array:
        shaped = values.reshape(*values.shape[:-1], len(first), count)
        return np.concatenate([shaped, shaped.min(axis=-1, keepdims=True)], axis=-1)

    figures = np.stack([
        cost.area_m2, cost.leakage_w, cost.read_energy_j, cost.write_energy_j, *cost.read_s,
        *cost.write_s, *-cost.spared_w, *(getattr(cost, name) for name in BUFFER),
        -cost.buffer_spared_w,
    ]).reshape(-1, len(first), count)  # fmt: skip
    asleep = table(cost.leakage_w - cost.spared_w.sum(axis=0) - cost.buffer_spared_w)
    leakage, spared = table(cost.leakage_w), table(cost.spared_w)
    buffer_spared, work_s = table(cost.buffer_spared_w), table(cost.work_s)
    work_s[:, -1] = work_s.max(axis=1)
    leakage[:, -1], spared[..., -1], buffer_spared[:, -1] = asleep[:, -1], 0.0, 0.0
    return RegionOptions(
        count=count,
        of=of,
        area_m2=table(cost.area_m2),
        leakage_w=leakage,
        read_j=table(cost.read_energy_j),
        write_j=table(cost.write_energy_j),
        read_s=table(cost.read_s),
        write_s=table(cost.write_s),
        spared_w=spared,
        refresh_j=table(cost.refresh_j),
        refresh_s=table(cost.refresh_s),
        work_s=work_s,
        buffer_spared_w=buffer_spared,
        **{name: table(getattr(cost, name)) for name in BUFFER},
        useful=_useful(figures),
    )


def _useful(figures: Array) -> NDArray[np.bool_]:
    """Options that none is as good as in every figure; of equal ones the first. `(u, count)`.

    `figures`: lower is better. Shape `(figures, u, count)`.
    """
    count = figures.shape[-1]
    useful = np.ones(figures.shape[1:], dtype=bool)
    for option in range(count):
        own = figures[..., option, None]
        as_good: NDArray[np.bool_] = np.asarray((figures <= own).all(axis=0))
        better = as_good & (figures < own).any(axis=0)
        as_good[:, option:] = False  # of equal ones the first stays
        useful[:, option] = ~(better | as_good).any(axis=1)
    return useful


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFigures:
    """What a step of `n` designs is without their regions, and what it asks of these.

    `buffer_reads` and `buffer_writes` are None where no design has a buffer.

    `floor_s` is the time of each part that computation and DRAM take, `(p, n)`; `reads` and
    `writes` are words, `(p, 3, n)`; energies, powers and areas `(n,)`. `whole` holds the sums over
    the parts of the first three. A batch may repeat these designs: design `i` of it is `i % n`.
    """

    floor_s: Array
    reads: Array
    writes: Array
    fixed_j: Array
    fixed_w: Array
    fixed_m2: Array
    whole: tuple[Array, Array, Array]
    buffer_reads: Array | None = None
    buffer_writes: Array | None = None

    def __len__(self) -> int:
        return len(self.fixed_j)

    @classmethod
    def of(cls, batch: DesignBatch, counts: StepCounts, scenario: Scenario) -> "StepFigures":
        """The figures of designs whose counts are known."""
        reads, writes = words_moved(counts, scenario)
        buffers = buffer_words_moved(counts, scenario)
        bandwidth = scenario.accelerator.dram_bandwidth_bytes_per_s
        bounds = np.stack([counts.cycles / batch.clock_hz, counts.dram_bytes / bandwidth])
        if scenario.accelerator.overlap == "step":
            reads, writes = (part.sum(axis=0, keepdims=True) for part in (reads, writes))
            if buffers is not None:
                buffers = (buffers[0].sum(axis=0, keepdims=True),
                           buffers[1].sum(axis=0, keepdims=True))  # fmt: skip
            bounds = bounds.sum(axis=1, keepdims=True)
        fixed_j, fixed_w, fixed_m2 = beside_the_regions(batch, counts, scenario)
        floor_s = bounds.max(axis=0)
        return cls(
            floor_s=floor_s,
            whole=(floor_s.sum(axis=0), reads.sum(axis=0), writes.sum(axis=0)),
            reads=reads,
            writes=writes,
            fixed_j=fixed_j,
            fixed_w=fixed_w,
            fixed_m2=fixed_m2,
            buffer_reads=None if buffers is None else buffers[0],
            buffer_writes=None if buffers is None else buffers[1],
        )

    def figures(
        self, costs: Mapping[DataKind, RegionOptions], designs: Places, options: Places
    ) -> dict[str, Array]:
        """Figures of some of the designs, with one option for each kind. Shape `(m,)` each.

        Args:
            costs: of the regions, by kind.
            designs: which design each point is of. Shape `(m,)`.
            options: by kind; the last one of a region is its bound. Shape `(3, m)`.
        """
        steps = designs % len(self)
        time_s = self.floor_s[:, steps]
        energy_j, power_w = self.fixed_j[steps], self.fixed_w[steps]
        memory_m2 = np.zeros(len(designs))
        sleeping: list[tuple[Array, Array]] = []
        for row, cost in enumerate(costs.values()):
            at = (cost.of[designs], options[row])
            reads, writes = self.reads[:, row, steps], self.writes[:, row, steps]
            energy_j = energy_j + reads.sum(axis=0) * cost.read_j[at]
            energy_j += writes.sum(axis=0) * cost.write_j[at]
            power_w = power_w + cost.leakage_w[at]
            memory_m2 += cost.area_m2[at]
            for memory in (0, 1):
                read_s, write_s = cost.read_s[memory][at], cost.write_s[memory][at]
                if memory and not (read_s.any() or write_s.any()):
                    continue
                busy = reads * read_s + writes * write_s
                time_s = np.maximum(time_s, busy)
                if cost.spared_w[memory].any():
                    sleeping.append((cost.spared_w[memory][at], busy.sum(axis=0)))
            if self.buffer_reads is None or self.buffer_writes is None:
                continue
            reads, writes = self.buffer_reads[:, row, steps], self.buffer_writes[:, row, steps]
            energy_j += reads.sum(axis=0) * cost.buffer_read_j[at]
            energy_j += writes.sum(axis=0) * cost.buffer_write_j[at]
            busy = reads * cost.buffer_read_s[at] + writes * cost.buffer_write_s[at]
            time_s = np.maximum(time_s, busy)
            if cost.buffer_spared_w.any():
                sleeping.append((cost.buffer_spared_w[at], busy.sum(axis=0)))
        total_s = time_s.sum(axis=0)
        ats = [(cost, (cost.of[designs], options[row])) for row, cost in enumerate(costs.values())]
        each_s = np.stack([cost.refresh_s[at] for cost, at in ats])
        if each_s.any():
            often = np.stack([refreshes(total_s, cost.work_s[at]) for cost, at in ats])
            energy_j += (often * [cost.refresh_j[at] for cost, at in ats]).sum(axis=0)
            total_s = total_s + (often * each_s).max(axis=0)
        energy_j += power_w * total_s
        for spared_w, busy_s in sleeping:
            energy_j -= spared_w * np.maximum(total_s - busy_s, 0.0)
        return _named(energy_j, total_s, memory_m2, self.fixed_m2[steps])

    def rough_bounds(
        self, costs: Mapping[DataKind, RegionOptions], designs: Places
    ) -> dict[str, Array]:
        """Below what `figures` gives for any options, from sums over the parts. Shape `(m,)` each.

        A part takes at least what computation and DRAM do, a region at least its own accesses.
        """
        steps = designs % len(self)
        floor_s, reads, writes = self.whole
        total_s, energy_j = floor_s[steps], self.fixed_j[steps]
        power_w, memory_m2 = self.fixed_w[steps], np.zeros(len(designs))
        for row, cost in enumerate(costs.values()):
            of = cost.of[designs]
            read, written = reads[row, steps], writes[row, steps]
            energy_j = energy_j + read * cost.read_j[of, -1] + written * cost.write_j[of, -1]
            power_w = power_w + cost.leakage_w[of, -1]
            memory_m2 += cost.area_m2[of, -1]
            for read_s, write_s in zip(cost.read_s, cost.write_s, strict=True):
                total_s = np.maximum(total_s, read * read_s[of, -1] + written * write_s[of, -1])
        return _named(energy_j + power_w * total_s, total_s, memory_m2, self.fixed_m2[steps])


def _named(energy_j: Array, time_s: Array, memory_m2: Array, fixed_m2: Array) -> dict[str, Array]:
    return {
        "energy_j": energy_j,
        "time_s": time_s,
        "area_m2": fixed_m2 + memory_m2,
        "energy_delay_js": energy_j * time_s,
        "memory_area_m2": memory_m2,
    }
