"""The designs that every study is measured against."""

from dataclasses import replace
from functools import lru_cache
from math import gcd
from typing import Final

import numpy as np

from evaluators.design import DataKind, DesignPoint, MemoryPlan, Region, SystolicArray
from evaluators.energy.batch import DesignBatch
from evaluators.energy.regions import region_cost, region_costs
from evaluators.memories import MAT_BYTES, SMALLEST_MAT_BYTES, technology
from evaluators.memories.grids import LARGEST_BYTES
from evaluators.scenario import Scenario

SPLIT: Final = {DataKind.WEIGHT: 2, DataKind.ACTIVATION: 3, DataKind.ERROR: 3}
"""Eighths of the capacity: 25 % weights, 37.5 % activations, 37.5 % errors (`assumed`)."""

BANKS: Final = 16
"""Banks of each region of the baseline and of what is compared with it; assumed."""


def baseline_design(scenario: Scenario, array: SystolicArray) -> DesignPoint:
    """All three regions in SRAM."""
    return _design(scenario, array, "sram")


def nominal_design(scenario: Scenario, array: SystolicArray) -> DesignPoint:
    """All three regions in STT-MRAM of the same capacity, every bit written error-free.

    It has the baseline's banks and mats, so that nothing but the cell differs.
    """
    return _design(scenario, array, "stt_mram")


def _design(scenario: Scenario, array: SystolicArray, technology: str) -> DesignPoint:
    eighth = scenario.baseline_capacity_bytes // 8
    regions = {
        kind.value: Region(
            technology=technology, capacity_bytes=eighth * SPLIT[kind], banks=BANKS, mat_kib=128
        )
        for kind in DataKind
    }
    return DesignPoint(array=array, memory=MemoryPlan(**regions))


def sized(design: DesignPoint, scenario: Scenario) -> DesignPoint:
    """The design with the capacities that the scenario's `sizing` gives it.

    `free` leaves them. `iso_capacity` gives each region the bytes of the SRAM baseline's.
    `iso_area` gives each region as many bytes as fit in the area of the baseline's.

    Raises:
        ValueError: not one mat fits, or more than the calibrated range would fit.
    """
    match scenario.sizing:
        case "free":
            return design
        case "iso_capacity":
            plan = baseline_design(scenario, design.array).memory
            capacities = [plan[kind].capacity_bytes for kind in DataKind]
        case _:
            capacities = list(_equal_area_bytes(design.memory, scenario))
    regions = {
        kind.value: replace(design.memory[kind], capacity_bytes=capacity)
        for kind, capacity in zip(DataKind, capacities, strict=True)
    }
    return replace(design, memory=MemoryPlan(**regions))


@lru_cache(maxsize=4096)
def _equal_area_bytes(memory: MemoryPlan, scenario: Scenario) -> tuple[int, ...]:
    """Capacities that fill the baseline's area, region by region."""
    array = SystolicArray(rows=1, cols=1)
    baseline = region_costs(DesignBatch.of([baseline_design(scenario, array)]), scenario)
    return tuple(
        largest_bytes(memory, kind, float(baseline[kind].area_m2[0]), scenario)
        for kind in DataKind
    )


def largest_bytes(memory: MemoryPlan, kind: DataKind, area_m2: float, scenario: Scenario) -> int:
    """Most bytes of one kind's region of a plan that fit in an area.

    Raises:
        ValueError: not one mat fits, or more than the calibrated range would fit.
    """
    region = memory[kind]
    step = MAT_BYTES[technology(region.technology).family]
    step = step if region.mat_kib is None else 1024 * region.mat_kib
    split = region.reliable_in == "sram" and 0 < region.reliable_bits < scenario.bits
    step = SMALLEST_MAT_BYTES if split else step
    step *= scenario.bits // gcd(scenario.bits, region.reliable_bits) if split else 1
    sizes = range(step, LARGEST_BYTES + 1, step)
    plans = [replace(memory, **{kind.value: replace(region, capacity_bytes=s)}) for s in sizes]
    batch = DesignBatch.of(
        [DesignPoint(array=SystolicArray(rows=1, cols=1), memory=plan) for plan in plans]
    )
    areas = region_cost(batch, kind, scenario).area_m2
    fitting = np.flatnonzero(areas <= area_m2)
    if fitting.size == 0 or fitting[-1] == len(sizes) - 1:
        raise ValueError(
            f"`sizing` = 'iso_area': the {area_m2 * 1e6:.3g} mm2 of the baseline's {kind} region "
            f"hold {'less' if fitting.size == 0 else 'more'} than a region of {region.technology} "
            f"can be ({step} to {LARGEST_BYTES} bytes); change `baseline_capacity_bytes`, "
            f"got {scenario.baseline_capacity_bytes}"
        )
    return sizes[int(fitting[-1])]


def sram_twin(design: DesignPoint, scenario: Scenario) -> DesignPoint:
    """The same array with SRAM of equal capacity, or of equal area where that is the sizing.

    It has the design's banks and buffers, and the mats of regions that are SRAM already: an
    all-SRAM design is its own twin.
    """
    if all(technology(design.memory[kind].technology).family == "sram" for kind in DataKind):
        return design
    if scenario.sizing == "iso_area":
        return baseline_design(scenario, design.array)
    regions = {
        kind.value: Region(
            technology="sram",
            capacity_bytes=design.memory[kind].capacity_bytes,
            banks=design.memory[kind].banks,
            buffer_bytes=design.memory[kind].buffer_bytes,
        )
        if technology(design.memory[kind].technology).family != "sram"
        else design.memory[kind]
        for kind in DataKind
    }
    return replace(design, memory=MemoryPlan(**regions))
