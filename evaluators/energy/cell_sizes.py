"""How large the MRAM cells of a design are, and whether they can carry its write current."""

import numpy as np
from numpy.typing import NDArray

from evaluators.design import DataKind, DesignPoint
from evaluators.device import AnyCell, cell, cell_area_f2
from evaluators.energy.batch import DesignBatch, RegionBatch
from evaluators.energy.nominal import scenario_nominal
from evaluators.memories import Technology, technology
from evaluators.memories.options import SRAM_CELL_F2
from evaluators.scenario import Scenario, cell_at

Array = NDArray[np.float64]


def highest_voltage_v(
    batch: DesignBatch, scenario: Scenario, kind: DataKind | None = None
) -> Array:
    """The highest voltage that a design's plan writes MRAM with; 0.05 without MRAM. `(n,)`. [V]

    One cell design serves all regions of a plan whose cells have the same diameter: with `kind`
    those of its region alone, without it all.
    """
    written = np.array([technology(name).follows_write_condition for name in batch.technologies])
    highest = np.full(len(batch), 0.05)
    for region in batch.regions.values():
        nominal_v = _nominal_v(region, scenario)
        own = np.where(np.isnan(region.voltage_v), nominal_v, region.voltage_v)
        own = np.where(region.reliable_bits > 0, np.maximum(own, nominal_v), own)
        own = np.where(region.reliable_bits >= scenario.bits, nominal_v, own)
        mram = written[region.technology] & (region.sram_bits < scenario.bits)
        if kind is not None:
            mram &= _same(region.diameter_m, batch.regions[kind].diameter_m)
        highest = np.maximum(highest, np.where(mram, own, 0.0))
    return highest


def _nominal_v(region: RegionBatch, scenario: Scenario) -> Array:
    """Voltage of the error-free write of each region's cell, 0 where it has none. `(n,)`. [V]"""
    asked = np.isnan(region.voltage_v) | (region.reliable_bits > 0)
    sizes, places = np.unique(region.diameter_m, return_inverse=True)
    volts = np.zeros(len(places))
    for number, size in enumerate(sizes):
        members = (places == number) & asked
        if members.any():
            device = cell_at(scenario, None if np.isnan(size) else float(size))
            nominal = scenario_nominal(device, scenario)
            volts[members] = nominal.voltage_v
    return volts


def _same(diameter_m: Array, other_m: Array) -> NDArray[np.bool_]:
    return np.asarray((diameter_m == other_m) | (np.isnan(diameter_m) & np.isnan(other_m)))


def chosen_area_f2(
    tech: Technology, highest_v: Array, scenario: Scenario, device: AnyCell | None = None
) -> Array | None:
    """Area of a technology's cells: the scenario's, the technology's (None), or by the current.

    `device` is the cell that carries it; None takes the scenario's.
    """
    if tech.name == "sram" and scenario.memory.sram_cell != "nvsim":
        return np.array([SRAM_CELL_F2[scenario.memory.sram_cell]])
    if tech.family == "stt_mram" and scenario.memory.cell_area_f2 is not None:
        return np.array([scenario.memory.cell_area_f2])
    if not tech.follows_write_condition or tech.cell_area_f2 is not None:
        return None
    device = cell(scenario.cell) if device is None else device
    return cell_area_f2(device, voltage_v=highest_v, node_nm=scenario.node_nm)


def cell_pair(design: DesignPoint, scenario: Scenario) -> str:
    """Which cells a comparison of the design with all-SRAM sets side by side, in words.

    Densities mean nothing without it: an SRAM cell of 146 F^2 is NVSim's, and no process of 22 nm
    has it.
    """
    batch = DesignBatch.of([design])
    highest = highest_voltage_v(batch, scenario)
    words = [
        f"{scenario.memory.sram_cell} SRAM cell of {_area_f2('sram', highest, scenario):.0f} F2"
    ]
    words += [
        f"{name} cell of {_area_f2(name, highest, scenario):.0f} F2"
        for name in batch.technologies
        if name != "sram"
    ]
    return " beside ".join(words)


def _area_f2(name: str, highest_v: Array, scenario: Scenario) -> float:
    tech = technology(name)
    chosen = chosen_area_f2(tech, highest_v, scenario)
    if chosen is not None:
        return float(chosen[0])
    return float(tech.cell_area_f2 or 0.0)


def undersized_cells(design: DesignPoint, scenario: Scenario) -> tuple[str, ...]:
    """Warnings, one a technology whose given cell area cannot carry the plan's write current."""
    device = cell(scenario.cell)
    if not device.knows_current:
        return ()
    batch = DesignBatch.of([design])
    volts = float(highest_voltage_v(batch, scenario)[0])
    needed = float(cell_area_f2(device, voltage_v=volts, node_nm=scenario.node_nm))
    warnings = []
    for name in batch.technologies:
        tech = technology(name)
        override = scenario.memory.cell_area_f2
        given = tech.cell_area_f2 if override is None else override
        if tech.follows_write_condition and given is not None and given < needed:
            warnings.append(
                f"a {name} cell of {given:g} F^2 cannot carry the current of cell "
                f"{device.name!r} at {volts:.3g} V, which needs {needed:.0f} F^2: its density "
                f"and its write energy belong to different devices"
            )
    return tuple(warnings)
