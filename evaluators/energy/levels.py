"""The levels of a design's memories: what the buffers and the regions behind them do and take."""

from dataclasses import dataclass

import numpy as np

from evaluators.design import DataKind, DesignPoint
from evaluators.energy.accesses import buffer_words_moved, words_moved
from evaluators.energy.batch import DesignBatch
from evaluators.energy.regions import region_costs
from evaluators.energy.step import step_counts
from evaluators.energy.times import times
from evaluators.scenario import Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One memory of a training step: a buffer, or the region that it stands in front of.

    `level` is `buffer` or `region`; words are read and written in a step, refreshes apart, and
    `busy_s` is how long their accesses keep its banks busy, all at work.
    """

    kind: DataKind
    level: str
    read_words: float
    written_words: float
    access_energy_j: float
    leakage_w: float
    area_m2: float
    busy_s: float


def levels(design: DesignPoint, scenario: Scenario) -> list[Level]:
    """The regions of a design that stand behind a buffer, each with its buffer before it.

    `design`: as sized.

    Raises:
        ValueError: outside the models' validity.
    """
    batch = DesignBatch.of([design])
    counts, costs = step_counts(batch, scenario), region_costs(batch, scenario)
    buffers = buffer_words_moved(counts, scenario)
    if buffers is None:
        return []
    reads, writes = (words.sum(axis=0)[:, 0] for words in words_moved(counts, scenario))
    front_reads, front_writes = (words.sum(axis=0)[:, 0] for words in buffers)
    busy = times(batch, counts, costs, scenario).busy[:, :, 0]
    found = []
    for row, kind in enumerate(DataKind):
        if not design.memory[kind].buffered:
            continue
        cost = {name: float(np.asarray(getattr(costs[kind], name))[0]) for name in PLAIN}
        found += [
            Level(
                kind=kind,
                level="buffer",
                read_words=float(front_reads[row]),
                written_words=float(front_writes[row]),
                access_energy_j=float(front_reads[row]) * cost["buffer_read_j"]
                + float(front_writes[row]) * cost["buffer_write_j"],
                leakage_w=cost["buffer_leakage_w"],
                area_m2=cost["buffer_area_m2"],
                busy_s=float(busy[row, 2]),
            ),
            Level(
                kind=kind,
                level="region",
                read_words=float(reads[row]),
                written_words=float(writes[row]),
                access_energy_j=float(reads[row]) * cost["read_energy_j"]
                + float(writes[row]) * cost["write_energy_j"],
                leakage_w=cost["leakage_w"] - cost["buffer_leakage_w"],
                area_m2=cost["area_m2"] - cost["buffer_area_m2"],
                busy_s=float(busy[row, :2].max()),
            ),
        ]
    return found


PLAIN = (
    "area_m2", "leakage_w", "read_energy_j", "write_energy_j", "buffer_read_j", "buffer_write_j",
    "buffer_leakage_w", "buffer_area_m2",
)  # fmt: skip
"""Figures of a region that are one number a design."""
