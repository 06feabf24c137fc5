"""What a figure is: of one design, of many, in which unit."""

from dataclasses import fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evaluators.design import DataKind
from evaluators.energy import DesignBatch, EnergyBatch, EnergyReport
from evaluators.evaluate import Evaluation

Array = NDArray[np.float64]

MEASURED: Final = ("accuracy_loss", "accuracy")
"""Quantities that only a training tells."""


CAPACITIES: Final = ("capacity_bytes", *(f"{kind}_capacity_bytes" for kind in DataKind))


ANALYTIC: Final = (
    *(f.name for f in fields(EnergyReport) if f.type is float),
    "edp_js",
    *CAPACITIES,
)


def column(report: EnergyBatch, batch: DesignBatch, quantity: str) -> Array:
    """An analytic quantity of a batch of designs. Shape `(n,)`."""
    if quantity == "edp_js":
        return report["energy_j"] * report["time_s"]
    if quantity not in CAPACITIES:
        return report[quantity]
    total = [
        batch.regions[kind].capacity_bytes.astype(float)
        for kind in DataKind
        if quantity in ("capacity_bytes", f"{kind}_capacity_bytes")
    ]
    return np.asarray(sum(total))


def quantity(evaluation: Evaluation, name: str) -> float | None:
    """A quantity of an evaluation; None where it is not known."""
    if name in MEASURED:
        return getattr(evaluation.training, name) if evaluation.training else None
    if name in CAPACITIES:
        memory = evaluation.design.memory
        kinds = [k for k in DataKind if name in ("capacity_bytes", f"{k}_capacity_bytes")]
        return float(sum(memory[kind].capacity_bytes for kind in kinds))
    if evaluation.energy is None:
        return None
    if name == "edp_js":
        return evaluation.energy.energy_j * evaluation.energy.time_s
    return float(getattr(evaluation.energy, name))
