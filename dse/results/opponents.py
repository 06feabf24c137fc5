"""What a study's best MRAM design must beat: the best all-SRAM design of the same space.

A twin of equal capacity has the array and the capacities that suit MRAM. Here both technologies
choose among the study's own axes: all-SRAM and error-free all-MRAM exactly, as they need no
training, and what has MRAM in it as the front has it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from dse.mistakes import UserError
from dse.results.accuracy import LOSS_LIMIT
from dse.results.contenders import (
    MRAM_ALONE,
    WEIGHED,
    Alone,
    Opponent,
    aim,
    all_mram,
    best_of,
    better,
    contenders,
    solver_for,
)
from dse.results.fronts import Front
from dse.results.slice_points import scenario_of
from dse.results.sram_twin import uses_mram
from dse.results.words import memory_names
from dse.si import in_words
from dse.study import objective, quantities
from evaluators.design import DataKind, DesignPoint, MemoryPlan
from evaluators.energy import nominal_design, sram_twin
from evaluators.plugins import UnknownNameError, UserCodeError, is_dotted
from evaluators.scenario import Scenario

FIGURES: Final = {
    "energy_j": "energy a step",
    "time_s": "time",
    "energy_delay_js": "energy-delay",
    "area_m2": "area",
    "average_power_w": "power",
    "utilization": "utilization",
}
"""What stands side by side, and its name in a table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opponents:
    """The best of each memory for one objective, all within the study's constraints.

    `weighed` is the objective. `sram` and `mram` are the best all-SRAM and the best error-free or
    trained all-MRAM design, `mixed` the best with MRAM in it that keeps its accuracy, and `equal`
    the best all-SRAM that is no larger and no slower than `mixed`. None where there is none;
    `reason` says why all-SRAM could not be solved, `none` why there is no `mixed`.
    """

    weighed: str
    sram: Opponent | None = None
    mixed: Opponent | None = None
    mram: Opponent | None = None
    equal: Opponent | None = None
    reason: str = ""
    none: str = ""

    @property
    def all(self) -> tuple[Opponent, ...]:
        """Those there are, all-SRAM first."""
        return tuple(o for o in (self.sram, self.equal, self.mixed, self.mram) if o is not None)

    def ratio(self, opponent: Opponent) -> float | None:
        """The best all-SRAM's figure over another's; None without one or the other. [-]"""
        if self.sram is None or not opponent.value:
            return None
        return self.sram.value / opponent.value

    def sentence(self) -> str:
        """The comparison that an architect asks for, in one line."""
        if self.sram is None:
            why = f": {self.reason}" if self.reason else ""
            return f"No all-SRAM design of this space keeps the constraints{why}."
        parts = [f"Best all-SRAM: {_figures(self.sram)}."]
        if self.mixed is None:
            parts.append(self.none)
        else:
            parts.append(
                f"Best with {memory_names(self.mixed.design)} in it: #{self.mixed.label} "
                f"{_figures(self.mixed)}, {self._compared(self.mixed, self.sram)}."
            )
        if self.mixed is not None and self.equal is not None:
            parts.append(
                f"All-SRAM within its area and time: {_figures(self.equal)}, so it takes "
                f"{self._compared(self.mixed, self.equal)}."
            )
        elif self.mixed is not None:
            parts.append("No all-SRAM design is as small and as fast.")
        if self.mram is not None:
            parts.append(
                f"All {memory_names(self.mram.design)}: {self._compared(self.mram, self.sram)}."
            )
        return " ".join(parts)

    def _compared(self, one: Opponent, other: Opponent) -> str:
        return compared(self.weighed, one.value, other.value)


def compared(name: str, one: float, other: float) -> str:
    """A figure of an objective beside another: `1.3 % less energy`, `2.10x the area`. [-]"""
    words = in_prose(name)
    if objective(name).scale != "ratio" or one <= 0.0 or other <= 0.0:
        told = objective(name).in_words
        return f"{told(one)} of {words} in place of {told(other)}"
    share = one / other
    if abs(share - 1.0) < 5e-4:
        return f"the same {words}"
    if share >= 1.0:
        return f"{share:.2f}x the {words}"
    return (
        f"{1 / share:.2f}x less {words}"
        if share < 0.95
        else f"{100 * (1 - share):.1f} % less {words}"
    )


def beside(name: str, one: float, other: float) -> str:
    """The same with the word before what it is compared with: `1.3 % less energy than`. [-]"""
    text = compared(name, one, other)
    if " in place of " in text:
        return f"{text}:"
    return (
        f"{text} {'of' if 'x the ' in text else 'as' if text.startswith('the same') else 'than'}"
    )


