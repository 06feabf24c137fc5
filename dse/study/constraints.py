"""Limits that a study sets: `area_m2 <= 2e-5`, `accuracy_loss <= 0.01`, `time_s <= baseline`.

What the energy model decides is checked before a training is paid for. A limit may be a multiple
of what one of the two reference designs has.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dse.study.quantities import LIMITED, QUANTITIES, quantity
from evaluators.checks import brief, known_names
from evaluators.evaluate import Evaluation

Array = NDArray[np.float64]


FORM: Final = re.compile(
    r"\s*(\w+)\s*(<=|>=)\s*(?:([^\s*]+)|(?:([^\s*]+)\s*\*\s*)?([A-Za-z]\w*))\s*"
)
REFERENCES: Final = ("baseline", "nominal")
"""Designs whose figures a limit may be a multiple of."""

Known = Callable[[str], Evaluation]
"""Scores a reference by its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """A limit on one quantity of a design.

    `limit` is in the quantity's unit. Where the study writes it as a multiple of a reference,
    `share` says how, such as `1 * baseline`. [as its name]
    """

    quantity: str
    at_most: bool
    limit: float
    share: str = ""

    def __str__(self) -> str:
        relation = "<=" if self.at_most else ">="
        if self.share:
            return f"{self.quantity} {relation} {self.share} = {self.limit:g}"
        return f"{self.quantity} {relation} {self.limit:g}"

    @property
    def measured(self) -> bool:
        """Whether only a training decides it."""
        return QUANTITIES[self.quantity].needs == "a training"

    def excess(self, value: Array) -> Array:
        """How far values are beyond the limit, relative to it; at most 0 where it is met. [-]"""
        beyond = value - self.limit if self.at_most else self.limit - value
        return np.asarray(beyond / (abs(self.limit) or 1.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A constraint as a study writes it: a number, or a multiple of a reference's figure. [-]"""

    text: str
    quantity: str
    at_most: bool
    number: float
    reference: str = ""

    def resolved(self, known: Known) -> Constraint:
        """With its limit in the quantity's unit.

        Args:
            known: scores a reference; called only where the limit names one.

        Raises:
            ValueError: the reference cannot be scored.
        """
        if not self.reference:
            return Constraint(quantity=self.quantity, at_most=self.at_most, limit=self.number)
        evaluation = known(self.reference)
        value = quantity(evaluation, self.quantity)
        if value is None:
            raise ValueError(
                f"the limit of {brief(self.text)} needs `{self.quantity}` of the "
                f"{self.reference} design, which cannot be scored: {evaluation.reason}"
            )
        return Constraint(
            quantity=self.quantity,
            at_most=self.at_most,
            limit=self.number * value,
            share=f"{self.number:g} * {self.reference}",
        )


def written(text: str) -> Written:
    """A constraint as a study writes it.

    Raises:
        ValueError: another form, an unknown quantity, a limit that is no finite number, or a
            reference that is none or has no such figure.
    """
    parts = FORM.fullmatch(text)
    if parts is None:
        raise ValueError(
            f"a constraint is written 'QUANTITY <= NUMBER', 'QUANTITY >= NUMBER' or 'QUANTITY <= "
            f"NUMBER * REFERENCE', where the reference is {' or '.join(REFERENCES)}, "
            f"got {brief(text)}"
        )
    name, relation, alone, factor, reference = parts.groups()
    if name not in LIMITED:
        raise ValueError(
            f"unknown quantity {brief(name)} in {brief(text)}{known_names(name, LIMITED)}"
        )
    number = alone if alone is not None else factor
    if alone is not None and alone in REFERENCES:
        number, reference = None, alone
    try:
        limit = 1.0 if number is None else float(number)
    except ValueError:
        limit = float("nan")
    if not np.isfinite(limit):
        raise ValueError(
            f"the limit of {brief(text)} must be a finite number, got {brief(str(number))}"
        )
    if reference and reference not in REFERENCES:
        raise ValueError(
            f"unknown reference {brief(reference)} in {brief(text)}"
            f"{known_names(reference, REFERENCES)}"
        )
    if reference and QUANTITIES[name].needs == "a training":
        raise ValueError(
            f"`{name}` of {brief(text)} is measured by a training, and the references are not "
            f"trained before it is needed: give a number"
        )
    return Written(text=text, quantity=name, at_most=relation == "<=", number=limit,
                   reference=reference or "")  # fmt: skip


def constraint(text: str) -> Constraint:
    """A constraint whose limit is a number.

    Raises:
        ValueError: as `written`, and where the limit is a multiple of a reference's figure.
    """

    def unknown(name: str) -> Evaluation:
        raise ValueError(f"the limit of {brief(text)} needs the {name} design of a study")

    return written(text).resolved(unknown)


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
