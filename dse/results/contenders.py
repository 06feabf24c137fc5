"""The best designs of a front by what it aims at: of one memory alone, or of what was trained."""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from dse.results.accuracy import accuracy_lost
from dse.results.fronts import Front
from dse.results.point import Point
from dse.results.slice_points import of_slice, scenario_of
from dse.search import Slices, best_alone, least_alone
from dse.search.alone import Memories
from dse.store import Scored
from dse.store.record import REFERENCES
from dse.study import Objective, objective
from dse.study.objectives import decided_by_energy
from evaluators.design import DataKind, DesignPoint
from evaluators.energy import EnergyReport
from evaluators.evaluate import Evaluation

WEIGHED: Final = {
    "energy_j": "energy",
    "edp_js": "energy-delay product",
    "time_s": "time",
    "area_m2": "area",
    "memory_area_m2": "memory area",
}
"""Objectives for which the best of a technology is found exactly, and their names in prose."""

MRAM_ALONE: Final = frozenset({"write_energy_j"})
"""Objectives that count MRAM's cells alone: all-SRAM has none of them, and does not compete."""

REPORTED: Final = {"edp_js": "energy_delay_js"}
"""Objectives under the energy report's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opponent:
    """One of the designs that are set side by side.

    `label` is its name on the front, if any; `value` its figure of what is weighed. [as its name]
    """

    what: str
    design: DesignPoint
    energy: EnergyReport
    value: float
    label: str = ""


def aim(front: Front) -> Objective:
    """What a front's best design is chosen by: its first objective that is no matter of training,
    or the energy.
    """
    for each in front.objectives:
        if ":" in each.name or decided_by_energy(each.name):
            return each
    return objective("energy_j")


def solver_for(front: Front, name: str) -> Slices:
    """What knows the front's axes, or those of its study for one objective.

    Raises:
        UserError: an objective or axes that cannot be solved.
    """
    own = name if decided_by_energy(name) else "energy_j"
    return front.solver or Slices(front.record.study, scenario_of(front.record), [own])


@dataclass(frozen=True, kw_only=True)
class Alone:
    """Finds the best design of one kind of memory on a front's axes."""

    front: Front
    solver: Slices
    weighed: Objective
    like: DesignPoint | None

    def best(self, what: str, memories: Memories, **limits: float) -> Opponent | None:
        """The best with these memories, or None; exact where the energy model decides."""
        name = self.weighed.name
        try:
            if name in WEIGHED or not decided_by_energy(name):
                figures = [REPORTED.get(name, name)] if name in WEIGHED else [*WEIGHED_ALL]
                batch, report = best_alone(self.solver, memories, figures, like=self.like,
                                           limits=limits)  # fmt: skip
            else:
                batch, report = least_alone(self.solver, memories, name, like=self.like)
        except ValueError:  # outside the models' validity
            return None
        trained = self.front.record.baseline.evaluation
        found = (
            _opponent(what, self.weighed,
                      replace(trained, design=batch.design(row), energy=report.row(row)))
            for row in range(len(batch))
        )  # fmt: skip
        return better(self.weighed, *found)


EQUAL: Final = 1e-12
"""Relative difference of two figures that are the same but for their last bits."""

WEIGHED_ALL: Final = ("energy_j", "time_s", "area_m2")
"""For an objective of the user's own: all-SRAM that no other beats in these stands for all."""


def _opponent(
    what: str, weighed: Objective, evaluation: Evaluation, label: str = ""
) -> Opponent | None:
    value = _value(weighed, evaluation)
    if value is None or evaluation.energy is None:
        return None
    return Opponent(what=what, design=evaluation.design, energy=evaluation.energy, value=value,
                    label=label)  # fmt: skip


def _value(weighed: Objective, evaluation: Evaluation) -> float | None:
    """None where an evaluation has no such figure."""
    try:
        value = float(weighed.of(evaluation))
    except (ValueError, AttributeError, AssertionError, TypeError):
        return None
    return value if math.isfinite(value) else None


def better(weighed: Objective, *found: Opponent | None) -> Opponent | None:
    """The best of those there are; of equal ones the first that has a name, if any has."""
    known = [opponent for opponent in found if opponent is not None]
    best = min(known, key=lambda opponent: cost(weighed, opponent.value), default=None)
    if best is None:
        return None
    equal = (o for o in known if o.label and math.isclose(o.value, best.value, rel_tol=EQUAL))
    return best if best.label else next(equal, best)


def cost(weighed: Objective, value: float) -> float:
    """A figure such that less is better. [as the objective's name]"""
    return value if weighed.direction == "minimize" else -value


def best_of(
    points: Iterable[Point], weighed: Objective, what: str, wanted: Callable[[Scored], bool]
) -> Opponent | None:
    """The best wanted design of some.

    Args:
        points: among which.
        weighed: what it is the best by.
        what: it is called.
        wanted: says whether a design counts.
    """
    found = (_opponent(what, weighed, p.evaluation, p.label) for p in points if wanted(p))
    return better(weighed, *found)


def accurate(front: Front, loss_limit: float) -> list[Point]:
    """Designs that compete and keep their accuracy.

    Without the two baselines, which need not lie on the axes: to set them beside what does would
    compare arrays and capacities, not memories. `loss_limit`: accuracy that one may lose. [-]
    """
    return [point for point in front.ranked
            if accuracy_lost(point) <= loss_limit and point.source not in REFERENCES]  # fmt: skip


def contenders(front: Front, weighed: Objective, loss_limit: float) -> list[Point]:
    """Those, and of each slice the best: what SRAM beats is not on the front of `nested`.

    `loss_limit`: accuracy that one may lose. [-]
    """
    return [*accurate(front, loss_limit), *_of_slices(front, weighed, loss_limit)]


def all_mram(point: Scored) -> bool:
    """Whether no region is SRAM."""
    memory = point.evaluation.design.memory
    return all(memory[kind].technology != "sram" for kind in DataKind)


def _of_slices(front: Front, weighed: Objective, loss_limit: float) -> Iterator[Point]:
    """Of each candidate that keeps its accuracy the best of its slice."""
    if front.solver is None or weighed.name not in front.solver.names:
        return
    place = front.solver.names.index(weighed.name)
    for candidate in front.record.candidates:
        found = front.solver.points(candidate) if accuracy_lost(candidate) <= loss_limit else []
        if found:
            values, _ = min(found, key=lambda pair: cost(weighed, float(pair[1][place])))
            yield of_slice(candidate, values, front.solver)
