"""How large the MRAM cells of a design are, and whether they can carry its write current."""

import numpy as np
from numpy.typing import NDArray

from evaluators.design import DataKind, DesignPoint
from evaluators.device import AnyCell, cell, cell_area_f2
from evaluators.energy.batch import DesignBatch, RegionBatch
from evaluators.energy.nominal import scenario_nominal
from evaluators.memories import Technology
from evaluators.memories.options import SRAM_CELL_F2
from evaluators.scenario import Scenario, cell_at, cell_of, technology_of

Array = NDArray[np.float64]


def highest_voltage_v(
    batch: DesignBatch, scenario: Scenario, kind: DataKind | None = None
) -> Array:
    """The highest voltage that a design's plan writes MRAM with; 0.05 without MRAM. `(n,)`. [V]

    One cell design serves all regions of a plan that have the same cell, of the same diameter:
    with `kind` those of its region alone, without it all.
    """
    names = batch.technologies
    written = np.array([technology_of(scenario, name).follows_write_condition for name in names])
    cells = _cells(names, scenario)
    highest = np.full(len(batch), 0.05)
    for region in batch.regions.values():
        nominal_v = _nominal_v(region, names, cells, scenario)
        own = np.where(np.isnan(region.voltage_v), nominal_v, region.voltage_v)
        own = np.where(region.reliable_bits > 0, np.maximum(own, nominal_v), own)
        own = np.where(region.reliable_bits >= scenario.bits, nominal_v, own)
        mram = written[region.technology] & (region.sram_bits < scenario.bits)
        if kind is not None:
            asked = batch.regions[kind]
            mram &= _same(region.diameter_m, asked.diameter_m)
            mram &= cells[region.technology] == cells[asked.technology]
        highest = np.maximum(highest, np.where(mram, own, 0.0))
    return highest


def _has_own_area(tech: Technology, scenario: Scenario) -> bool:
    """Whether the area that the scenario tells is of other cells than a technology's."""
    return tech.cell_area_f2 is not None and tech.name in (scenario.cells or {})


def _cells(names: tuple[str, ...], scenario: Scenario) -> NDArray[np.intp]:
    """Which technologies share a cell: the place of the first that has it."""
    found = [cell_of(scenario, name) for name in names]
    return np.array([found.index(one) for one in found], dtype=np.intp)


def _nominal_v(
    region: RegionBatch, names: tuple[str, ...], cells: NDArray[np.intp], scenario: Scenario
) -> Array:
    """Voltage of the error-free write of each region's cell, 0 where it has none. `(n,)`. [V]"""
    asked = np.isnan(region.voltage_v) | (region.reliable_bits > 0)
    own = cells[region.technology]
    sizes, places = np.unique(region.diameter_m, return_inverse=True)
    volts = np.zeros(len(places))
    for number, size in enumerate(sizes):
        for place in np.unique(own):
            members = (places == number) & (own == place) & asked
            if members.any():
                diameter_m = None if np.isnan(size) else float(size)
                device = cell_at(scenario, diameter_m, names[place])
                volts[members] = scenario_nominal(device, scenario).voltage_v
    return volts


def _same(diameter_m: Array, other_m: Array) -> NDArray[np.bool_]:
    return np.asarray((diameter_m == other_m) | (np.isnan(diameter_m) & np.isnan(other_m)))


def chosen_area_f2(
    tech: Technology, highest_v: Array, scenario: Scenario, device: AnyCell | None = None
) -> Array | None:
    """Area of a technology's cells: the scenario's, the technology's (None), or by the current.

    `device` is the cell that carries it; None takes the technology's in the scenario.
    """
    if tech.name == "sram" and scenario.memory.sram_cell != "nvsim":
        return np.array([SRAM_CELL_F2[scenario.memory.sram_cell]])
    told = scenario.memory.cell_area_f2
    if tech.family == "stt_mram" and told is not None and not _has_own_area(tech, scenario):
        return np.array([told])
    if not tech.follows_write_condition or tech.cell_area_f2 is not None:
        return None
    device = cell(cell_of(scenario, tech.name)) if device is None else device
    return cell_area_f2(device, voltage_v=highest_v, node_nm=scenario.node_nm)


def cell_pair(design: DesignPoint, scenario: Scenario) -> str:
    """Which cells a comparison of the design with all-SRAM sets side by side, in words.

    Densities mean nothing without it: an SRAM cell of 146 F^2 is NVSim's, and no process of 22 nm
    has it.
    """
    words = [
        f"{scenario.memory.sram_cell} SRAM cell of {_area_f2('sram', design, scenario):.0f} F2"
    ]
    for name in DesignBatch.of([design]).technologies:
        if name != "sram":
            label = technology_of(scenario, name).label or name
            words.append(f"{label} cell of {_area_f2(name, design, scenario):.0f} F2")
    return " beside ".join(words)


def _area_f2(name: str, design: DesignPoint, scenario: Scenario) -> float:
    tech = technology_of(scenario, name)
    chosen = chosen_area_f2(tech, _carried_v(name, design, scenario), scenario)
    if chosen is not None:
        return float(chosen[0])
    return float(tech.cell_area_f2 or 0.0)


def _carried_v(name: str, design: DesignPoint, scenario: Scenario) -> Array:
    """The highest voltage that a technology's cells carry: their own where `cells` tells them
    apart, else the plan's. Shape `(1,)`. [V]
    """
    kinds = [kind for kind in DataKind if design.memory[kind].technology == name]
    own = kinds[0] if kinds and scenario.cells else None
    return highest_voltage_v(DesignBatch.of([design]), scenario, own)


def undersized_cells(design: DesignPoint, scenario: Scenario) -> tuple[str, ...]:
    """Warnings, one a technology whose given cell area cannot carry the plan's write current."""
    warnings = []
    for name in DesignBatch.of([design]).technologies:
        tech, device = technology_of(scenario, name), cell(cell_of(scenario, name))
        told = scenario.memory.cell_area_f2
        given = tech.cell_area_f2 if told is None or _has_own_area(tech, scenario) else told
        if not tech.follows_write_condition or given is None or not device.knows_current:
            continue
        volts = float(_carried_v(name, design, scenario)[0])
        needed = float(cell_area_f2(device, voltage_v=volts, node_nm=scenario.node_nm))
        if given < needed:
            warnings.append(
                f"a {tech.label or name} cell of {given:g} F^2 cannot carry the current of cell "
                f"{device.name!r} at {volts:.3g} V, which needs {needed:.0f} F^2: its density "
                f"and its write energy belong to different devices"
            )
    return tuple(warnings)
