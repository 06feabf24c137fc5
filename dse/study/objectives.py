"""What a search makes small or large: by name, or a dotted name of the user's."""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import InitVar, asdict, dataclass, replace
from functools import cache
from typing import Any, Final, get_args

import numpy as np
from numpy.typing import NDArray

from dse import si
from dse.mistakes import UserError
from dse.study.quantities import OBJECTIVE as BUILT_IN
from dse.study.quantities import QUANTITIES, WORST_POINTS, Direction, Scale, axis_of, column
from evaluators.checks import brief, known_names
from evaluators.energy import DesignBatch, EnergyBatch
from evaluators.evaluate import Evaluation
from evaluators.plugins import Kind, UnknownNameError, said

Array = NDArray[np.float64]
Figures = Mapping[str, Array]


LEAST_RATIO: Final = 1e-300
"""Stands for zero where a logarithm is taken."""

LEAST_POINTS: Final = 0.1
"""Points are compared as log(0.1 + points): hundredths of a point count for little."""

BOUNDS: Final = {"ratio": (0.0, math.inf), "points": (-math.inf, 1.0),
                 "plain": (-math.inf, math.inf)}  # fmt: skip
"""Where `worst` may lie, by scale: above the first, up to the second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """A figure of an evaluation, the direction in which it is better, and how it is compared.

    `of` must return a finite number for every evaluation that is not failed. `column`, of an
    `energy_objective`, gives the figure of many designs at once; it needs no training.

    `scale` says what a difference is worth to the hypervolume:

    - `ratio`: energies, areas, times. Never negative; compared by ratio.
    - `points`: a share up to 1, in hundredths: what is lost of it where it is minimised, what it
      lacks to 1 where it is maximised, such as an accuracy.
    - `plain`: any other figure, such as a temperature; compared by difference.

    `worst` is the worst value that still counts. Without it that is ten times worse than the
    all-SRAM baseline, or 10 points worse; a `plain` figure must have one.

    Raises:
        ValueError: a field that does not go with the others; says what to write.
    """

    name: str
    direction: Direction
    of: Callable[[Evaluation], float]
    scale: Scale = "ratio"
    worst: float | None = None
    column: Callable[[Figures], Array] | None = None
    label: str = ""
    """What texts call one of the user's own: the name that it gave itself."""
    relative: InitVar[bool | None] = None
    """Former spelling of `scale`: True is `ratio`."""

    def __post_init__(self, relative: bool | None) -> None:
        _check_choice("direction", self.direction, get_args(Direction))
        _check_choice("scale", self.scale, get_args(Scale))
        if relative is not None and not (relative and self.scale == "ratio"):
            raise ValueError(
                f"objective {self.name!r}: `relative` is no longer a field: leave it out for "
                f"`scale` = 'ratio', write `scale` = 'points' for a share such as an accuracy or "
                f"its loss, or `scale` = 'plain' with `worst` for any other figure"
            )
        if self.worst is None:
            if self.scale == "plain":
                raise ValueError(
                    f"objective {self.name!r}: `scale` = 'plain' is compared by difference, so it "
                    f"needs `worst`, the worst value that still counts"
                )
            return
        least, most = BOUNDS[self.scale]
        if not (math.isfinite(self.worst) and least < self.worst <= most):
            rule = {"ratio": "greater than 0", "points": "a share up to 1", "plain": "finite"}
            raise ValueError(
                f"objective {self.name!r}: `worst` must be {rule[self.scale]}, got {self.worst}"
            )

    @property
    def axis(self) -> tuple[str, str, float]:
        """Its words, its unit and the factor to it; one's own ends in it. [-]"""
        if not self._users:
            return axis_of(self.name)
        own = self.label or self.name.rpartition(":")[2]
        ending = next((end for end in si.UNITS if own.endswith(end) and own != end), "")
        return own.removesuffix(ending).replace("_", " "), si.UNITS.get(ending, ""), 1.0

    @property
    def axis_label(self) -> str:
        """Its words with its unit in brackets, as an axis bears them."""
        words, unit, _ = self.axis
        return f"{words} ({unit})" if unit else words

    def in_words(self, value: float) -> str:
        """A figure of it as text. [as its name]"""
        unit = self.axis[1] if self._users else ""
        return si.si(value, unit) if unit else si.in_words(self.name, value)

    def cost(self, value: float) -> float:
        """The value on the axis that hypervolume measures, lower better. [-]"""
        if self.scale == "points":
            return math.log(LEAST_POINTS + max(100.0 * self._lacking(value), 0.0))
        along = math.log(max(value, LEAST_RATIO)) if self.scale == "ratio" else value
        return along if self.direction == "minimize" else -along

    def costs(self, values: Array) -> Array:
        """`cost` of many values at once, equal to it but for the last bits. Any shape. [-]"""
        if self.scale == "points":
            points: Array = np.maximum(100.0 * self._lacking(values), 0.0)
            return np.log(LEAST_POINTS + points)
        along = np.log(np.maximum(values, LEAST_RATIO)) if self.scale == "ratio" else values
        return along if self.direction == "minimize" else -along

    def reference(self, baseline: float) -> float:
        """The worst value that still counts, given the baseline's. [as its name]

        Raises:
            UserError: there is none for this baseline.
        """
        if self.worst is not None:
            return self.worst
        wrong = self.wrong(baseline)
        if not wrong and baseline == 0.0 and self.scale == "ratio" and self._users:
            wrong = f"objective `{self.name}` is 0 for the all-SRAM baseline, and 0 has no ratio"
        if wrong:
            raise UserError(f"{wrong}: {REMEDY}")
        lower = self.direction == "minimize"
        if self.scale == "points":
            return baseline + WORST_POINTS if lower else baseline - WORST_POINTS
        return 10.0 * baseline if lower else baseline / 10.0

    def wrong(self, value: float) -> str:
        """Why a figure has no place on the axis of the hypervolume; empty where it has one.

        `value`: [as its name].
        """
        rule = self._wrong(value) if math.isfinite(value) else "must be finite"
        return f"objective `{self.name}` {rule}, got {value}" if rule else ""

    def _wrong(self, value: float) -> str:
        if self.scale == "ratio" and value < 0.0:
            return "is compared by ratio and must not be negative"
        if self.scale == "points" and value > 1.0 and self._users:
            return "is compared in points and must be a share, at most 1"
        return ""

    def _lacking(self, value: Any) -> Any:
        return value if self.direction == "minimize" else 1.0 - value

    @property
    def _users(self) -> bool:
        return self.name not in OBJECTIVES


