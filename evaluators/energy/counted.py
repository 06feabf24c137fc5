"""How often a value is written before it is used: the counts that energy pays, for training."""

import math
from functools import lru_cache
from typing import Final

import numpy as np

from evaluators.accelerator.residency import lifetimes
from evaluators.design import DataKind
from evaluators.energy.batch import DesignBatch
from evaluators.energy.step import step_counts
from evaluators.networks import network
from evaluators.scenario import Scenario
from evaluators.training import WritesPerValue
from evaluators.workload import Operand, Phase

TOGETHER: Final = 4000
"""Designs that are counted together, within memory."""

DIGITS: Final = 100
"""Counts are rounded up to hundredths."""


def most_writes(batch: DesignBatch, scenario: Scenario) -> WritesPerValue:
    """The largest counts over designs, so that each of them writes no value more often. [-]"""
    values = np.array([max(number, 1) for number in values_of(scenario).values()], dtype=float)
    most = np.zeros(len(DataKind))
    for start in range(0, len(batch), TOGETHER):
        counts = step_counts(batch.part(slice(start, start + TOGETHER)), scenario)
        most = np.maximum(most, (counts.writes / values[:, None]).max(axis=1))
    activation, weight, error = (
        max(math.ceil(float(count) * DIGITS - 1e-6) / DIGITS, 1.0) for count in most
    )
    return WritesPerValue(activation_forward=activation, weight_forward=weight, error=error)


def values_of(scenario: Scenario) -> dict[DataKind, int]:
    """Distinct values of each kind that a step works on: inputs of products, weights, errors."""
    told = _values(scenario.network, scenario.batch_size, scenario.accelerator.branches)
    return dict(zip(DataKind, told, strict=True))


@lru_cache(maxsize=64)
def _values(name: str, batch_size: int, branches: bool) -> tuple[int, ...]:
    lives = lifetimes(network(name, batch_size), branches=branches)
    totals = dict.fromkeys(Operand, 0)
    for tensor in lives.tensors:
        totals[tensor.operand] += tensor.elements
    for used in lives.layers:  # the network's own input is no tensor of the residency
        if used.activation < 0:
            totals[Operand.ACTIVATION] += sum(
                gemm.a_elements for gemm in used.layer.gemms if gemm.phase is Phase.FORWARD
            )
    return tuple(int(totals[Operand(kind.value)]) for kind in DataKind)
