"""A few designs of the front worth reading first, in plain words."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from dse.report.header import compared
from dse.report.markup import Html, joined, tag, text
from dse.report.scales import Scale
from dse.report.subject import Subject, keeps_accuracy
from dse.results.gentle_writes import PLURALS, chosen_writes
from dse.results.sram_twin import equal, uses_mram
from dse.si import binary, figure, si
from dse.store.record import Candidate
from dse.study.objectives import Objective
from evaluators.design import DataKind, Region
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


def knee_cards(subject: Subject, chosen: list[Knee]) -> Html:
    """A card for each chosen design."""
    return tag("div", joined(_card(subject, knee) for knee in chosen),
               attributes={"class": "cards"})  # fmt: skip


def _card(subject: Subject, knee: Knee) -> Html:
    candidate = knee.candidate
    place = subject.place(candidate)
    front = subject.front
    figures = [
        tag("div", tag("dt", text(Scale(objective=objective).short_name.lower())),
            tag("dd", text(figure(objective.name, float(value)))))
        for objective, value in zip(front.objectives, subject.values[place], strict=True)
    ]  # fmt: skip
    head = tag("h3", tag("span", text(knee.letter), attributes={"class": "letter"}),
               text(knee.why))  # fmt: skip
    words = tag("p", text(in_words(candidate)))
    against = tag("p", text(_against(subject, candidate)), attributes={"class": "soft"})
    name = tag("p", text(f"Design {subject.label(candidate)}"), attributes={"class": "eyebrow"})
    return tag("article", name, head, tag("dl", joined(figures)), words, against,
               attributes={"class": "card", "data-design": str(place)})  # fmt: skip


def in_words(candidate: Candidate) -> str:
    """A design as sentences, equal regions named together."""
    design, own = candidate.evaluation.design, chosen_writes(candidate)
    groups: dict[tuple[Region, bool], list[DataKind]] = {}
    for kind in DataKind:
        groups.setdefault((design.memory[kind], kind in own), []).append(kind)
    told = []
    for (region, written), kinds in groups.items():
        names = [PLURALS[kind] for kind in kinds]
        each = " each" if len(kinds) > 1 else ""
        told.append(f"{_and(names)} in {_region(region, each, written=written)}")
    sentence = "; ".join(told)
    stored = ""
    if design.number_format:
        stored = f" Stored as {design.number_format}, {design.encoding.replace('_', ' ')}."
    array = f"A {design.array.rows}x{design.array.cols} array. "
    return f"{array}{sentence[0].upper()}{sentence[1:]}.{stored}"


def _and(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _region(region: Region, each: str, *, written: bool) -> str:
    technology = {"sram": "SRAM", "stt_mram": "STT-MRAM"}.get(region.technology, region.technology)
    words = f"{binary(region.capacity_bytes)}{each} of {technology}"
    reliable = f"{region.reliable_bits} of their high bits"
    mram = region.technology != "sram" and region.error_probability is None
    if mram and not written:
        words += ", every bit written error-free"
    elif region.write:
        words += f", written at {region.write.voltage_v:.3g} V"
        words += f" for {si(region.write.pulse_width_s, 's')}"
        if region.reliable_bits:
            beside = "in SRAM" if region.reliable_in == "sram" else "written reliably"
            words += f", {reliable} {beside}"
    if region.error_probability is not None:
        words += f", whose bits fail with {region.error_probability:.0e}"
        words += f", {reliable} reliable" if region.reliable_bits else ""
    return words


def _against(subject: Subject, candidate: Candidate) -> str:
    """Energy beside the baseline and beside the twin; the spread over the seeds; the bound."""
    told = []
    energy, baseline = candidate.evaluation.energy, subject.record.baseline.evaluation.energy
    pair = subject.twins.get(subject.place(candidate))
    if energy and baseline:
        told.append(f"{_ratio(baseline.energy_j / energy.energy_j)} the baseline")
    if pair and uses_mram(candidate):
        same = equal(subject.scenario)
        told.append(f"{_ratio(pair.ratio)} its all-SRAM twin of equal {same}")
    training = candidate.evaluation.training
    if training:
        told.append(f"{100 * training.accuracy:.1f} % accuracy, "
                    f"sd of the loss {100 * training.accuracy_loss_sd:.2f} points")  # fmt: skip
    if energy:
        told.append(f"bound by {energy.bound}")
    return "; ".join(told) + "." if told else ""


def _ratio(less: float) -> str:
    return " ".join(compared(less))


def _energy_j(evaluation: Evaluation) -> float:
    return evaluation.energy.energy_j if evaluation.energy else np.inf