def in_prose(name: str) -> str:
    """An objective within a sentence."""
    if name in WEIGHED:
        return WEIGHED[name]
    if is_dotted(name):
        return _own_name(name)
    label = quantities.axis_of(name)[0]
    return label[0].lower() + label[1:]


def _own_name(name: str) -> str:
    """Of an objective of the user's, whether their code is imported or left alone."""
    try:
        return objective(name).axis[0]
    except (UnknownNameError, UserCodeError):
        return quantities.axis_of(name)[0]


def _figures(opponent: Opponent) -> str:
    energy = opponent.energy
    return ", ".join(
        in_words(name, getattr(energy, name)) for name in ("energy_j", "time_s", "area_m2")
    )


def opponents(front: Front, loss_limit: float = LOSS_LIMIT) -> Opponents:
    """The designs that a front's best must be set beside, by what the front aims at.

    `loss_limit`: accuracy that a design with MRAM in it may lose. [-]
    """
    return front.kept.solved(
        f"opponents-{loss_limit:g}", Opponents, lambda: _opponents(front, loss_limit)
    )


def _opponents(front: Front, loss_limit: float) -> Opponents:
    weighed = aim(front)
    points = contenders(front, weighed, loss_limit)
    mixed = best_of(points, weighed, "best with MRAM in it", uses_mram)
    scenario = scenario_of(front.record)
    try:
        solver = solver_for(front, weighed.name)
    except UserError as error:
        return Opponents(weighed=weighed.name, mixed=mixed, reason=str(error))
    like = mixed.design if mixed else None
    alone = Alone(front=front, solver=solver, weighed=weighed, like=like)

    def sram(design: DesignPoint) -> DesignPoint:
        return sram_twin(design, scenario)

    equal = None
    if mixed is not None and weighed.name in WEIGHED:
        limits = {"area_m2": mixed.energy.area_m2, "time_s": mixed.energy.time_s}
        equal = alone.best("all-SRAM, no larger and no slower", sram, **limits)
    free = None
    if weighed.name in WEIGHED:
        free = alone.best("all-MRAM, error-free", lambda design: _error_free(design, scenario))
    if weighed.name in MRAM_ALONE:
        free, best_sram = None, _least_energy(front, like, sram)
    else:
        seen = best_of(points, weighed, "best all-SRAM", lambda point: not uses_mram(point))
        best_sram = better(weighed, alone.best("best all-SRAM", sram), seen)
    return Opponents(
        weighed=weighed.name,
        sram=best_sram,
        mixed=mixed,
        mram=better(weighed, free, best_of(points, weighed, "all-MRAM of the search", all_mram)),
        equal=equal,
        none="" if mixed else _none(front, loss_limit),
    )


def _least_energy(
    front: Front, like: DesignPoint | None, sram: Callable[[DesignPoint], DesignPoint]
) -> Opponent | None:
    """The all-SRAM design of least energy, for a front that aims at what SRAM has none of."""
    energy = objective("energy_j")
    try:
        solver = solver_for(front, energy.name)
    except UserError:
        return None
    alone = Alone(front=front, solver=solver, weighed=energy, like=like)
    found = alone.best("best all-SRAM", sram)
    return replace(found, value=0.0) if found else None


def _none(front: Front, loss_limit: float) -> str:
    if any(uses_mram(point) for point in front.candidates):
        lost = f"{100 * loss_limit:g} point{'' if loss_limit == LOSS_LIMIT else 's'}"
        return f"No design with MRAM in it that was found loses at most {lost} of accuracy."
    return "No design with MRAM in it is on this front."


def _error_free(design: DesignPoint, scenario: Scenario) -> DesignPoint:
    """All three regions in the MRAM of the nominal design, at the design's capacities."""
    nominal = nominal_design(scenario, design.array).memory
    regions = {
        kind.value: replace(nominal[kind], capacity_bytes=design.memory[kind].capacity_bytes,
                            banks=design.memory[kind].banks, mat_kib=design.memory[kind].mat_kib,
                            buffer_bytes=design.memory[kind].buffer_bytes)
        for kind in DataKind
    }  # fmt: skip
    return replace(design, memory=MemoryPlan(**regions))


def figure(opponent: Opponent, name: str) -> float:
    """One of `FIGURES`. [as its name]"""
    return float(getattr(opponent.energy, name))


def as_rows(opponents: Opponents) -> list[Mapping[str, object]]:
    """One row a design: what it is, its figures in SI units, and its array."""
    return [
        {
            "design": opponent.what,
            "label": opponent.label,
            **{name: getattr(opponent.energy, name) for name in FIGURES},
            "array": f"{opponent.design.array.rows}x{opponent.design.array.cols}",
            "capacity_bytes": opponent.design.memory.capacity_bytes,
            "less_than_all_sram": opponents.ratio(opponent),
        }
        for opponent in opponents.all
    ]
