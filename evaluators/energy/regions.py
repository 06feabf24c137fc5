"""Cost of a region's accesses: its array, its bits' writes, and the SRAM beside it."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluators.design import DataKind
from evaluators.device import endurance_writes, retention
from evaluators.device.write import write_energy_j
from evaluators.energy.batch import DesignBatch, RegionBatch
from evaluators.energy.cell_sizes import chosen_area_f2, highest_voltage_v
from evaluators.energy.cell_use import CellUse, accesses_a_word, cells_m2, used_array, uses
from evaluators.energy.nominal import scenario_nominal
from evaluators.energy.refresh import left_to_work_s, refreshed_words, words_of
from evaluators.energy.region_figures import BY_MEMORY
from evaluators.energy.region_figures import RegionCost as RegionCost
from evaluators.memories import (
    MAT_BYTES,
    SMALLEST_MAT_BYTES,
    ArrayCost,
    BitShares,
    Technology,
    array_cost,
    technology,
)
from evaluators.scenario import Scenario

Array = NDArray[np.float64]
Members = NDArray[np.intp]


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
    found = [technology(name) for name in technologies]
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
            bit_j, pulse_s = _bit_write(own, tech, scenario, members, shares, use)
            cells_j = share * scenario.memory.word_bits * use.scheme.stored_bits_ratio * bit_j
            cost.write_energy_j[members] += cells_j
            cost.cell_write_energy_j[members] = cells_j
            cost.write_s[0, members] += share * pulse_s / array.banks
            cost.read_latency_s[members] = array.read_latency_s
            cost.write_latency_s[members] = array.write_latency_s + pulse_s
            cost.endurance_writes[members] = _endurance(own, tech, scenario, members, use)
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
    volts, pulse_s = _written_at(region, use, scenario, members)
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


def _endurance(
    region: RegionBatch,
    tech: Technology,
    scenario: Scenario,
    members: Members,
    use: CellUse,
) -> Array:
    """Writes that the most stressed bits of a region endure; SRAM does not wear."""
    if tech.family == "sram" or tech.hold_time_s is not None:
        return np.full(members.size, np.inf)
    if not tech.follows_write_condition:
        return np.full(members.size, retention.MEASURED_ENDURANCE_WRITES)
    device = use.device
    volts, pulse_s = _written_at(region, use, scenario, members)
    approximate = endurance_writes(device, voltage_v=volts, pulse_width_s=pulse_s)
    bits = region.reliable_bits[members]
    if not bits.any():
        return approximate
    nominal = scenario_nominal(device, scenario)
    reliable = endurance_writes(
        device, voltage_v=nominal.voltage_v, pulse_width_s=nominal.pulse_width_s
    )
    least = np.where(bits > 0, np.minimum(approximate, reliable), approximate)
    result: Array = np.where(bits >= scenario.bits, reliable, least)
    return result


def _bit_write(
    region: RegionBatch,
    tech: Technology,
    scenario: Scenario,
    members: Members,
    shares: BitShares,
    use: CellUse,
) -> tuple[Array, Array]:
    """Mean energy of a written bit and length of the pulse, over the reliable and other bits."""
    zeros = np.zeros(members.size)
    if tech.family == "sram":
        return zeros, zeros
    if tech.fixed_write is not None:
        return zeros + tech.fixed_write.energy_j, zeros + tech.fixed_write.pulse_width_s
    device = use.device

    def energy_j(volts: ArrayLike, pulse: ArrayLike) -> Array:
        return write_energy_j(
            device,
            voltage_v=volts,
            pulse_width_s=pulse,
            temperature_k=scenario.temperature_k,
            ones_share=shares.ones,
            changed_share=shares.changed,
            scheme=use.scheme,
        )

    volts, pulse = _written_at(region, use, scenario, members)
    if not region.reliable_bits[members].any():
        return energy_j(volts, pulse), pulse
    nominal = scenario_nominal(device, scenario)
    share = np.minimum(region.reliable_bits[members] / scenario.bits, 1.0)
    longest = np.where(share > 0.0, np.maximum(pulse, nominal.pulse_width_s), pulse)
    return (
        share * energy_j(nominal.voltage_v, nominal.pulse_width_s)
        + (1.0 - share) * energy_j(volts, pulse),
        np.where(share >= 1.0, nominal.pulse_width_s, longest),
    )


def _written_at(
    region: RegionBatch, use: CellUse, scenario: Scenario, members: Members
) -> tuple[Array, Array]:
    """Voltage and pulse of the unreliable bits: the region's own, or the cell's error-free."""
    volts, pulse_s = region.voltage_v[members], region.pulse_width_s[members]
    own = ~np.isnan(volts)
    if own.all():
        return volts, pulse_s
    nominal = scenario_nominal(use.device, scenario)
    return np.where(own, volts, nominal.voltage_v), np.where(own, pulse_s, nominal.pulse_width_s)
