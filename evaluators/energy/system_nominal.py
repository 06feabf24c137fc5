"""The error-free write that suits a whole system, not its cells alone."""

from dataclasses import replace

import numpy as np

from evaluators.design import DataKind, MemoryPlan, SystolicArray, WriteCondition
from evaluators.device import Cell, cell, nominal_write
from evaluators.device.write import error_free_writes
from evaluators.energy.batch import DesignBatch
from evaluators.energy.nominal import finds_the_systems
from evaluators.energy.sizing import nominal_design
from evaluators.energy.step import evaluate_batch
from evaluators.scenario import Scenario


@finds_the_systems
def system_nominal(scenario: Scenario, array: SystolicArray) -> WriteCondition:
    """Of the error-free writes the one with which the nominal design's step takes least energy.

    A shorter pulse costs the cells more and the system less where the writes set its time. A
    measured cell has one nominal write.
    """
    device = cell(scenario.cell)
    if not isinstance(device, Cell):
        return nominal_write(device, write_corner_k=scenario.written_at_k)
    writes = error_free_writes(device, write_corner_k=scenario.written_at_k)
    design = nominal_design(scenario, array)
    designs = [
        replace(
            design,
            memory=MemoryPlan(
                **{k.value: replace(design.memory[k], write=write) for k in DataKind}
            ),
        )
        for write in writes
    ]
    report = evaluate_batch(DesignBatch.of(designs), scenario)
    return writes[int(np.argmin(report["energy_j"]))]
