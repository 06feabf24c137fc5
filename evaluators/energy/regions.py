"""Cost of a region's accesses: its array, its bits' writes, and the SRAM beside it."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evaluators.design import DataKind
from evaluators.energy.batch import DesignBatch, RegionBatch
from evaluators.energy.bit_writes import bit_write, endurance, written_at
from evaluators.energy.cell_sizes import chosen_area_f2, highest_voltage_v
from evaluators.energy.cell_use import CellUse, accesses_a_word, cells_m2, used_array, uses
from evaluators.energy.refresh import left_to_work_s, refreshed_words, words_of
from evaluators.memories import (
    MAT_BYTES,
    SMALLEST_MAT_BYTES,
    ArrayCost,
    BitShares,
    Technology,
    array_cost,
    technology,
)
from evaluators.scenario import Scenario, technology_of

Array = NDArray[np.float64]
Members = NDArray[np.intp]


BY_MEMORY: Final = ("read_s", "write_s", "spared_w")
"""Figures of a region's own memory and of the SRAM beside it, apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionCost:
    """Figures of one data kind's region for `n` designs; of one access of a word of data.

    `read_s` and `write_s` are how long an access keeps the region busy, all banks at work: a bank
    serves one access at a time, and is busy for the access of its mat and the pulse. `leakage_w`
    is what the region leaks while all of it works, `spared_w` what sleep saves of that. Busy times
    and `spared_w` have two rows, `(2, n)`: the region's own memory and the SRAM beside it, which
    work at the same time. `cell_write_energy_j` is the cells' part of `write_energy_j`.
    `refresh_words` are what a refresh reads and writes, 0 where cells hold long enough, and
    `work_s` is how long a step goes on from one refresh to the next.
    `read_latency_s` and `write_latency_s` are of one access of the region's own memory, wires and
    pulse included.

    The figures `buffer_*` are those of the SRAM in front of the region, 0 without one; `area_m2`
    and `leakage_w` hold the buffer's as well.
    """

    area_m2: Array
    read_energy_j: Array
    write_energy_j: Array
    cell_write_energy_j: Array
    read_s: Array
    write_s: Array
    read_latency_s: Array
    write_latency_s: Array
    leakage_w: Array
    spared_w: Array
    endurance_writes: Array
    refresh_words: Array
    work_s: Array
    buffer_read_j: Array
    buffer_write_j: Array
    buffer_read_s: Array
    buffer_write_s: Array
    buffer_spared_w: Array
    buffer_area_m2: Array
    buffer_leakage_w: Array

    @property
    def refresh_j(self) -> Array:
        """Energy of a refresh of the region. [J]"""
        result: Array = self.refresh_words * (self.read_energy_j + self.write_energy_j)
        return result

    @property
    def refresh_s(self) -> Array:
        """How long a refresh keeps the region busy. [s]"""
        result: Array = self.refresh_words * (self.read_s[0] + self.write_s[0])
        return result

    def at(self, designs: slice | Members) -> "RegionCost":
        """The figures of some of the designs, in any order and number."""
        return RegionCost(**{f.name: getattr(self, f.name)[..., designs] for f in fields(self)})


def region_costs(batch: DesignBatch, scenario: Scenario) -> dict[DataKind, RegionCost]:
    """The three regions of every design.

    The transistors of a design's MRAM cells carry the highest voltage that the plan writes cells
    of their diameter with.
    """
    return {kind: region_cost(batch, kind, scenario) for kind in DataKind}


def region_cost(batch: DesignBatch, kind: DataKind, scenario: Scenario) -> RegionCost:
    """One kind's region of every design."""
    highest_v = highest_voltage_v(batch, scenario, kind)
    return cost_at(batch.regions[kind], kind, batch.technologies, highest_v, scenario)


def cost_at(
    region: RegionBatch,
    kind: DataKind,
    technologies: Sequence[str],
    highest_v: Array,
    scenario: Scenario,
) -> RegionCost:
    """Regions of one kind whose cells carry the current of `highest_v`. Shape `(n,)`. [V]"""
    shares: BitShares = getattr(scenario.memory, f"{kind}_bits")
    found = [technology_of(scenario, name) for name in technologies]
    return _region_cost(region, found, highest_v, scenario, shares)


