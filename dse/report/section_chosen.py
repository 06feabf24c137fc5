"""The designs to read first, a card each."""

from typing import Any

from dse.report.chosen import Knee
from dse.report.header import compared
from dse.report.markup import Html, render
from dse.report.scales import Scale
from dse.report.subject import Subject
from dse.results import sram_twin, words
from dse.store import Scored


def knee_cards(subject: Subject, chosen: list[Knee]) -> Html:
    """A card for each chosen design."""
    return render("cards.html", cards=[_card(subject, knee) for knee in chosen])


def _card(subject: Subject, knee: Knee) -> dict[str, Any]:
    candidate, place = knee.candidate, subject.place(knee.candidate)
    values = zip(subject.front.objectives, subject.values[place], strict=True)
    return {
        "place": place, "label": subject.label(candidate), "letter": knee.letter, "why": knee.why,
        "figures": [(Scale(objective=o).short_name.lower(), o.in_words(float(value)))
                    for o, value in values],
        "words": words.in_words(candidate), "against": _against(subject, candidate),
    }  # fmt: skip


def _against(subject: Subject, candidate: Scored) -> str:
    """Energy beside the baseline and beside the twin; the spread over the seeds; the bound."""
    told = []
    energy, baseline = candidate.evaluation.energy, subject.record.baseline.evaluation.energy
    pair = subject.twins.get(subject.place(candidate))
    if energy and baseline:
        told.append(f"{_ratio(baseline.energy_j / energy.energy_j)} the baseline")
    if pair and sram_twin.uses_mram(candidate):
        same = sram_twin.equal(subject.scenario)
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
