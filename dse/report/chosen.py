"""A few designs of the front worth reading first, in plain words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dse import pareto
from dse.report.scales import Scale
from dse.report.subject import Subject
from dse.results import accuracy, words
from dse.store import Scored
from dse.study import Objective
from evaluators.evaluate import Evaluation


@dataclass(frozen=True, slots=True, kw_only=True)
class Knee:
    """A chosen design, and why it was chosen."""

    letter: str
    why: str
    candidate: Scored


def knees(subject: Subject) -> list[Knee]:
    """The verdict's design, the front's knee, and the best of each objective; each design once.

    Where training is asked for, of those that keep their accuracy, if any does.
    """
    front = subject.front
    if not front.candidates:
        return []
    reasons: list[tuple[str, Scored]] = []
    accurate = [c for c in front.candidates if accuracy.keeps_accuracy(c) and c.evaluation.energy]
    if accurate and not subject.maps:
        least = min(accurate, key=lambda c: _energy_j(c.evaluation))
        reasons.append((f"Least energy{_within(subject)}", least))
    if subject.best is not None:
        reasons.append(
            (
                f"Least energy with {words.mram_name(subject.best.candidate.evaluation.design)}",
                subject.best.candidate,
            )
        )
    gentle = subject.gentle
    if gentle is not None:
        reasons.append((f"Gentlest writes{_within(subject)}", gentle.candidate))
    kept = [c for c in front.candidates if accuracy.keeps_accuracy(c)]
    within = _within(subject) if kept else ""
    pool = kept or list(front.candidates)  # what loses more is in the table of all designs
    reasons.append((f"Knee of the front{within}", _knee(subject, pool)))
    for column, objective in enumerate(front.objectives):
        best = min(pool, key=_cost_of(subject, column))
        reasons.append((f"{_extreme_name(objective)}{within}", best))
    return _once(reasons)


def _within(subject: Subject) -> str:
    return " within one point of accuracy" if subject.record.study.trains else ""


def _extreme_name(objective: Objective) -> str:
    word = "Least" if objective.direction == "minimize" else "Greatest"
    name = Scale(objective=objective).short_name
    return f"{word} {name.lower().removeprefix('largest ')}"


def _cost_of(subject: Subject, column: int) -> Callable[[Scored], tuple[float, ...]]:
    """Orders by one objective, then by the others in turn."""

    def cost(point: Scored) -> tuple[float, ...]:
        costs = subject.costs[subject.place(point)]
        return (float(costs[column]), *map(float, costs))

    return cost


def _knee(subject: Subject, points: Sequence[Scored]) -> Scored:
    return points[pareto.knee(subject.costs[[subject.place(point) for point in points]])]


def _once(reasons: list[tuple[str, Scored]]) -> list[Knee]:
    chosen: dict[Scored, Knee] = {}
    for why, point in reasons:
        if point in chosen:
            known = chosen[point]
            if why.lower() not in known.why.lower():
                chosen[point] = replace(known, why=f"{known.why}; {why[0].lower()}{why[1:]}")
        else:
            letter = chr(ord("A") + len(chosen))
            chosen[point] = Knee(letter=letter, why=why, candidate=point)
    return list(chosen.values())


def _energy_j(evaluation: Evaluation) -> float:
    return evaluation.energy.energy_j if evaluation.energy else np.inf
