"""What a figure of a design is, said once: unit and words, which way is better, of one, of many.

A new built-in objective is one entry of `QUANTITIES`.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import partial
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from dse.study.own_names import objective_label
from evaluators.design import DataKind
from evaluators.energy import DesignBatch, EnergyBatch, EnergyReport
from evaluators.evaluate import Evaluation

Array = NDArray[np.float64]

Direction = Literal["minimize", "maximize"]
Scale = Literal["ratio", "points", "plain"]

WORST_POINTS: Final = 0.10
"""As much worse than the baseline still counts: 10 points."""

LONGEST_LIFETIME_S: Final = 100 * 365.25 * 86400
"""A longer lifetime is no better."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A figure of a design; an objective where it has a `direction`.

    `of` gives it for an evaluation, None where that does not know it; `column` for many designs
    at once, shape `(n,)`, where the energy model alone decides it. Axes bear `label` and `unit`,
    after multiplying by `factor`. An objective counts only from `least` to `most`.
    """

    name: str
    of: Callable[[Evaluation], float | None]
    needs: Literal["an energy report", "a training", "a profile"] = "an energy report"
    column: Callable[[EnergyBatch, DesignBatch], Array] | None = None
    label: str = ""
    unit: str = ""
    factor: float = 1.0
    direction: Direction | None = None
    scale: Scale = "ratio"
    worst: float | None = None
    least: float = -math.inf
    most: float = math.inf

    def counted(self, evaluation: Evaluation) -> float:
        """As an objective has it. [-]

        Raises:
            ValueError: the evaluation does not know it.
        """
        value = self.of(evaluation)
        if value is None:
            raise ValueError(f"`{self.name}` needs {self.needs}, and this evaluation has none")
        return min(max(value, self.least), self.most)


def _energy(
    name: str,
    label: str = "",
    unit: str = "",
    *,
    formula: Callable[[Callable[[str], Any]], Any] | None = None,
    **told: Any,
) -> Quantity:
    """What the energy model decides: the report's number of that name, or a formula of them."""
    figure = formula or (lambda at: at(name))

    def of(evaluation: Evaluation) -> float | None:
        report = evaluation.energy
        return None if report is None else float(figure(partial(getattr, report)))

    def column(report: EnergyBatch, batch: DesignBatch) -> Array:
        del batch
        return np.asarray(figure(report.__getitem__))

    return Quantity(name=name, label=label, unit=unit, of=of, column=column, **told)


def _capacity(name: str, *kinds: DataKind) -> Quantity:
    def of(evaluation: Evaluation) -> float:
        return float(sum(evaluation.design.memory[kind].capacity_bytes for kind in kinds))

    def column(report: EnergyBatch, batch: DesignBatch) -> Array:
        del report
        sizes = [batch.regions[kind].capacity_bytes.astype(float) for kind in kinds]
        return np.asarray(sum(sizes))

    return Quantity(name=name, of=of, column=column)


def _trained(name: str, **told: Any) -> Quantity:
    def of(evaluation: Evaluation) -> float | None:
        return getattr(evaluation.training, name) if evaluation.training else None

    return Quantity(name=name, of=of, needs="a training", **told)


def _worst_bit(evaluation: Evaluation) -> float | None:
    """The largest failure probability of any bit."""
    if evaluation.profile is None:
        return None
    return max(p for _, errors in evaluation.profile for p in (*errors.to_one, *errors.to_zero))


LEAST: Final[dict[str, Any]] = {"direction": "minimize"}
MOST: Final[dict[str, Any]] = {"direction": "maximize"}

OBJECTIVE: Final = (
    _energy("energy_j", "Energy of a training step", "J", **LEAST),
    # A gain is luck and counts as no loss.
    _trained("accuracy_loss", label="Accuracy loss", unit="points", factor=100.0, **LEAST,
             scale="points", worst=WORST_POINTS, least=0.0),
    _energy("area_m2", "Area", "mm²", factor=1e6, **LEAST),
    _energy("time_s", "Time of a training step", "s", **LEAST),
    _energy("write_energy_j", "Write energy of a step", "J", **LEAST),
    _energy("edp_js", "Energy-delay product", "J s", **LEAST,
            formula=lambda at: at("energy_j") * at("time_s")),
    _energy("leakage_energy_j", "Leakage energy of a step", "J", **LEAST),
    _energy("dram_bytes", "Off-chip traffic of a step", "GB", factor=1e-9, **LEAST),
    # Not 0, as its logarithm is compared.
    Quantity(name="write_error_probability", label="Largest error probability of a bit", unit="1",
             of=_worst_bit, needs="a profile", least=1e-12, **MOST),
    # Memories that never wear out: an objective must be finite.
    _energy("lifetime_s", "Lifetime", "s", **MOST, most=LONGEST_LIFETIME_S),
)  # fmt: skip
"""Quantities that a search may make small or large."""

QUANTITIES: Final = {
    found.name: found
    for found in (
        *(_energy(f.name) for f in fields(EnergyReport) if f.type is float),
        *OBJECTIVE,
        _capacity("capacity_bytes", *DataKind),
        *(_capacity(f"{kind}_capacity_bytes", kind) for kind in DataKind),
        _trained("accuracy"),
    )
}
"""By name; an objective takes the place of the plain number of its name."""

LIMITED: Final = tuple(
    name
    for needed in ("an energy report", "a training")
    for name, found in QUANTITIES.items()
    if found.needs == needed
)
"""What a constraint may limit: what the energy model decides, then what only a training tells."""


def column(report: EnergyBatch, batch: DesignBatch, name: str) -> Array:
    """A quantity that the energy model decides, of a batch of designs. Shape `(n,)`.

    All numbers: [as its name].
    """
    found = QUANTITIES[name].column
    assert found is not None, name
    return found(report, batch)


def quantity(evaluation: Evaluation, name: str) -> float | None:
    """A quantity of an evaluation; None where it is not known. [as its name]"""
    return QUANTITIES[name].of(evaluation)


def axis_of(name: str) -> tuple[str, str, float]:
    """A quantity's words, its unit and the factor to it; of what is unknown its name alone. [-]"""
    found = QUANTITIES.get(name)
    if found is None and ":" in name:
        return objective_label(name), "", 1.0
    return (found.label or name, found.unit, found.factor) if found else (name, "", 1.0)
