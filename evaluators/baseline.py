"""The designs that every study is measured against."""

from dataclasses import replace
from typing import Final

from evaluators.design import DataKind, DesignPoint, MemoryPlan, Region, SystolicArray
from evaluators.scenario import Scenario

SPLIT: Final = {DataKind.WEIGHT: 2, DataKind.ACTIVATION: 3, DataKind.ERROR: 3}
"""Eighths of the capacity: 25 % weights, 37.5 % activations, 37.5 % errors (`assumed`)."""


def baseline_design(scenario: Scenario, array: SystolicArray) -> DesignPoint:
    """All three regions in SRAM."""
    return _design(scenario, array, "sram")


def nominal_design(scenario: Scenario, array: SystolicArray) -> DesignPoint:
    """All three regions in STT-MRAM of the same capacity, every bit written error-free."""
    return _design(scenario, array, "stt_mram")


def _design(scenario: Scenario, array: SystolicArray, technology: str) -> DesignPoint:
    eighth = scenario.baseline_capacity_bytes // 8
    regions = {
        kind.value: Region(technology=technology, capacity_bytes=eighth * SPLIT[kind])
        for kind in DataKind
    }
    return DesignPoint(array=array, memory=MemoryPlan(**regions))


def sram_twin(design: DesignPoint) -> DesignPoint:
    """The same array and capacities, all in SRAM."""
    regions = {
        kind.value: Region(technology="sram", capacity_bytes=design.memory[kind].capacity_bytes)
        for kind in DataKind
    }
    return replace(design, memory=MemoryPlan(**regions))