def _region_cost(
    region: RegionBatch,
    technologies: list[Technology],
    highest_v: Array,
    scenario: Scenario,
    shares: BitShares,
) -> RegionCost:
    size = len(region.capacity_bytes)
    cost = RegionCost(
        **{
            name: np.zeros((2, size) if name in BY_MEMORY else size)
            for name in RegionCost.__dataclass_fields__
        }
    )
    cost.endurance_writes[:] = np.inf
    cost.work_s[:] = scenario.hold_time_s
    mram = np.array([t.family == "stt_mram" for t in technologies])[region.technology]
    beside = np.where(mram, np.minimum(region.sram_bits / scenario.bits, 1.0), 0.0)
    sram_bytes = np.rint(region.capacity_bytes * beside).astype(np.int64)
    own = replace(region, capacity_bytes=region.capacity_bytes - sram_bytes)
    _check_split(region, sram_bytes, technologies, scenario)
    for index, tech in enumerate(technologies):
        found = np.flatnonzero((region.technology == index) & (beside < 1.0))
        for members, use in uses(own, found, tech, scenario):
            array = _array(tech, own, members, highest_v[members], scenario, use)
            share = 1.0 - beside[members]
            _add(cost, 0, members, array, share, scenario.memory.gate if tech.non_volatile else
                 scenario.memory.sram_gate)  # fmt: skip
            bit_j, pulse_s = bit_write(own, tech, scenario, members, shares, use)
            cells_j = share * scenario.memory.word_bits * use.scheme.stored_bits_ratio * bit_j
            cost.write_energy_j[members] += cells_j
            cost.cell_write_energy_j[members] = cells_j
            cost.write_s[0, members] += share * pulse_s / array.banks
            cost.read_latency_s[members] = array.read_latency_s
            cost.write_latency_s[members] = array.write_latency_s + pulse_s
            cost.endurance_writes[members] = endurance(own, tech, scenario, members, use)
            _verify(cost, own, members, array, use, scenario)
            if tech.follows_write_condition:
                kept = refreshed_words(own.part(members), scenario)
                cost.refresh_words[members] = kept / np.maximum(share, 1e-9)
            elif tech.hold_time_s is not None:
                cost.refresh_words[members] = words_of(own.part(members), scenario)
                cost.work_s[members] = left_to_work_s(cost.refresh_s[members], tech.hold_time_s)
    members = np.flatnonzero(beside > 0.0)
    if members.size:
        next_to = replace(region, capacity_bytes=sram_bytes, mat_kib=np.zeros_like(region.mat_kib))
        array = _array(technology("sram"), next_to, members, highest_v[members], scenario)
        _add(cost, 1, members, array, beside[members], scenario.memory.sram_gate)
    members = np.flatnonzero(region.buffer > 0)
    if members.size:
        _add_buffer(cost, region, members, scenario)
    return cost


def _add_buffer(
    cost: RegionCost, region: RegionBatch, members: Members, scenario: Scenario
) -> None:
    """An SRAM like any other in front of regions, with as many banks as they have."""
    front = replace(region, capacity_bytes=region.buffer, mat_kib=np.zeros_like(region.mat_kib))
    array = _array(technology("sram"), front, members, np.full(members.size, np.nan), scenario)
    cost.area_m2[members] += array.area_m2
    cost.leakage_w[members] += array.leakage_w
    cost.buffer_area_m2[members] = array.area_m2
    cost.buffer_leakage_w[members] = array.leakage_w
    cost.buffer_spared_w[members] = (1.0 - scenario.memory.sram_gate) * array.leakage_w
    cost.buffer_read_j[members] = array.read_energy_j
    cost.buffer_write_j[members] = array.write_energy_j
    cost.buffer_read_s[members] = array.busy_read_s / array.banks
    cost.buffer_write_s[members] = array.busy_write_s / array.banks


