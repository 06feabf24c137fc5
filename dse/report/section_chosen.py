"""The designs to read first, a card each."""

from dse.report.chosen import Knee
from dse.report.header import compared
from dse.report.markup import Html, joined, tag, text
from dse.report.scales import Scale
from dse.report.subject import Subject
from dse.results.sram_twin import equal, uses_mram
from dse.results.words import in_words
from dse.si import figure
from dse.store.record import Scored


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


def _against(subject: Subject, candidate: Scored) -> str:
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
