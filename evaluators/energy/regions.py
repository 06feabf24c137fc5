"""Cost of a region's accesses: its array, its bits' writes, and the SRAM beside it."""

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluators.design import DataKind
from evaluators.device import cell, endurance_writes, nominal_write, retention
from evaluators.device.write import write_energy_j
from evaluators.energy.batch import DesignBatch, RegionBatch
from evaluators.energy.cell_sizes import chosen_area_f2, highest_voltage_v
from evaluators.memories import MAT_BYTES, ArrayCost, BitShares, Technology, array_cost, technology
from evaluators.scenario import Scenario

Array = NDArray[np.float64]
Members = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionCost:
    """Figures of one data kind's region for `n` designs; of one access of a word of data.

    `read_s` and `write_s` are how long an access keeps the region busy, all banks at work: a bank
    serves one access at a time. They have two rows, `(2, n)`: the region's own memory and the SRAM
    beside it, which work at the same time. `cell_write_energy_j` is the cells' part of
    `write_energy_j`.
    """

    area_m2: Array
    read_energy_j: Array
    write_energy_j: Array
    cell_write_energy_j: Array
    read_s: Array
    write_s: Array
    leakage_w: Array
    endurance_writes: Array

    def at(self, designs: slice | Members) -> "RegionCost":
        """The figures of some of the designs, in any order and number."""
        return RegionCost(**{f.name: getattr(self, f.name)[..., designs] for f in fields(self)})


def region_costs(batch: DesignBatch, scenario: Scenario) -> dict[DataKind, RegionCost]:
    """The three regions of every design.

    The transistors of a design's MRAM cells carry the highest voltage that the plan writes with.
    """
    highest_v = highest_voltage_v(batch, scenario)
    return {kind: _of_kind(batch, kind, highest_v, scenario) for kind in DataKind}


def region_cost(batch: DesignBatch, kind: DataKind, scenario: Scenario) -> RegionCost:
    """One kind's region of every design."""
    return _of_kind(batch, kind, highest_voltage_v(batch, scenario), scenario)


def _of_kind(
    batch: DesignBatch, kind: DataKind, highest_v: Array, scenario: Scenario
) -> RegionCost:
    technologies = [technology(name) for name in batch.technologies]
    shares: BitShares = getattr(scenario.memory, f"{kind}_bits")
    return _region_cost(batch.regions[kind], technologies, highest_v, scenario, shares)


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
            name: np.zeros((2, size) if name in ("read_s", "write_s") else size)
            for name in RegionCost.__dataclass_fields__
        }
    )
    cost.endurance_writes[:] = np.inf
    mram = np.array([t.family == "stt_mram" for t in technologies])[region.technology]
    beside = np.where(mram, np.minimum(region.sram_bits / scenario.bits, 1.0), 0.0)
    sram_bytes = np.rint(region.capacity_bytes * beside).astype(np.int64)
    own = replace(region, capacity_bytes=region.capacity_bytes - sram_bytes)
    _check_split(region, sram_bytes, technologies, scenario)
    for index, tech in enumerate(technologies):
        members = np.flatnonzero((region.technology == index) & (beside < 1.0))
        if members.size:
            array = _array(tech, own.capacity_bytes[members], highest_v[members], scenario)
            share = 1.0 - beside[members]
            banks = _add(cost, 0, members, array, share, scenario)
            bit_j, pulse_s = _bit_write(own, tech, scenario, members, shares)
            cells_j = share * scenario.memory.word_bits * bit_j
            cost.write_energy_j[members] += cells_j
            cost.cell_write_energy_j[members] = cells_j
            cost.write_s[0, members] += share * pulse_s / banks
            cost.endurance_writes[members] = _endurance(own, tech, scenario, members)
    members = np.flatnonzero(beside > 0.0)
    if members.size:
        array = _array(technology("sram"), sram_bytes[members], highest_v[members], scenario)
        _add(cost, 1, members, array, beside[members], scenario)
    return cost


def _check_split(
    region: RegionBatch,
    sram_bytes: NDArray[np.int64],
    technologies: list[Technology],
    scenario: Scenario,
) -> None:
    """Both parts of a split region must be whole mats."""
    own_mat = np.array([MAT_BYTES[t.family] for t in technologies])[region.technology]
    own_bytes = region.capacity_bytes - sram_bytes
    odd = (sram_bytes > 0) & ((own_bytes % own_mat != 0) | (sram_bytes % MAT_BYTES["sram"] != 0))
    if odd.any():
        place = int(np.flatnonzero(odd)[0])
        raise ValueError(
            f"`capacity_bytes` with {region.sram_bits[place]} of {scenario.bits} bits in SRAM "
            f"must split into whole mats, {MAT_BYTES['sram']} and {own_mat[place]} bytes, "
            f"which every multiple of {scenario.bits * own_mat[place]} does, "
            f"got {region.capacity_bytes[place]}"
        )


