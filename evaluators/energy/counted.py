"""How often a value is written before a phase reads it: the counts that energy pays, for training.

The forward phase reads what the update and it have written, the backward phase what was written in
its own two products. Where that is less than once a value, both phases read one copy with all of
its writes.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evaluators.accelerator import PASSES
from evaluators.design import DataKind
from evaluators.energy.batch import DesignBatch
from evaluators.energy.step import step_counts
from evaluators.energy.written import values_of
from evaluators.scenario import Scenario
from evaluators.training import WritesPerValue

Array = NDArray[np.float64]

BEFORE_FORWARD: Final = ("update", "forward")
"""Passes whose writes make the copy that the forward phase reads."""

TOGETHER: Final = 4000
"""Designs that are counted together, within memory."""

DIGITS: Final = 100
"""Counts are rounded up to hundredths."""


def most_writes(batch: DesignBatch, scenario: Scenario) -> WritesPerValue:
    """The largest counts over designs, so that each of them writes no value more often. [-]"""
    parts = [
        _by_phase(batch.part(slice(start, start + TOGETHER)), scenario)
        for start in range(0, len(batch), TOGETHER)
    ]
    forward, backward = (np.concatenate(both, axis=1) for both in zip(*parts, strict=True))
    activation, weight, error = range(len(DataKind))
    of_activation = _copies(forward[activation], backward[activation])
    of_weight = _copies(forward[weight], backward[weight])
    return WritesPerValue(
        activation_forward=of_activation[0],
        activation_backward=of_activation[1],
        weight_forward=of_weight[0],
        weight_backward=of_weight[1],
        error=_most(forward[error] + backward[error]),
    )


def _by_phase(batch: DesignBatch, scenario: Scenario) -> tuple[Array, Array]:
    """Writes a value for the forward and the backward phase, by kind. Shape `(3, n)` each."""
    counts = step_counts(batch, scenario)
    values = np.array([max(number, 1) for number in values_of(scenario).values()], dtype=float)
    before = np.isin(counts.passes, [PASSES.index(name) for name in BEFORE_FORWARD])
    writes = np.asarray(counts.writes, dtype=float)
    forward, backward = (
        writes[which].sum(axis=0) / values[:, None] for which in (before, ~before)
    )
    return forward, backward


def _copies(forward: Array, backward: Array) -> tuple[float, float]:
    """The most writes of the copy that each phase reads; 0 where the backward phase has none."""
    own = backward >= 1.0
    shared = np.where(own, 0.0, forward + backward)
    first = _most(np.where(own, forward, shared))
    return first, _most(np.where(own, backward, shared)) if own.any() else 0.0


def _most(counts: Array) -> float:
    return max(math.ceil(float(counts.max()) * DIGITS - 1e-6) / DIGITS, 1.0)