def _check_split(
    region: RegionBatch,
    sram_bytes: NDArray[np.int64],
    technologies: list[Technology],
    scenario: Scenario,
) -> None:
    """Both parts of a split region must be whole mats."""
    mat = SMALLEST_MAT_BYTES
    odd = (sram_bytes > 0) & ((region.capacity_bytes % mat != 0) | (sram_bytes % mat != 0))
    if odd.any():
        place = int(np.flatnonzero(odd)[0])
        name = technologies[region.technology[place]].name
        raise ValueError(
            f"`capacity_bytes` of {name} with {region.sram_bits[place]} of {scenario.bits} bits "
            f"in SRAM must split into whole mats of {mat} bytes, "
            f"which every multiple of {scenario.bits * mat} does, "
            f"got {region.capacity_bytes[place]}"
        )


def _verify(
    cost: RegionCost,
    region: RegionBatch,
    members: Members,
    array: ArrayCost,
    use: CellUse,
    scenario: Scenario,
) -> None:
    """Writes that are read back: each attempt keeps the bank busy, each look costs a read."""
    if use.scheme.attempts == 1:
        return
    volts, pulse_s = written_at(region, use, scenario, members)
    writes, looks = accesses_a_word(use, volts, pulse_s, scenario)
    # Further attempts pay the periphery again; the cells' energy has them already.
    again = writes - 1.0
    cells_j = cost.cell_write_energy_j[members]
    cost.write_energy_j[members] += again * (cost.write_energy_j[members] - cells_j)
    cost.write_energy_j[members] += looks * cost.read_energy_j[members]
    read_s = cost.read_s[0, members]
    cost.write_s[0, members] = writes * cost.write_s[0, members] + looks * read_s
    cost.write_latency_s[members] *= writes
    cost.write_latency_s[members] += looks * array.read_latency_s
    cost.endurance_writes[members] /= writes


def _array(
    tech: Technology,
    region: RegionBatch,
    members: Members,
    highest_v: Array,
    scenario: Scenario,
    use: CellUse | None = None,
) -> ArrayCost:
    options = scenario.memory
    capacity = region.capacity_bytes[members]
    mat_kib = np.where(
        region.mat_kib[members] > 0, region.mat_kib[members], MAT_BYTES[tech.family] // 1024
    )
    smallest = SMALLEST_MAT_BYTES // 1024
    banks = region.banks[members]
    area_f2 = chosen_area_f2(tech, highest_v, scenario, use.device if use else None)
    array = array_cost(
        tech.name,
        capacity,
        node_nm=scenario.node_nm,
        roadmap=scenario.roadmap,
        word_bits=options.word_bits,
        wire=options.wire,
        temperature_k=scenario.temperature_k,
        cell_area_f2=area_f2,
        leakage_source=options.leakage_source,
        leakage_scale=options.leakage_scale,
        mat_kib=np.where(capacity % (1024 * mat_kib) == 0, mat_kib, smallest),
        banks=np.where(banks > 0, banks, scenario.accelerator.max_banks),
    )
    # SRAM and cells of a fixed write are read as they always are.
    if use is None or not tech.follows_write_condition:
        return array
    if use.plain and scenario.read_voltage_v is None:
        return array
    return used_array(array, use, cells_m2(tech, area_f2, capacity, scenario), scenario)


def _add(
    cost: RegionCost,
    row: int,
    members: Members,
    array: ArrayCost,
    share: Array,
    gate: float,
) -> None:
    """Add an array that holds `share` of each value's bits, packed into words."""
    cost.area_m2[members] += array.area_m2
    cost.leakage_w[members] += array.leakage_w
    cost.spared_w[row, members] = (1.0 - gate) * array.leakage_w
    cost.read_energy_j[members] += share * array.read_energy_j
    cost.write_energy_j[members] += share * array.write_energy_j
    cost.read_s[row, members] = share * array.busy_read_s / array.banks
    cost.write_s[row, members] = share * array.busy_write_s / array.banks
