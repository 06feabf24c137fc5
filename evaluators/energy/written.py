"""How often a value is physically written in a step before it is used."""

from functools import lru_cache

import numpy as np

from evaluators.accelerator import PASSES
from evaluators.accelerator.residency import lifetimes
from evaluators.design import DataKind, DesignPoint
from evaluators.energy.batch import DesignBatch
from evaluators.energy.step import step_counts
from evaluators.networks import network
from evaluators.scenario import Scenario
from evaluators.workload import Operand, Phase


def writes_per_value(design: DesignPoint, scenario: Scenario) -> dict[DataKind, dict[str, float]]:
    """Writes of each kind's region over the values of that kind, by pass. [-]

    An output of a product is written once, and again whenever a tile of it comes back from off
    the chip; so the copy that one pass reads may have been written in it or in an earlier one.
    The sum over the passes is what the energy of a step charges.
    """
    counts = step_counts(DesignBatch.of([design]), scenario)
    values = values_of(scenario)
    found = {}
    for row, kind in enumerate(DataKind):
        by_pass = [
            float(counts.writes[counts.passes == place, row, 0].sum() / max(values[kind], 1))
            for place in range(len(PASSES))
        ]
        found[kind] = dict(zip(PASSES, by_pass, strict=True))
    return found


@lru_cache(maxsize=64)
def _values(name: str, batch_size: int, branches: bool) -> tuple[int, ...]:
    measured = network(name, batch_size)
    lives = lifetimes(measured, branches=branches)
    totals = dict.fromkeys(Operand, 0)
    for tensor in lives.tensors:
        totals[tensor.operand] += tensor.elements
    for used in lives.layers:  # the network's own input is no tensor of the residency
        if used.activation < 0:
            totals[Operand.ACTIVATION] += sum(
                gemm.a_elements for gemm in used.layer.gemms if gemm.phase is Phase.FORWARD
            )
    return tuple(int(np.int64(totals[Operand(kind.value)])) for kind in DataKind)


def values_of(scenario: Scenario) -> dict[DataKind, int]:
    """Distinct values of each kind that a step works on: inputs of products, weights, errors."""
    told = _values(scenario.network, scenario.batch_size, scenario.accelerator.branches)
    return dict(zip(DataKind, told, strict=True))
