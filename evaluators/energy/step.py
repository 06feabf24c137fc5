"""Energy, time and area of a training step: accesses times costs, by component and data kind."""

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evaluators.accelerator import StepCounts, TrainingStep
from evaluators.design import DataKind
from evaluators.device import retention
from evaluators.energy.batch import DesignBatch
from evaluators.energy.regions import RegionCost, region_costs
from evaluators.energy.report import COMPONENTS, EnergyBatch
from evaluators.memories import ArrayCost, dram, small_sram_cost
from evaluators.networks import network
from evaluators.scenario import Scenario

Array = NDArray[np.float64]

CHUNK: Final = 4000
"""Designs evaluated together: enough to share the work of equal capacities, within memory."""

MAC_45NM_J: Final = {
    "int8": 0.2e-12 + 0.1e-12,  # 8-bit multiply, 32-bit add; Horowitz, ISSCC 2014
    "int16": 0.8e-12 + 0.1e-12,  # multiply by the square of the width, assumed; 32-bit add
    "bf16": 1.1e-12 + 0.9e-12,  # fp16 multiply, fp32 add; Horowitz, ISSCC 2014
    "fp8_e4m3": 1.1e-12 * (4 / 11) ** 2 + 0.9e-12,  # bf16's, by its significand squared: assumed
    "fp8_e5m2": 1.1e-12 * (3 / 11) ** 2 + 0.9e-12,  # bf16's, by its significand squared: assumed
}
LOGIC_SCALE: Final = {45: 1.0, 32: 0.64, 22: 0.39}  # energy against 45 nm; 32 nm assumed
PE_LEAKAGE_W: Final = 5e-6  # one processing element, 22 nm HP, 350 K; assumed
PE_AREA_M2: Final = 300e-12  # one processing element at 22 nm; assumed
ACCUMULATOR_BYTES: Final = 4  # a 32-bit partial sum


def step_counts(batch: DesignBatch, scenario: Scenario) -> StepCounts:
    """Counts of a training step, which depend on arrays and capacities alone."""
    capacity = np.stack([batch.regions[kind].capacity_bytes for kind in DataKind]).astype(float)
    return _training_step(scenario).counts(batch.rows, batch.cols, capacity)


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
    return _cell_writes_j(step_counts(batch, scenario), region_costs(batch, scenario), scenario)


def _cell_writes_j(
    counts: StepCounts, regions: dict[DataKind, RegionCost], scenario: Scenario
) -> Array:
    words = scenario.bits / scenario.memory.word_bits
    return np.stack(
        [
            np.ceil(counts.writes[place] * words) * regions[kind].cell_write_energy_j
            for place, kind in enumerate(DataKind)
        ]
    )


@lru_cache(maxsize=16)
def _training_step(scenario: Scenario) -> TrainingStep:
    return TrainingStep(
        network(scenario.network, scenario.batch_size),
        scenario.accelerator,
        element_bytes=scenario.bits / 8,
    )


def _evaluate(
    batch: DesignBatch,
    scenario: Scenario,
    counts: StepCounts,
    regions: dict[DataKind, RegionCost],
) -> dict[str, Array]:
    capacity = np.stack([batch.regions[kind].capacity_bytes for kind in DataKind]).astype(float)
    accumulator = _accumulator(batch, scenario)
    columns = _dynamic(counts, regions, accumulator, scenario)
    columns |= _times(batch, counts, regions, scenario)
    area, leakage_w = _area_and_leakage(batch, regions, accumulator, scenario)
    columns |= area
    columns["leakage_j"] = leakage_w * columns["time_s"]
    columns["leakage_energy_j"] = columns["leakage_j"]
    columns["energy_j"] = sum((columns[name] for name in COMPONENTS), np.zeros(len(batch)))
    columns["write_energy_j"] = _cell_writes_j(counts, regions, scenario).sum(axis=0)
    region_leakage_w = sum((r.leakage_w for r in regions.values()), np.zeros(len(batch)))
    columns["scratchpad_energy_j"] = region_leakage_w * columns["time_s"] + sum(
        (columns[f"{kind}_{access}_j"] for kind in DataKind for access in ("read", "write")),
        np.zeros(len(batch)),
    )
    columns["dram_bytes"] = counts.dram_bytes
    columns |= _wear(counts, regions, capacity, columns["time_s"], scenario)
    return columns


