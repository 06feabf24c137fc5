"""Energy, time and area of a training step: accesses times costs, by component and data kind."""

from dataclasses import fields, replace
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evaluators.accelerator import AcceleratorOptions, StepCounts, TrainingStep
from evaluators.design import DataKind
from evaluators.device import retention
from evaluators.energy.accesses import buffer_words_moved, words_moved
from evaluators.energy.batch import DesignBatch
from evaluators.energy.logic import element_area_m2, element_leakage_w, mac_energy_j
from evaluators.energy.regions import RegionCost, region_costs
from evaluators.energy.report import COMPONENTS, EnergyBatch, EnergyReport
from evaluators.energy.times import Times, times
from evaluators.memories import ArrayCost, dram, small_sram_cost
from evaluators.networks import network
from evaluators.scenario import Scenario

Array = NDArray[np.float64]

CHUNK: Final = 8000
"""Designs evaluated together: enough to share the work of equal capacities, within memory."""

np.empty(31 * 2**20, dtype=np.uint8)
# Freed at once and never touched: from it glibc learns to keep as much freed memory, where it else
# gives back the arrays of every batch and pays page faults for the next, a quarter of the time
# (mallopt(3), M_MMAP_THRESHOLD: it grows to the largest block freed, 32 MiB at most).

ACCUMULATOR_BYTES: Final = 4  # a 32-bit partial sum


def step_counts(batch: DesignBatch, scenario: Scenario) -> StepCounts:
    """Counts of a training step, which depend on arrays and capacities alone."""
    capacity = np.stack([batch.regions[kind].capacity_bytes for kind in DataKind]).astype(float)
    buffers = np.stack([batch.regions[kind].buffer for kind in DataKind]).astype(float)
    return _training_step(scenario).counts(
        batch.rows, batch.cols, capacity, depth=_depth_words(batch, scenario),
        buffer_bytes=buffers,
    )  # fmt: skip


def _depth_words(batch: DesignBatch, scenario: Scenario) -> NDArray[np.int64]:
    """Words that each column's accumulator holds: the design's, or the scenario's."""
    own, given = batch.depth_words, scenario.accelerator.accumulator_depth_words
    return np.where(own > 0, own, np.int64(given))


