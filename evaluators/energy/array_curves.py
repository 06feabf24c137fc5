"""What the memories of a scenario cost over capacity, beside the SRAM baseline's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from evaluators.design import (
    DataKind,
    DesignPoint,
    MemoryPlan,
    Region,
    SystolicArray,
    WriteCondition,
)
from evaluators.device import AnyCell, cell
from evaluators.energy import DesignBatch
from evaluators.energy.cell_sizes import chosen_area_f2, highest_voltage_v, undersized_cells
from evaluators.energy.nominal import scenario_nominal
from evaluators.energy.regions import region_cost
from evaluators.energy.sizing import largest_bytes
from evaluators.memories import MAT_BYTES, ROADMAPS, array_cost, arrays, grids, leakage
from evaluators.scenario import Scenario, cell_of, technology_of

MIB: Final = 2**20


KIND: Final = DataKind.WEIGHT


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrayCurve:
    """One memory over capacity; every figure belongs to the same cell. Lists `(n,)`.

    `equal_area_bytes` fill the area of an SRAM of `capacity_bytes`, and `density_ratio` is how
    many times less area the technology takes; None where that is out of the calibrated range.
    """

    label: str
    technology: str
    voltage_v: float | None
    cell_area_f2: float
    cell_write_energy_j_per_bit: float
    capacity_bytes: tuple[int, ...]
    area_m2: tuple[float, ...]
    read_energy_j: tuple[float, ...]
    write_energy_j: tuple[float, ...]
    read_latency_s: tuple[float, ...]
    write_latency_s: tuple[float, ...]
    leakage_w: tuple[float, ...]
    density_ratio: tuple[float, ...]
    equal_area_bytes: tuple[int | None, ...]
    warnings: tuple[str, ...] = ()


def array_curves(scenario: Scenario, names: Sequence[str]) -> list[ArrayCurve]:
    """Each technology over capacities from one mat to 64 MiB; MRAM at its writes of interest.

    Raises:
        ValueError: outside the calibrated range.
    """
    curves = []
    for name in names:
        writes: Mapping[str, WriteCondition | None] = {"": None}
        if technology_of(scenario, name).follows_write_condition:
            writes = _writes(cell(cell_of(scenario, name)), scenario)
        curves += [_curve(scenario, name, label, write) for label, write in writes.items()]
    return curves


def _writes(device: AnyCell, scenario: Scenario) -> dict[str, WriteCondition]:
    """The error-free write, the cell's margined one, and one that tolerates errors."""
    nominal = scenario_nominal(device, scenario)
    found = {"nominal write": nominal}
    margin_v = getattr(device, "margin_voltage_v", None)
    if margin_v is not None:
        width_s = float(getattr(device, "margin_pulse_width_s", nominal.pulse_width_s))
        found["margined write"] = WriteCondition(voltage_v=float(margin_v), pulse_width_s=width_s)
        found["0.7 of the margin"] = replace(
            found["margined write"], voltage_v=round(0.7 * float(margin_v), 3)
        )
    return found


def _curve(scenario: Scenario, name: str, label: str, write: WriteCondition | None) -> ArrayCurve:
    tech = technology_of(scenario, name)
    capacities = _capacities(MAT_BYTES[tech.family])
    designs = [_design(name, size, write) for size in capacities]
    batch = DesignBatch.of(designs)
    cost = region_cost(batch, KIND, scenario)
    highest_v = highest_voltage_v(batch, scenario)
    area_f2 = chosen_area_f2(tech, highest_v, scenario)
    sram_m2 = _sram_area_m2(scenario, capacities)
    per_bit = float(cost.cell_write_energy_j[0]) / scenario.memory.word_bits
    given = tech.cell_area_f2 or arrays.CELL_F2["STT34agg"]
    return ArrayCurve(
        label=f"{name}, {label}" if label else name,
        technology=name,
        voltage_v=write.voltage_v if write else None,
        cell_area_f2=given if area_f2 is None else float(area_f2[0]),
        cell_write_energy_j_per_bit=per_bit,
        capacity_bytes=capacities,
        area_m2=_plain(cost.area_m2),
        read_energy_j=_plain(cost.read_energy_j),
        write_energy_j=_plain(cost.write_energy_j),
        read_latency_s=_plain(cost.read_latency_s),
        write_latency_s=_plain(cost.write_latency_s),
        leakage_w=_plain(cost.leakage_w),
        density_ratio=_plain(sram_m2 / cost.area_m2),
        equal_area_bytes=tuple(
            _equal_area(scenario, designs[0], float(area_m2)) for area_m2 in sram_m2
        ),
        warnings=undersized_cells(designs[0], scenario),
    )  # fmt: skip


def _capacities(mat_bytes: int) -> tuple[int, ...]:
    return tuple(mat_bytes * 2**k for k in range((grids.LARGEST_BYTES // mat_bytes).bit_length()))


def _design(name: str, capacity_bytes: int, write: WriteCondition | None) -> DesignPoint:
    region = Region(technology=name, capacity_bytes=capacity_bytes, write=write)
    plan = MemoryPlan(activation=region, weight=region, error=region)
    return DesignPoint(array=SystolicArray(rows=1, cols=1), memory=plan)


def _sram_area_m2(scenario: Scenario, capacities: Sequence[int]) -> np.ndarray:
    sizes = DesignBatch.of([_design("sram", size, None) for size in capacities])
    return region_cost(sizes, KIND, scenario).area_m2


def _equal_area(scenario: Scenario, design: DesignPoint, area_m2: float) -> int | None:
    try:
        return largest_bytes(design.memory, KIND, area_m2, scenario)
    except ValueError:
        return None


def _plain(values: np.ndarray) -> tuple[float, ...]:
    return tuple(float(value) for value in values)


def leakage_by_source(scenario: Scenario) -> dict[str, dict[str, float]]:
    """Leakage of 1 MiB of SRAM by roadmap and source, at the scenario's temperature. [W]"""
    found = {}
    for roadmap in ROADMAPS:
        nvsim = array_cost(
            "sram", 16 * MIB, node_nm=scenario.node_nm, roadmap=roadmap,
            temperature_k=scenario.temperature_k,
        ).leakage_w[0] / 16  # fmt: skip
        factor = leakage.source_factor("cacti", scenario.node_nm, roadmap)
        found[roadmap] = {"nvsim": float(nvsim), "cacti": float(nvsim * factor)}
    return found
