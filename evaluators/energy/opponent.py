"""The designs that a study's best must be set beside: the best of one technology alone.

Every array with every capacity of every region, in every organisation, exactly; nothing is
trained, so writes are error-free.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from evaluators.design import (
    DataKind,
    DesignPoint,
    MemoryPlan,
    Region,
    SystolicArray,
    WriteCondition,
)
from evaluators.device import Cell, cell, nominal_write
from evaluators.device.write import error_free_writes
from evaluators.energy.batch import DesignBatch, RegionBatch
from evaluators.energy.organisation import Organisations, Organised, best_organised
from evaluators.energy.sizing import nominal_design
from evaluators.energy.step import evaluate_batch
from evaluators.scenario import Scenario


def every_plan(
    technology: str,
    arrays: Sequence[SystolicArray],
    capacities_bytes: Mapping[DataKind, Sequence[int]],
) -> DesignBatch:
    """Every array with every capacity of each region, all of one technology.

    Args:
        technology: such as `sram` or `stt_mram`, which is then written error-free.
        arrays: rows, columns and clock.
        capacities_bytes: of each kind's region. [bytes]
    """
    plans = np.array(list(product(*(capacities_bytes[kind] for kind in DataKind))), dtype=np.int64)
    count = len(arrays) * len(plans)

    def each(values: Sequence[float], kind: type) -> np.ndarray:
        return np.repeat(np.array(values, dtype=kind), len(plans))

    zeros = np.zeros(count, dtype=np.int64)
    unsaid = np.full(count, np.nan)
    regions = {
        kind: replace(_blank(zeros, unsaid), capacity_bytes=np.tile(plans[:, place], len(arrays)))
        for place, kind in enumerate(DataKind)
    }
    return DesignBatch(
        technologies=(technology,),
        rows=each([a.rows for a in arrays], np.int64),
        cols=each([a.cols for a in arrays], np.int64),
        clock_hz=each([a.clock_hz for a in arrays], float),
        depth_words=each([a.accumulator_depth_words or 0 for a in arrays], np.int64),
        regions=regions,
    )


def _blank(zeros: np.ndarray, unsaid: np.ndarray) -> RegionBatch:
    """Regions of the first technology, which say nothing of how they are written."""
    one = DesignBatch.of(
        [
            DesignPoint(
                array=SystolicArray(rows=1, cols=1),
                memory=MemoryPlan(
                    **{
                        kind.value: Region(technology="sram", capacity_bytes=1)
                        for kind in DataKind
                    }
                ),
            )
        ]
    ).regions[DataKind.WEIGHT]
    spread = {name: np.repeat(getattr(one, name), len(zeros)) for name in one.__dataclass_fields__}
    return RegionBatch(**spread)


def best_of_technology(
    technology: str,
    scenario: Scenario,
    *,
    arrays: Sequence[SystolicArray],
    capacities_bytes: Mapping[DataKind, Sequence[int]],
    names: Sequence[str] = ("energy_j",),
    organisations: Organisations | None = None,
    limits: Mapping[str, float] | None = None,
) -> Organised:
    """The designs of one technology that no other of it beats, of a whole grid.

    The fair opponent of a study is `sram` over the study's own axes; `all-STT` likewise. Average
    power, utilization and energy-delay stand in the report.

    Args:
        technology: of all three regions; STT-MRAM is written error-free.
        scenario: workload, technology and assumptions.
        arrays: to choose from.
        capacities_bytes: to choose from, of each kind's region. [bytes]
        names: figures to be minimised, of `evaluators.energy.organisation.FIGURES`; one gives the
            best design, several all that are unbeaten.
        organisations: banks, mats and depths to choose from; None is all of them.
        limits: highest allowed figures, such as the time of another design.

    Returns:
        The unbeaten designs; none where no design keeps the limits.
    """
    batch = every_plan(technology, arrays, capacities_bytes)
    return best_organised(batch, scenario, names, organisations=organisations, limits=limits)


def system_nominal(scenario: Scenario, array: SystolicArray) -> WriteCondition:
    """Of the error-free writes the one with which the nominal design's step takes least energy.

    A shorter pulse costs the cells more and the system less where the writes set its time. A
    measured cell has one nominal write.
    """
    device = cell(scenario.cell)
    if not isinstance(device, Cell):
        return nominal_write(device, write_corner_k=scenario.write_corner_k)
    writes = error_free_writes(device, write_corner_k=scenario.write_corner_k)
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