def _wear(
    counts: StepCounts,
    regions: dict[DataKind, RegionCost],
    capacity_bytes: Array,
    time_s: Array,
    scenario: Scenario,
) -> dict[str, Array]:
    """Writes of a cell, and when the first region is worn: no pause, wear perfectly levelled."""
    per_cell = counts.writes * scenario.bits / 8.0 / capacity_bytes
    endurance = np.stack([regions[kind].endurance_writes for kind in DataKind])
    life_s = np.asarray(retention.lifetime_s(endurance, per_cell / time_s).min(axis=0))
    return {"writes_per_cell": per_cell.max(axis=0), "lifetime_s": life_s}


def _dynamic(
    counts: StepCounts,
    regions: dict[DataKind, RegionCost],
    accumulator: ArrayCost,
    scenario: Scenario,
) -> dict[str, Array]:
    """Energies that follow from accesses; an access moves a whole word."""
    words = scenario.bits / scenario.memory.word_bits
    mac_j = MAC_45NM_J[scenario.number_format] * LOGIC_SCALE[scenario.node_nm]
    operations = counts.macs + counts.vector_operations
    columns = {"mac_j": np.full(counts.cycles.shape, operations * mac_j)}
    for place, kind in enumerate(DataKind):
        reads, writes = np.ceil(counts.reads[place] * words), np.ceil(counts.writes[place] * words)
        columns[f"{kind}_read_j"] = reads * regions[kind].read_energy_j
        columns[f"{kind}_write_j"] = writes * regions[kind].write_energy_j
    columns["accumulator_j"] = (
        counts.accumulator_reads * accumulator.read_energy_j
        + counts.accumulator_writes * accumulator.write_energy_j
    )
    off_chip = dram(scenario.memory.dram).energy_j_per_bit * 8.0
    columns["dram_j"] = counts.dram_bytes * off_chip
    return columns


def _times(
    batch: DesignBatch,
    counts: StepCounts,
    regions: dict[DataKind, RegionCost],
    scenario: Scenario,
) -> dict[str, Array]:
    """The three bounds; the slowest sets the time."""
    words = scenario.bits / scenario.memory.word_bits
    busy = [
        np.max(
            np.ceil(counts.reads[place] * words) * regions[kind].read_s
            + np.ceil(counts.writes[place] * words) * regions[kind].write_s,
            axis=0,
        )
        for place, kind in enumerate(DataKind)
    ]
    bounds = np.stack(
        [
            counts.cycles / batch.clock_hz,
            counts.dram_bytes / scenario.accelerator.dram_bandwidth_bytes_per_s,
            np.max(busy, axis=0),
        ]
    )
    return {
        "compute_time_s": bounds[0],
        "dram_time_s": bounds[1],
        "scratchpad_time_s": bounds[2],
        "time_s": bounds.max(axis=0),
        "bound": bounds.argmax(axis=0).astype(float),
    }


def _area_and_leakage(
    batch: DesignBatch,
    regions: dict[DataKind, RegionCost],
    accumulator: ArrayCost,
    scenario: Scenario,
) -> tuple[dict[str, Array], Array]:
    elements = (batch.rows * batch.cols).astype(float)
    memory = sum((r.area_m2 for r in regions.values()), np.zeros(len(batch)))
    pe_area = PE_AREA_M2 * (scenario.node_nm / 22.0) ** 2
    leakage = sum((r.leakage_w for r in regions.values()), accumulator.leakage_w)
    area = memory + accumulator.area_m2 + elements * pe_area
    areas = {"area_m2": area, "memory_area_m2": memory}
    areas |= {f"{kind}_area_m2": regions[kind].area_m2 for kind in DataKind}
    return areas, leakage + elements * PE_LEAKAGE_W


def _accumulator(batch: DesignBatch, scenario: Scenario) -> ArrayCost:
    """One column's partial sums: an SRAM of `depth` words below each column."""
    one = small_sram_cost(
        scenario.accelerator.accumulator_depth_words * ACCUMULATOR_BYTES,
        node_nm=scenario.node_nm,
        roadmap=scenario.roadmap,
        word_bits=8 * ACCUMULATOR_BYTES,
        temperature_k=scenario.temperature_k,
        leakage_source=scenario.memory.leakage_source,
        leakage_scale=scenario.memory.leakage_scale,
    )
    return ArrayCost(
        area_m2=one.area_m2 * batch.cols,
        read_energy_j=one.read_energy_j * np.ones(len(batch)),
        write_energy_j=one.write_energy_j * np.ones(len(batch)),
        read_latency_s=one.read_latency_s * np.ones(len(batch)),
        write_latency_s=one.write_latency_s * np.ones(len(batch)),
        leakage_w=one.leakage_w * batch.cols,
        mats=batch.cols,
    )
