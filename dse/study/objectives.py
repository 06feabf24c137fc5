"""What a search makes small or large: by name, or a dotted name of the user's."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from dse.mistakes import UserError
from dse.study.quantities import column
from evaluators import plugins
from evaluators.checks import brief, nearest
from evaluators.energy import DesignBatch, EnergyBatch
from evaluators.evaluate import Evaluation

Array = NDArray[np.float64]
Figures = Mapping[str, Array]


ANALYTIC: Final = ("energy_j", "area_m2", "time_s", "write_energy_j", "edp_js",
                   "leakage_energy_j", "dram_bytes", "lifetime_s")  # fmt: skip
"""Objectives that the energy model alone decides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """A figure of an evaluation and the direction in which it is better.

    `relative` figures (energies, areas, times) are compared by ratio: hypervolume takes their
    logarithm. `of` must return a finite number for every evaluation that is not failed. `column`,
    of an `energy_objective`, gives the figure of many designs at once; it needs no training.
    """

    name: str
    direction: Literal["minimize", "maximize"]
    of: Callable[[Evaluation], float]
    relative: bool = True
    column: Callable[[Figures], Array] | None = None

    def cost(self, value: float) -> float:
        """The value on the axis that hypervolume measures, lower better. [-]"""
        if not self.relative:
            return math.log(0.1 + max(100.0 * value, 0.0))
        logarithm = math.log(max(value, 1e-300))
        return logarithm if self.direction == "minimize" else -logarithm

    def reference(self, baseline: float) -> float:
        """The worst value that still counts: 10 points, or ten times worse than the baseline."""
        if not self.relative:
            return 0.10
        return 10.0 * baseline if self.direction == "minimize" else baseline / 10.0


def energy_objective(
    name: str, direction: Literal["minimize", "maximize"], column: Callable[[Figures], Array]
) -> Objective:
    """An objective that the energy model alone decides, so that `nested` can solve it exactly.

    Args:
        name: as it is shown.
        direction: in which it is better.
        column: from the numbers of an `EnergyReport` by name, each an array with one entry a
            design, to the figure of each design.
    """

    def of(evaluation: Evaluation) -> float:
        assert evaluation.energy is not None
        told = asdict(evaluation.energy)
        figures = {key: np.array([told[key]]) for key in told if key != "bound"}
        return float(column(figures)[0])

    return Objective(name=name, direction=direction, of=of, column=column)


def _energy_figure(field: str) -> Callable[[Evaluation], float]:
    def of(evaluation: Evaluation) -> float:
        return float(getattr(evaluation.energy, field))

    return of


def _accuracy_loss(evaluation: Evaluation) -> float:
    """Mean loss over the seeds; a gain is luck and counts as no loss."""
    if evaluation.training is None:
        raise ValueError("`accuracy_loss` needs a training, and this evaluation has none")
    return max(evaluation.training.accuracy_loss, 0.0)


def _write_error_probability(evaluation: Evaluation) -> float:
    """The largest failure probability of any bit; not 0, as its logarithm is compared."""
    if evaluation.profile is None:
        raise ValueError("`write_error_probability` needs a profile, and this evaluation has none")
    rates = [
        rate for _, errors in evaluation.profile for rate in (*errors.to_one, *errors.to_zero)
    ]
    return max(*rates, 1e-12)


def _lifetime_s(evaluation: Evaluation) -> float:
    """Memories that never wear out count as 100 years: an objective must be finite."""
    return min(_energy_figure("lifetime_s")(evaluation), LONGEST_LIFETIME_S)


def _energy_delay(evaluation: Evaluation) -> float:
    return _energy_figure("energy_j")(evaluation) * _energy_figure("time_s")(evaluation)


LONGEST_LIFETIME_S: Final = 100 * 365.25 * 86400
"""A longer lifetime is no better."""

OBJECTIVES: Final = {
    objective.name: objective
    for objective in (
        Objective(name="energy_j", direction="minimize", of=_energy_figure("energy_j")),
        Objective(name="accuracy_loss", direction="minimize", of=_accuracy_loss, relative=False),
        Objective(name="area_m2", direction="minimize", of=_energy_figure("area_m2")),
        Objective(name="time_s", direction="minimize", of=_energy_figure("time_s")),
        Objective(
            name="write_energy_j", direction="minimize", of=_energy_figure("write_energy_j")
        ),
        Objective(name="edp_js", direction="minimize", of=_energy_delay),
        Objective(
            name="leakage_energy_j", direction="minimize", of=_energy_figure("leakage_energy_j")
        ),
        Objective(name="dram_bytes", direction="minimize", of=_energy_figure("dram_bytes")),
        Objective(
            name="write_error_probability", direction="maximize", of=_write_error_probability
        ),
        Objective(name="lifetime_s", direction="maximize", of=_lifetime_s),
    )
}


def needs_training(name: str) -> bool:
    """Whether an objective may look at a training; the user's own may."""
    return name == "accuracy_loss" or (":" in name and objective(name).column is None)


@cache
def objective(name: str) -> Objective:
    """The objective called `name`; `package.module:attribute` is the user's own.

    Raises:
        UnknownNameError: no such objective; names the known ones and the nearest.
    """
    if name in OBJECTIVES:
        return OBJECTIVES[name]
    if ":" not in name:
        known = tuple(OBJECTIVES)
        raise plugins.UnknownNameError(
            f"unknown objective {brief(name)}{nearest(name, known)}; known: {', '.join(known)}; "
            f"your own is written 'package.module:OBJECTIVE'"
        )
    found = plugins.load("dse", "OBJECTIVE", name, what="objective")
    if not isinstance(found, Objective):
        raise plugins.UnknownNameError(f"objective {name!r} must be a dse.study.Objective")
    return replace(found, name=name)


def decided_by_energy(name: str) -> bool:
    """Whether the energy model alone decides an objective."""
    return name in ANALYTIC or objective(name).column is not None


def beyond_nested(names: Sequence[str]) -> str:
    """In words, the objectives that strategy `nested` cannot solve; empty where it can all."""
    wrong = [n for n in names if n != "accuracy_loss" and not decided_by_energy(n)]
    if not wrong:
        return ""
    return (
        f"strategy 'nested' knows {', '.join(ANALYTIC)}, accuracy_loss and your own made by "
        f"dse.study.energy_objective, got {', '.join(wrong)}; take 'joint' for others"
    )


def figures_of(report: EnergyBatch, batch: DesignBatch, name: str) -> Array:
    """An analytic objective of a batch of designs. Shape `(n,)`.

    Raises:
        UserError: an objective of the user's that gives something else than a figure a design.
    """
    own = objective(name).column
    if own is None:
        return column(report, batch, name)
    figures = np.asarray(own(report.columns), dtype=float)
    if figures.shape != (len(batch),):
        raise UserError(
            f"objective {name!r} must give one figure a design, shape ({len(batch)},), "
            f"got shape {figures.shape}"
        )
    return figures
