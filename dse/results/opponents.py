"""What a study's best MRAM design must beat: the best all-SRAM design of the same space.

A twin of equal capacity has the array and the capacities that suit MRAM. Here both technologies
choose among the study's own axes: all-SRAM and error-free all-MRAM exactly, as they need no
training, and what has MRAM in it as the front has it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from dse.mistakes import UserError
from dse.results.accuracy import LOSS_LIMIT, accuracy_lost
from dse.results.fronts import Front, of_slice, scenario_of
from dse.results.point import Point
from dse.results.sram_twin import uses_mram
from dse.results.words import TECHNOLOGIES
from dse.search import Slices, best_alone
from dse.search.alone import Memories
from dse.si import in_words
from dse.study.quantities import quantity
from evaluators.design import DataKind, DesignPoint, MemoryPlan
from evaluators.energy import EnergyReport, nominal_design, sram_twin
from evaluators.scenario import Scenario

WEIGHED: Final = {
    "energy_j": "energy",
    "edp_js": "energy-delay product",
    "time_s": "time",
    "area_m2": "area",
    "memory_area_m2": "memory area",
}
"""Objectives for which the best of a technology is found exactly, and their names in prose."""

REPORTED: Final = {"edp_js": "energy_delay_js"}
"""Objectives under the energy report's name."""

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
class Opponent:
    """One of the designs that are set side by side; `label` is its name on the front, if any."""

    what: str
    design: DesignPoint
    energy: EnergyReport
    label: str = ""

    def figure(self, name: str) -> float:
        """In the unit of its name. [as its name]"""
        return float(getattr(self.energy, REPORTED.get(name, name)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Opponents:
    """The best of each memory for one figure, all within the study's constraints.

    `weighed` is the figure. `sram` and `mram` are the best all-SRAM and the best error-free or
    trained all-MRAM design, `mixed` the front's best with MRAM in it that keeps its accuracy, and
    `equal` the best all-SRAM that is no larger and no slower than `mixed`. None where there is
    none; `reason` says why all-SRAM could not be solved, `none` why there is no `mixed`.
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
        """How many times less of the figure than the best all-SRAM; None without that. [-]"""
        if self.sram is None:
            return None
        return self.sram.figure(self.weighed) / opponent.figure(self.weighed)

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
                f"Best with {_memory(self.mixed)} in it: #{self.mixed.label} "
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
            parts.append(f"All {_memory(self.mram)}: {self._compared(self.mram, self.sram)}.")
        return " ".join(parts)

    def _compared(self, one: Opponent, other: Opponent) -> str:
        words = WEIGHED[self.weighed]
        share = one.figure(self.weighed) / other.figure(self.weighed)
        if abs(share - 1.0) < 5e-4:
            return f"the same {words}"
        if share < 1.0:
            return f"{100 * (1 - share):.1f} % less {words}"
        return f"{share:.2f}x the {words}"


def _figures(opponent: Opponent) -> str:
    energy = opponent.energy
    return ", ".join(
        in_words(name, getattr(energy, name)) for name in ("energy_j", "time_s", "area_m2")
    )


def _memory(opponent: Opponent) -> str:
    """What is not SRAM in it."""
    names = [opponent.design.memory[kind].technology for kind in DataKind]
    others = dict.fromkeys(TECHNOLOGIES.get(name, name) for name in names if name != "sram")
    return " and ".join(others)


def opponents(front: Front) -> Opponents:
    """The designs that a front's best must be set beside.

    The figure is the front's first objective of `WEIGHED`, or the energy.
    """
    names = [objective.name for objective in front.objectives]
    weighed = next((name for name in names if name in WEIGHED), "energy_j")
    mixed = _mixed(front, weighed)
    scenario = scenario_of(front.record)
    try:
        solver = front.solver or Slices(front.record.study, scenario, [weighed])
    except UserError as error:
        return Opponents(weighed=weighed, mixed=mixed, reason=str(error))
    like = mixed.design if mixed else None

    def best(what: str, memories: Memories, **limits: float) -> Opponent | None:
        try:
            batch, report = best_alone(
                solver, memories, [REPORTED.get(weighed, weighed)], like=like, limits=limits
            )
        except ValueError:  # outside the models' validity
            return None
        if not len(batch):
            return None
        place = int(np.argmin(report[REPORTED.get(weighed, weighed)]))
        return Opponent(what=what, design=batch.design(place), energy=report.row(place))

    def sram(design: DesignPoint) -> DesignPoint:
        return sram_twin(design, scenario)

    equal = None
    if mixed is not None:
        limits = {"area_m2": mixed.energy.area_m2, "time_s": mixed.energy.time_s}
        equal = best("all-SRAM, no larger and no slower", sram, **limits)
    return Opponents(
        weighed=weighed,
        sram=best("best all-SRAM", sram),
        mixed=mixed,
        mram=_less(
            weighed,
            best("all-MRAM, error-free", lambda design: _error_free(design, scenario)),
            _mixed(front, weighed, all_of_it=True),
        ),
        equal=equal,
        none="" if mixed else _none(front),
    )


def _none(front: Front) -> str:
    if any(uses_mram(point) for point in front.candidates):
        lost = f"{100 * LOSS_LIMIT:g} point"
        return f"No design with MRAM in it loses at most {lost} of accuracy on this front."
    return "No design with MRAM in it is on this front."


def _error_free(design: DesignPoint, scenario: Scenario) -> DesignPoint:
    """All three regions in the MRAM of the nominal design, at the design's capacities."""
    nominal = nominal_design(scenario, design.array).memory
    regions = {
        kind.value: replace(nominal[kind], capacity_bytes=design.memory[kind].capacity_bytes,
                            banks=design.memory[kind].banks, mat_kib=design.memory[kind].mat_kib)
        for kind in DataKind
    }  # fmt: skip
    return replace(design, memory=MemoryPlan(**regions))


def _less(name: str, *opponents: Opponent | None) -> Opponent | None:
    known = [opponent for opponent in opponents if opponent is not None]
    return min(known, key=lambda opponent: opponent.figure(name), default=None)


def _mixed(front: Front, weighed: str, *, all_of_it: bool = False) -> Opponent | None:
    """The best design with MRAM in some, or in all, regions that keeps its accuracy.

    With strategy `nested` of every slice, as what SRAM beats is not on the front.
    """
    best: tuple[float, Point] | None = None
    for point in (*front.ranked, *_of_slices(front, weighed)):
        memory = point.evaluation.design.memory
        others = [memory[kind].technology != "sram" for kind in DataKind]
        figure = quantity(point.evaluation, weighed)
        if figure is None or not (all(others) if all_of_it else any(others)):
            continue
        if accuracy_lost(point) <= LOSS_LIMIT and (best is None or figure < best[0]):
            best = figure, point
    if best is None or best[1].evaluation.energy is None:
        return None
    point = best[1]
    return Opponent(
        what="all-MRAM of the search" if all_of_it else "best with MRAM in it",
        design=point.evaluation.design,
        energy=best[1].evaluation.energy,
        label=point.label,
    )


def _of_slices(front: Front, weighed: str) -> Iterator[Point]:
    """Of each candidate that keeps its accuracy the best of its slice."""
    if front.solver is None or weighed not in front.solver.names:
        return
    place = front.solver.names.index(weighed)
    for candidate in front.record.candidates:
        found = front.solver.points(candidate) if accuracy_lost(candidate) <= LOSS_LIMIT else []
        if found:
            values, _ = min(found, key=lambda pair: float(pair[1][place]))
            yield of_slice(candidate, values, front.solver)


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
