"""How often a written value is read: the most that any array of a grid needs.

What training sees may not depend on the array or on capacities, so one number stands for a kind.
"""

from typing import Final

import numpy as np

from evaluators.accelerator.training_step import TrainingStep
from evaluators.design import DataKind

SIDES: Final = (16, 32, 64, 128, 256)
"""Rows and columns of the arrays that are looked at: those of the search spaces."""

ENDS_BYTES: Final = (2**17, 2**25)
"""Capacities of a region: what is fetched again is written again, so reads a write fall."""


def most_reads(step: TrainingStep) -> dict[DataKind, float]:
    """Reads of a written value, the most over arrays and capacities of the spaces. [-]

    Mean over the values of a kind: reads of its region in a step over writes.
    """
    grid = [g.ravel() for g in np.meshgrid(SIDES, SIDES, ENDS_BYTES, indexing="ij")]
    rows, cols, capacity = (np.asarray(g, dtype=np.int64) for g in grid)
    counts = step.counts(rows, cols, np.tile(capacity.astype(float), (len(DataKind), 1)))
    reads, writes = counts.reads.sum(axis=0), counts.writes.sum(axis=0)
    each = reads / np.maximum(writes, 1.0)
    return {kind: float(each[row].max()) for row, kind in enumerate(DataKind)}
