"""A few designs of the front worth reading first, in plain words."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from dse.report.scales import Scale
from dse.report.subject import Subject
from dse.results.accuracy import keeps_accuracy
from dse.store import Candidate
from dse.study import Objective
from evaluators.evaluate import Evaluation


@dataclass(frozen=True, slots=True, kw_only=True)
class Knee:
    """A chosen design, and why it was chosen."""

    letter: str
    why: str
    candidate: Candidate


def knees(subject: Subject) -> list[Knee]:
    """The verdict's design, the front's knee, and the best of each objective; each design once."""
    front = subject.front
    if not front.candidates:
        return []
    found: list[tuple[str, Candidate]] = []
    accurate = [c for c in front.candidates if keeps_accuracy(c) and c.evaluation.energy]
    if accurate and not subject.maps:
        least = min(accurate, key=lambda c: _energy_j(c.evaluation))
        found.append((f"Least energy{_within(subject)}", least))
    if subject.best is not None:
        found.append(("Least energy with STT-MRAM", subject.best.candidate))
    gentle = subject.gentle
    if gentle is not None:
        found.append((f"Gentlest writes{_within(subject)}", gentle.candidate))
    found.append(("Knee of the front", _knee(subject)))
    for column, objective in enumerate(front.objectives):
        best = min(front.candidates, key=_cost_of(subject, column))
        found.append((_extreme_name(objective), best))
    return _once(subject, found)


def _within(subject: Subject) -> str:
    return " within one point of accuracy" if subject.record.study.trains else ""


def _extreme_name(objective: Objective) -> str:
    word = "Least" if objective.direction == "minimize" else "Greatest"
    name = Scale(objective=objective).short_name
    return f"{word} {name.lower().removeprefix('largest ')}"


def _cost_of(subject: Subject, column: int) -> Callable[[Candidate], tuple[float, ...]]:
    """Orders by one objective, then by the others in turn."""

    def cost(candidate: Candidate) -> tuple[float, ...]:
        costs = subject.costs[subject.place(candidate)]
        return (float(costs[column]), *map(float, costs))

    return cost


def _knee(subject: Subject) -> Candidate:
    """Nearest to the best of every objective, over the front's span of each."""
    front = subject.front
    costs = subject.costs[[subject.place(candidate) for candidate in front.candidates]]
    span = np.ptp(costs, axis=0)
    scaled = (costs - costs.min(axis=0)) / np.where(span > 0.0, span, 1.0)
    return front.candidates[int(np.argmin((scaled**2).sum(axis=1)))]


def _once(subject: Subject, found: list[tuple[str, Candidate]]) -> list[Knee]:
    chosen: dict[int, Knee] = {}
    for why, candidate in found:
        place = subject.place(candidate)
        if place in chosen:
            known = chosen[place]
            chosen[place] = replace(known, why=f"{known.why}; {why[0].lower()}{why[1:]}")
        else:
            letter = chr(ord("A") + len(chosen))
            chosen[place] = Knee(letter=letter, why=why, candidate=candidate)
    return list(chosen.values())


def _energy_j(evaluation: Evaluation) -> float:
    return evaluation.energy.energy_j if evaluation.energy else np.inf
