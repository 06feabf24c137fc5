"""Energy, pulse and wear of a region's written bits, the reliable ones and the others."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluators.device import endurance_writes, retention
from evaluators.device.write import write_energy_j
from evaluators.energy.batch import RegionBatch
from evaluators.energy.cell_use import CellUse
from evaluators.energy.nominal import scenario_nominal
from evaluators.memories import BitShares, Technology
from evaluators.scenario import Scenario

Array = NDArray[np.float64]
Members = NDArray[np.intp]


def endurance(
    region: RegionBatch,
    tech: Technology,
    scenario: Scenario,
    members: Members,
    use: CellUse,
) -> Array:
    """Writes that the most stressed bits of a region endure; SRAM does not wear. [-]"""
    if tech.family == "sram" or tech.hold_time_s is not None:
        return np.full(members.size, np.inf)
    if not tech.follows_write_condition:
        return np.full(members.size, retention.MEASURED_ENDURANCE_WRITES)
    device = use.device
    volts, pulse_s = written_at(region, use, scenario, members)
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


def bit_write(
    region: RegionBatch,
    tech: Technology,
    scenario: Scenario,
    members: Members,
    shares: BitShares,
    use: CellUse,
) -> tuple[Array, Array]:
    """Mean energy of a written bit and length of the pulse, over all bits. [J, s]"""
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

    volts, pulse = written_at(region, use, scenario, members)
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


def written_at(
    region: RegionBatch, use: CellUse, scenario: Scenario, members: Members
) -> tuple[Array, Array]:
    """Voltage and pulse of the unreliable bits: the region's, or the cell's error-free. [V, s]"""
    volts, pulse_s = region.voltage_v[members], region.pulse_width_s[members]
    own = ~np.isnan(volts)
    if own.all():
        return volts, pulse_s
    nominal = scenario_nominal(use.device, scenario)
    return np.where(own, volts, nominal.voltage_v), np.where(own, pulse_s, nominal.pulse_width_s)
