"""The best all-SRAM and the best design with MRAM in it for every area: two staircases."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from dse import pareto
from dse.mistakes import UserError
from dse.results.accuracy import LOSS_LIMIT, accuracy_lost
from dse.results.contenders import REPORTED, WEIGHED, accurate, aim, solver_for
from dse.results.fronts import Front
from dse.results.point import Point
from dse.results.slice_points import of_slice, scenario_of, slices_of
from dse.results.sram_twin import uses_mram
from dse.search import Slices, best_alone
from dse.store import Candidate
from evaluators.design import DataKind, DesignPoint
from evaluators.energy import sram_twin
from search_spaces.axes import Value

AREA: Final = "area_m2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A design that no smaller one of its memory beats; `label` is its name, if it has one."""

    area_m2: float
    value: float
    array: str
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stairs:
    """The best of each memory over area, smallest first, by `weighed`.

    `sram` is exact for the study's axes; `mixed` has MRAM in it and loses at most `loss_limit`.
    Both are empty where the figure is no objective that both can be solved for.
    """

    weighed: str
    loss_limit: float
    sram: tuple[Step, ...] = ()
    mixed: tuple[Step, ...] = ()

    def all_sram(self, area_m2: float) -> Step | None:
        """The best all-SRAM that is no larger; None where none fits. [m2]"""
        fitting = [step for step in self.sram if step.area_m2 <= area_m2 * (1.0 + 1e-9)]
        return fitting[-1] if fitting else None

    @property
    def ratios(self) -> tuple[tuple[Step, float], ...]:
        """Each step with MRAM and the figure of the best all-SRAM that is no larger over its own.

        All ratios: [-].
        """
        pairs = ((step, self.all_sram(step.area_m2)) for step in self.mixed)
        return tuple((step, sram.value / step.value) for step, sram in pairs if sram is not None)


def stairs(front: Front, loss_limit: float = LOSS_LIMIT) -> Stairs:
    """Both staircases of a front, by what it aims at.

    `loss_limit`: accuracy that a design with MRAM in it may lose. [-]
    """
    return front.kept.solved(f"stairs-{loss_limit:g}", Stairs, lambda: _stairs(front, loss_limit))


def _stairs(front: Front, loss_limit: float) -> Stairs:
    name = aim(front).name
    none = Stairs(weighed=name, loss_limit=loss_limit)
    if name not in WEIGHED or name in (AREA, "memory_area_m2"):
        return none
    scenario = scenario_of(front.record)
    try:
        solver = solver_for(front, name)
    except UserError:
        return none
    figure = REPORTED.get(name, name)

    def memories(design: DesignPoint) -> DesignPoint:
        return sram_twin(design, scenario)

    mixed = _mixed(front, name, loss_limit)
    like = next((point.evaluation.design for point in mixed), None)
    try:
        batch, report = best_alone(solver, memories, [figure, AREA], like=like)
    except ValueError:  # outside the models' validity
        return none
    alone = [
        Step(area_m2=float(report[AREA][row]), value=float(report[figure][row]),
             array=_array(batch.design(row)))
        for row in range(len(batch))
    ]  # fmt: skip
    steps = [
        Step(area_m2=energy.area_m2, value=float(getattr(energy, figure)),
             array=_array(point.evaluation.design), label=point.label)
        for point in mixed
        if (energy := point.evaluation.energy) is not None
    ]  # fmt: skip
    return Stairs(weighed=name, loss_limit=loss_limit, sram=_unbeaten(alone),
                  mixed=_unbeaten(steps))  # fmt: skip


def _mixed(front: Front, name: str, loss_limit: float) -> list[Point]:
    """Accurate designs with MRAM in them that no other such beats in figure and area."""
    points = accurate(front, loss_limit)
    solver = front.solver
    if solver is not None and not {name, AREA} <= set(solver.names):  # for this alone
        solver = slices_of(front.record, [name, AREA])
    if solver is not None:
        rows = [*_of_slices(front, solver, name, loss_limit)]
        if rows:
            best = pareto.unbeaten(np.array([figures for *_, figures in rows]))
            points += [of_slice(rows[row][0], rows[row][1], solver) for row in best]
    return [p for p in points if uses_mram(p)]


def _of_slices(
    front: Front, solver: Slices, name: str, loss_limit: float
) -> Iterator[tuple[Candidate, dict[str, Value], tuple[float, float]]]:
    """Values and figures of the slices of accurate candidates with MRAM in them."""
    columns = [solver.names.index(name), solver.names.index(AREA)]
    known = {axis.name for axis in solver.seen} | front.record.study.axes.keys()
    told = {f"{kind}_technology" for kind in DataKind} <= known
    for candidate in front.record.candidates:
        if accuracy_lost(candidate) > loss_limit or (told and not uses_mram(candidate)):
            continue
        for values, figures in solver.points(candidate):
            if told or _mram(solver.design(values)):
                yield candidate, values, (float(figures[columns[0]]), float(figures[columns[1]]))


def _mram(design: DesignPoint) -> bool:
    return any(design.memory[kind].technology != "sram" for kind in DataKind)


def _array(design: DesignPoint) -> str:
    return f"{design.array.rows}x{design.array.cols}"


def _unbeaten(steps: list[Step]) -> tuple[Step, ...]:
    """From the smallest on, each better than all that are smaller."""
    found: list[Step] = []
    for step in sorted(steps, key=lambda s: (s.area_m2, s.value)):
        if not found or step.value < found[-1].value:
            found.append(step)
    return tuple(found)
