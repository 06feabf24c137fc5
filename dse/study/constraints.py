"""Limits that a study sets, such as `area_m2 <= 2e-5` or `accuracy_loss <= 0.01`.

What the energy model decides is checked before a training is paid for.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dse.study.quantities import LIMITED, QUANTITIES, quantity
from evaluators.checks import brief, known_names
from evaluators.evaluate import Evaluation

Array = NDArray[np.float64]


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
        return QUANTITIES[self.quantity].needs == "a training"

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
    if quantity not in LIMITED:
        raise ValueError(
            f"unknown quantity {brief(quantity)} in {brief(text)}{known_names(quantity, LIMITED)}"
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