def _array(
    tech: Technology, capacity_bytes: NDArray[np.int64], highest_v: Array, scenario: Scenario
) -> ArrayCost:
    options = scenario.memory
    return array_cost(
        tech.name,
        capacity_bytes,
        node_nm=scenario.node_nm,
        roadmap=scenario.roadmap,
        word_bits=options.word_bits,
        wire=options.wire,
        temperature_k=scenario.temperature_k,
        cell_area_f2=chosen_area_f2(tech, highest_v, scenario),
        leakage_source=options.leakage_source,
        leakage_scale=options.leakage_scale,
        gate=options.gate,
    )


def _add(
    cost: RegionCost,
    row: int,
    members: Members,
    array: ArrayCost,
    share: Array,
    scenario: Scenario,
) -> Array:
    """Add an array that holds `share` of each value's bits, packed into words; gives its banks."""
    banks = np.minimum(array.mats, scenario.accelerator.max_banks).astype(float)
    cost.area_m2[members] += array.area_m2
    cost.leakage_w[members] += array.leakage_w
    cost.read_energy_j[members] += share * array.read_energy_j
    cost.write_energy_j[members] += share * array.write_energy_j
    cost.read_s[row, members] = share * array.read_latency_s / banks
    cost.write_s[row, members] = share * array.write_latency_s / banks
    return banks


def _endurance(
    region: RegionBatch,
    tech: Technology,
    scenario: Scenario,
    members: Members,
) -> Array:
    """Writes that the most stressed bits of a region endure; SRAM does not wear."""
    if tech.family == "sram":
        return np.full(members.size, np.inf)
    if not tech.follows_write_condition:
        return np.full(members.size, retention.MEASURED_ENDURANCE_WRITES)
    device = cell(scenario.cell)
    nominal = nominal_write(device, write_corner_k=scenario.write_corner_k)
    own = ~np.isnan(region.voltage_v[members])
    approximate = endurance_writes(
        device,
        voltage_v=np.where(own, region.voltage_v[members], nominal.voltage_v),
        pulse_width_s=np.where(own, region.pulse_width_s[members], nominal.pulse_width_s),
    )
    reliable = endurance_writes(
        device, voltage_v=nominal.voltage_v, pulse_width_s=nominal.pulse_width_s
    )
    bits = region.reliable_bits[members]
    least = np.where(bits > 0, np.minimum(approximate, reliable), approximate)
    result: Array = np.where(bits >= scenario.bits, reliable, least)
    return result


def _bit_write(
    region: RegionBatch,
    tech: Technology,
    scenario: Scenario,
    members: Members,
    shares: BitShares,
) -> tuple[Array, Array]:
    """Mean energy of a written bit and length of the pulse, over the reliable and other bits."""
    zeros = np.zeros(members.size)
    if tech.family == "sram":
        return zeros, zeros
    if tech.fixed_write is not None:
        return zeros + tech.fixed_write.energy_j, zeros + tech.fixed_write.pulse_width_s
    device = cell(scenario.cell)
    nominal = nominal_write(device, write_corner_k=scenario.write_corner_k)

    def energy_j(volts: ArrayLike, pulse: ArrayLike) -> Array:
        return write_energy_j(
            device,
            voltage_v=volts,
            pulse_width_s=pulse,
            temperature_k=scenario.temperature_k,
            ones_share=shares.ones,
            changed_share=shares.changed,
        )

    own = ~np.isnan(region.voltage_v[members])
    volts = np.where(own, region.voltage_v[members], nominal.voltage_v)
    pulse = np.where(own, region.pulse_width_s[members], nominal.pulse_width_s)
    share = np.minimum(region.reliable_bits[members] / scenario.bits, 1.0)
    longest = np.where(share > 0.0, np.maximum(pulse, nominal.pulse_width_s), pulse)
    return (
        share * energy_j(nominal.voltage_v, nominal.pulse_width_s)
        + (1.0 - share) * energy_j(volts, pulse),
        np.where(share >= 1.0, nominal.pulse_width_s, longest),
    )
