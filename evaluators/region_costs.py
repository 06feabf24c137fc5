"""Cost of a region's accesses: its array, and its bits written partly at the nominal condition."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluators.batch import DesignBatch, RegionBatch
from evaluators.design import DataKind
from evaluators.device import (
    cell,
    cell_area_f2,
    endurance_writes,
    nominal_write,
)
from evaluators.device.cell import AnyCell
from evaluators.device.retention import MEASURED_ENDURANCE_WRITES
from evaluators.device.write import write_energy_j
from evaluators.memories import Technology, array_cost, technology
from evaluators.scenario import Scenario

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionCost:
    """Figures of one data kind's region for `n` designs; energies and times of one access."""

    area_m2: Array
    read_energy_j: Array
    write_energy_j: Array
    cell_write_energy_j: Array
    read_latency_s: Array
    write_latency_s: Array
    leakage_w: Array
    banks: Array
    endurance_writes: Array


def region_costs(batch: DesignBatch, scenario: Scenario) -> dict[DataKind, RegionCost]:
    """The three regions of every design.

    The transistors of a design's MRAM cells carry the highest voltage that the plan writes with.
    """
    device = cell(scenario.cell)
    technologies = [technology(name) for name in batch.technologies]
    highest_v = _highest_voltage_v(batch, technologies, device, scenario)
    return {
        kind: _region_cost(region, technologies, device, highest_v, scenario)
        for kind, region in batch.regions.items()
    }


def _highest_voltage_v(
    batch: DesignBatch, technologies: list[Technology], device: AnyCell, scenario: Scenario
) -> Array:
    nominal = nominal_write(device, write_corner_k=scenario.write_corner_k)
    highest = np.full(len(batch), 0.05)
    for region in batch.regions.values():
        written = np.array([t.follows_write_condition for t in technologies])[region.technology]
        own = np.where(np.isnan(region.voltage_v), nominal.voltage_v, region.voltage_v)
        own = np.where(region.reliable_bits >= scenario.bits, nominal.voltage_v, own)
        own = np.where(region.reliable_bits > 0, np.maximum(own, nominal.voltage_v), own)
        highest = np.maximum(highest, np.where(written, own, 0.0))
    return highest


def _region_cost(
    region: RegionBatch,
    technologies: list[Technology],
    device: AnyCell,
    highest_v: Array,
    scenario: Scenario,
) -> RegionCost:
    size = len(region.capacity_bytes)
    fields = {name: np.empty(size) for name in RegionCost.__dataclass_fields__}
    for index, tech in enumerate(technologies):
        members = np.flatnonzero(region.technology == index)
        if members.size == 0:
            continue
        found = _one_technology(region, tech, device, highest_v, scenario, members)
        for name, values in found.items():
            fields[name][members] = values
    return RegionCost(**fields)


def _one_technology(
    region: RegionBatch,
    tech: Technology,
    device: AnyCell,
    highest_v: Array,
    scenario: Scenario,
    members: NDArray[np.intp],
) -> dict[str, Array]:
    options = scenario.memory
    area_f2 = None
    if tech.family == "stt_mram" and options.cell_area_f2 is not None:
        area_f2 = np.array(options.cell_area_f2)
    elif tech.follows_write_condition and tech.cell_area_f2 is None:
        area_f2 = cell_area_f2(device, voltage_v=highest_v[members], node_nm=scenario.node_nm)
    array = array_cost(
        tech.name,
        region.capacity_bytes[members],
        node_nm=scenario.node_nm,
        roadmap=scenario.roadmap,
        word_bits=options.word_bits,
        wire=options.wire,
        temperature_k=scenario.temperature_k,
        cell_area_f2=area_f2,
        leakage_source=options.leakage_source,
        leakage_scale=options.leakage_scale,
        gate=options.gate,
    )
    bit_j, pulse_s = _bit_write(region, tech, device, scenario, members)
    return {
        "area_m2": array.area_m2,
        "read_energy_j": array.read_energy_j,
        "write_energy_j": array.write_energy_j + options.word_bits * bit_j,
        "cell_write_energy_j": options.word_bits * bit_j,
        "read_latency_s": array.read_latency_s,
        "write_latency_s": array.write_latency_s + pulse_s,
        "leakage_w": array.leakage_w,
        "endurance_writes": _endurance(region, tech, device, scenario, members),
        "banks": np.minimum(array.mats, scenario.accelerator.max_banks).astype(float),
    }


def _endurance(
    region: RegionBatch,
    tech: Technology,
    device: AnyCell,
    scenario: Scenario,
    members: NDArray[np.intp],
) -> Array:
    """Writes that the most stressed bits of a region endure; SRAM does not wear."""
    if tech.family == "sram":
        return np.full(members.size, np.inf)
    if not tech.follows_write_condition:
        return np.full(members.size, MEASURED_ENDURANCE_WRITES)
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
    device: AnyCell,
    scenario: Scenario,
    members: NDArray[np.intp],
) -> tuple[Array, Array]:
    """Mean energy of a written bit and length of the pulse, over the reliable and other bits."""
    zeros = np.zeros(members.size)
    if tech.family == "sram":
        return zeros, zeros
    if tech.fixed_write is not None:
        return zeros + tech.fixed_write.energy_j, zeros + tech.fixed_write.pulse_width_s
    nominal = nominal_write(device, write_corner_k=scenario.write_corner_k)
    nominal_j = write_energy_j(
        device,
        voltage_v=nominal.voltage_v,
        pulse_width_s=nominal.pulse_width_s,
        temperature_k=scenario.temperature_k,
    )
    own = ~np.isnan(region.voltage_v[members])
    volts = np.where(own, region.voltage_v[members], nominal.voltage_v)
    pulse = np.where(own, region.pulse_width_s[members], nominal.pulse_width_s)
    energy_j = write_energy_j(
        device, voltage_v=volts, pulse_width_s=pulse, temperature_k=scenario.temperature_k
    )
    share = np.minimum(region.reliable_bits[members] / scenario.bits, 1.0)
    longest = np.where(share > 0.0, np.maximum(pulse, nominal.pulse_width_s), pulse)
    return (
        share * nominal_j + (1.0 - share) * energy_j,
        np.where(share >= 1.0, nominal.pulse_width_s, longest),
    )