REMEDY: Final = (
    "give it `worst`, the worst value that still counts, and `scale` = 'plain' where it may be "
    "zero or negative"
)


FINITE: Final = (
    "give a finite figure for every design; what must not be chosen is a matter for `constraints`"
)


def _check_choice(name: str, value: object, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ValueError(f"`{name}` must be one of {', '.join(map(repr, known))}, got {value!r}")


def energy_objective(
    name: str,
    direction: Direction,
    column: Callable[[Figures], Array],
    *,
    scale: Scale = "ratio",
    worst: float | None = None,
) -> Objective:
    """An objective that the energy model alone decides, so that `nested` can solve it exactly.

    Args:
        name: as it is shown.
        direction: in which it is better.
        column: from the numbers of an `EnergyReport` by name, each an array with one entry a
            design, to the figure of each design.
        scale: how it is compared, as in `Objective`.
        worst: the worst value that still counts, as in `Objective`. [as its name]
    """

    def of(evaluation: Evaluation) -> float:
        assert evaluation.energy is not None
        told = asdict(evaluation.energy)
        figures = {key: np.array([told[key]]) for key in told if key != "bound"}
        return float(column(figures)[0])

    return Objective(
        name=name, direction=direction, of=of, scale=scale, worst=worst, column=column
    )


OBJECTIVES: Final = {
    name: Objective(name=name, direction=found.direction, of=found.counted, scale=found.scale,
                    worst=found.worst)
    for name, found in ((found.name, found) for found in BUILT_IN)
    if found.direction
}  # fmt: skip


OBJECTIVE: Final = Kind(
    what="objective", package="dse", attribute="OBJECTIVE", known=tuple(OBJECTIVES)
)


def needs_training(name: str) -> bool:
    """Whether an objective may look at a training; the user's own may."""
    if name in QUANTITIES:
        return QUANTITIES[name].needs == "a training"
    return ":" in name and objective(name).column is None


@cache
def objective(name: str) -> Objective:
    """The objective called `name`; `package.module:attribute` is the user's own.

    Raises:
        UnknownNameError: no such objective; names the known ones and the nearest.
    """
    if name in OBJECTIVES:
        return OBJECTIVES[name]
    if ":" not in name:
        raise OBJECTIVE.unknown(name)
    loaded = OBJECTIVE.load(name)
    if not isinstance(loaded, Objective):
        raise UnknownNameError(f"objective {name!r} must be a dse.study.Objective")
    return replace(loaded, name=name, label=loaded.label or loaded.name)


def decided_by_energy(name: str) -> bool:
    """Whether the energy model alone decides an objective."""
    known = QUANTITIES[name] if name in OBJECTIVES else objective(name)
    return known.column is not None


def beyond_nested(names: Sequence[str]) -> str:
    """In words, the objectives that strategy `nested` cannot solve; empty where it can all."""
    wrong = [n for n in names if n != "accuracy_loss" and not decided_by_energy(n)]
    if not wrong:
        return ""
    return (
        f"strategy 'nested' knows {', '.join(filter(decided_by_energy, OBJECTIVES))}, "
        f"accuracy_loss and your own made by "
        f"dse.study.energy_objective, got {', '.join(wrong)}; take 'joint' for others"
    )


def figures_of(report: EnergyBatch, batch: DesignBatch, name: str) -> Array:
    """An analytic objective of a batch of designs. Shape `(n,)`. [as its name]

    Raises:
        UserError: an objective of the user's that gives something else than a figure a design, or
            figures that its scale cannot place.
    """
    own = objective(name).column
    if own is None:
        figure = QUANTITIES[name]
        return np.clip(column(report, batch, name), figure.least, figure.most)
    try:
        figures = np.asarray(own(report.columns), dtype=float)
    except Exception as error:  # the user's own code
        raise UserError(f"objective `{name}` fails with {failed(error, report.columns)}") from None
    if figures.shape != (len(batch),):
        raise UserError(
            f"objective {name!r} must give one figure a design, shape ({len(batch)},), "
            f"got shape {figures.shape}"
        )
    bad = figures[~np.isfinite(figures)]
    for figure in (*bad[:1], figures.min(initial=np.inf), figures.max(initial=-np.inf)):
        if len(figures) and (wrong := objective(name).wrong(float(figure))):
            raise UserError(f"{wrong}: {REMEDY if np.isfinite(figure) else FINITE}")
    return figures


def failed(error: Exception, known: Collection[str]) -> str:
    """What an objective of the user's raised; a figure that does not exist with those that do."""
    if isinstance(error, KeyError) and error.args and isinstance(error.args[0], str):
        name = error.args[0]
        if name not in known:
            return f"unknown figure {brief(name)}{known_names(name, sorted(known))}"
    return said(error)


def figure_mistake(evaluation: Evaluation, name: str) -> str:
    """Why an objective has no place for a design, before any training; empty where it has one.

    Says nothing of an objective that may look at a training.
    """
    if not decided_by_energy(name) or evaluation.energy is None:
        return ""
    try:
        value = float(objective(name).of(evaluation))
    except UserError as error:
        return str(error)
    except Exception as error:  # the user's own code
        return f"objective `{name}` fails with {failed(error, asdict(evaluation.energy))}"
    wrong = objective(name).wrong(value)
    return wrong and f"{wrong}: {REMEDY if math.isfinite(value) else FINITE}"
