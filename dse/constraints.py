"""Limits that a study sets, such as `area_m2 <= 2e-5` or `accuracy_loss <= 0.01`.

What the energy model decides is checked before a training is paid for.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evaluators.checks import brief, nearest
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

FORM: Final = re.compile(r"\s*(\w+)\s*(<=|>=)\s*(\S+)\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """A limit on one quantity of a design."""

    quantity: str
    at_most: bool
    limit: float

    def __str__(self) -> str:
        return f"{self.quantity} {'<=' if self.at_most else '>='} {self.limit:g}"

    @property
    def measured(self) -> bool:
        """Whether only a training decides it."""
        return self.quantity in MEASURED

    def excess(self, value: Array) -> Array:
        """How far values are beyond the limit, relative to it; at most 0 where it is met. [-]"""
        beyond = value - self.limit if self.at_most else self.limit - value
        return np.asarray(beyond / (abs(self.limit) or 1.0))


def constraint(text: str) -> Constraint:
    """A constraint as a study writes it.

    Raises:
        ValueError: another form, an unknown quantity, or a limit that is no finite number.
    """
    found = FORM.fullmatch(text)
    if found is None:
        raise ValueError(
            f"a constraint is written 'QUANTITY <= NUMBER' or 'QUANTITY >= NUMBER', "
            f"got {brief(text)}"
        )
    quantity, relation, number = found.groups()
    known = (*ANALYTIC, *MEASURED)
    if quantity not in known:
        raise ValueError(
            f"unknown quantity {brief(quantity)} in {brief(text)}{nearest(quantity, known)}; "
            f"known: {', '.join(known)}"
        )
    try:
        limit = float(number)
    except ValueError:
        limit = float("nan")
    if not np.isfinite(limit):
        raise ValueError(
            f"the limit of {brief(text)} must be a finite number, got {brief(number)}"
        )
    return Constraint(quantity=quantity, at_most=relation == "<=", limit=limit)


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


def excesses(evaluation: Evaluation, limits: Sequence[Constraint]) -> dict[str, float]:
    """Each constraint that can be decided, with the excess of this evaluation."""
    found = {}
    for limit in limits:
        value = quantity(evaluation, limit.quantity)
        if value is not None:
            found[str(limit)] = float(limit.excess(np.array(value)))
    return found


def broken(evaluation: Evaluation, limits: Sequence[Constraint]) -> str:
    """The constraints that an evaluation breaks, in words; empty where it breaks none."""
    beyond = excesses(evaluation, limits)
    return "; ".join(
        f"{limit.quantity} = {quantity(evaluation, limit.quantity):.6g}, but must be {limit}"
        for limit in limits
        if beyond.get(str(limit), 0.0) > 0.0
    )


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