def evaluate_batch(
    batch: DesignBatch,
    scenario: Scenario,
    *,
    counts: StepCounts | None = None,
    regions: dict[DataKind, RegionCost] | None = None,
) -> EnergyBatch:
    """Score designs without training.

    Args:
        batch: the designs. Shape `(n,)`.
        scenario: workload, technology and assumptions.
        counts: of these designs, where they are known from designs of equal array and capacities.
        regions: of these designs, where they are known from designs of equal regions.

    Returns:
        Reports in order.

    Raises:
        ValueError: a design outside the models' validity; says what and where.
    """
    if len(batch) == 0:
        return EnergyBatch(columns={f.name: np.zeros(0) for f in fields(EnergyReport)})
    parts = []
    for start in range(0, len(batch), CHUNK):
        members = slice(start, start + CHUNK)
        part = batch.part(members)
        known = step_counts(part, scenario) if counts is None else counts.at(members)
        costs = (
            region_costs(part, scenario)
            if regions is None
            else {kind: cost.at(members) for kind, cost in regions.items()}
        )
        parts.append(_evaluate(part, scenario, known, costs))
    return EnergyBatch(
        columns={name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    )


def cell_write_energies_j(batch: DesignBatch, scenario: Scenario) -> Array:
    """What the cells take for the writes of a training step, by data kind. [J]

    Shape `(3, n)` in the order of `DataKind`; the sum over kinds is a report's `write_energy_j`.
    """
    counts, regions = step_counts(batch, scenario), region_costs(batch, scenario)
    return _cell_writes_j(counts, regions, times(batch, counts, regions, scenario), scenario)


def _cell_writes_j(
    counts: StepCounts, regions: dict[DataKind, RegionCost], spent: Times, scenario: Scenario
) -> Array:
    _, words = _accesses(counts, scenario)
    return np.stack(
        [
            (words[place] + spent.refreshes[place] * regions[kind].refresh_words)
            * regions[kind].cell_write_energy_j
            for place, kind in enumerate(DataKind)
        ]
    )


def _accesses(counts: StepCounts, scenario: Scenario) -> tuple[Array, Array]:
    """Words read and written by kind. Shape `(3, n)` each."""
    reads, writes = words_moved(counts, scenario)
    return reads.sum(axis=0), writes.sum(axis=0)


def beside_the_regions(
    batch: DesignBatch, counts: StepCounts, scenario: Scenario
) -> tuple[Array, Array, Array]:
    """What a step takes but for the regions: energy, power as long as it lasts, area. `(n,)`.

    [J, W, m^2]
    """
    accumulator = _accumulator(batch, scenario)
    energies = _fixed(counts, accumulator, scenario)
    areas, always_w = _area_and_leakage(batch, {}, accumulator, scenario)
    power_w = always_w + dram(scenario.memory.dram).background_w
    return sum(energies.values(), np.zeros(len(batch))), power_w, areas["area_m2"]


def _training_step(scenario: Scenario) -> TrainingStep:
    return _step_of(scenario.network, scenario.batch_size, scenario.accelerator, scenario.bits)


@lru_cache(maxsize=64)
def _step_of(name: str, batch_size: int, options: AcceleratorOptions, bits: int) -> TrainingStep:
    """All that decides counts: neither transistors nor memories do."""
    return TrainingStep(network(name, batch_size), options, element_bytes=bits / 8)


def _evaluate(
    batch: DesignBatch,
    scenario: Scenario,
    counts: StepCounts,
    regions: dict[DataKind, RegionCost],
) -> dict[str, Array]:
    capacity = np.stack([batch.regions[kind].capacity_bytes for kind in DataKind]).astype(float)
    accumulator = _accumulator(batch, scenario)
    spent = times(batch, counts, regions, scenario)
    columns = _dynamic(counts, regions, accumulator, scenario)
    _add_refreshes(columns, regions, spent)
    columns |= spent.columns()
    columns["dram_j"] += dram(scenario.memory.dram).background_w * columns["time_s"]
    area, always_w = _area_and_leakage(batch, regions, accumulator, scenario)
    columns |= area
    regions_j = _regions_leakage_j(regions, spent)
    columns["leakage_j"] = regions_j + always_w * columns["time_s"]
    columns["leakage_energy_j"] = columns["leakage_j"]
    columns["energy_j"] = sum((columns[name] for name in COMPONENTS), np.zeros(len(batch)))
    columns["write_energy_j"] = _cell_writes_j(counts, regions, spent, scenario).sum(axis=0)
    columns["scratchpad_energy_j"] = regions_j + sum(
        (columns[f"{kind}_{access}_j"] for kind in DataKind for access in ("read", "write")),
        np.zeros(len(batch)),
    )
    columns["energy_delay_js"] = columns["energy_j"] * columns["time_s"]
    columns["average_power_w"] = columns["energy_j"] / columns["time_s"]
    elements = (batch.rows * batch.cols).astype(float)
    possible = elements * batch.clock_hz * columns["time_s"]
    columns["utilization"] = float(counts.macs.sum()) / possible
    columns["dram_bytes"] = counts.dram_bytes.sum(axis=0)
    columns |= _wear(counts, regions, capacity, spent, scenario)
    return columns


def _wear(
    counts: StepCounts,
    regions: dict[DataKind, RegionCost],
    capacity_bytes: Array,
    spent: Times,
    scenario: Scenario,
) -> dict[str, Array]:
    """Writes of a cell, and when the first region is worn: no pause, wear perfectly levelled."""
    per_cell = counts.writes.sum(axis=0) * scenario.bits / 8.0 / capacity_bytes
    per_cell += spent.refreshes * np.stack([regions[k].refresh_words > 0.0 for k in DataKind])
    endurance = np.stack([regions[kind].endurance_writes for kind in DataKind])
    life_s = np.asarray(retention.lifetime_s(endurance, per_cell / spent.total).min(axis=0))
    return {"writes_per_cell": per_cell.max(axis=0), "lifetime_s": life_s}


def _dynamic(
    counts: StepCounts,
    regions: dict[DataKind, RegionCost],
    accumulator: ArrayCost,
    scenario: Scenario,
) -> dict[str, Array]:
    """Energies that follow from accesses; an access moves a whole word."""
    reads, writes = _accesses(counts, scenario)
    columns = _fixed(counts, accumulator, scenario)
    for place, kind in enumerate(DataKind):
        columns[f"{kind}_read_j"] = reads[place] * regions[kind].read_energy_j
        columns[f"{kind}_write_j"] = writes[place] * regions[kind].write_energy_j
    buffers = buffer_words_moved(counts, scenario)
    if buffers is not None:
        reads, writes = (words.sum(axis=0) for words in buffers)
        for place, kind in enumerate(DataKind):
            columns[f"{kind}_read_j"] += reads[place] * regions[kind].buffer_read_j
            columns[f"{kind}_write_j"] += writes[place] * regions[kind].buffer_write_j
    return columns


def _add_refreshes(
    columns: dict[str, Array], regions: dict[DataKind, RegionCost], spent: Times
) -> None:
    """Reads and writes of what outlives its cells."""
    for place, (kind, region) in enumerate(regions.items()):
        again = spent.refreshes[place] * region.refresh_words
        columns[f"{kind}_read_j"] = columns[f"{kind}_read_j"] + again * region.read_energy_j
        columns[f"{kind}_write_j"] = columns[f"{kind}_write_j"] + again * region.write_energy_j


def _fixed(counts: StepCounts, accumulator: ArrayCost, scenario: Scenario) -> dict[str, Array]:
    """Energies that no region decides."""
    operations = float(counts.macs.sum() + counts.vector_operations.sum())
    off_chip = dram(scenario.memory.dram).energy_j_per_bit * 8.0
    return {
        "mac_j": np.full(counts.cycles.shape[1], operations * mac_energy_j(scenario)),
        "accumulator_j": counts.accumulator_reads.sum(axis=0) * accumulator.read_energy_j
        + counts.accumulator_writes.sum(axis=0) * accumulator.write_energy_j,
        "dram_j": counts.dram_bytes.sum(axis=0) * off_chip,
    }


def _regions_leakage_j(regions: dict[DataKind, RegionCost], spent: Times) -> Array:
    """What the regions leak in a step: all of it while they work, less while banks sleep. [J]"""
    total = np.zeros(len(spent.total))
    for place, region in enumerate(regions.values()):
        idle_s = np.maximum(spent.total - spent.busy[place], 0.0)
        total += region.leakage_w * spent.total
        total -= (region.spared_w * idle_s[:2]).sum(axis=0)
        if len(idle_s) > 2:
            total -= region.buffer_spared_w * idle_s[2]
    return total


def _area_and_leakage(
    batch: DesignBatch,
    regions: dict[DataKind, RegionCost],
    accumulator: ArrayCost,
    scenario: Scenario,
) -> tuple[dict[str, Array], Array]:
    """Areas, and what leaks beside the regions. [W]"""
    elements = (batch.rows * batch.cols).astype(float)
    memory = sum((r.area_m2 for r in regions.values()), np.zeros(len(batch)))
    area = memory + accumulator.area_m2 + elements * element_area_m2(scenario)
    areas = {"area_m2": area, "memory_area_m2": memory}
    areas |= {f"{kind}_area_m2": region.area_m2 for kind, region in regions.items()}
    return areas, accumulator.leakage_w + elements * element_leakage_w(scenario)


def _accumulator(batch: DesignBatch, scenario: Scenario) -> ArrayCost:
    """The array's partial sums: an SRAM of `depth` words below each column."""
    column = small_sram_cost(
        _depth_words(batch, scenario) * ACCUMULATOR_BYTES,
        node_nm=scenario.node_nm,
        roadmap=scenario.roadmap,
        word_bits=8 * ACCUMULATOR_BYTES,
        temperature_k=scenario.temperature_k,
        leakage_source=scenario.memory.leakage_source,
        leakage_scale=scenario.memory.leakage_scale,
    )
    return replace(
        column,
        area_m2=column.area_m2 * batch.cols,
        leakage_w=column.leakage_w * batch.cols,
        mats=batch.cols,
        banks=batch.cols,
    )
