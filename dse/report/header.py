"""The head of the page: the question, the verdict and the key figures."""

from typing import Any

from dse.mistakes import UserError
from dse.report.subject import Subject
from dse.results import answer, opponents, point, sram_twin, tolerance, verdict, words
from dse.si import in_words
from dse.store import Scored


def verdict_words(subject: Subject) -> str:
    """The verdict of `dse run`, or what tolerance maps say."""
    if not subject.front.candidates:
        return words.nothing_left(subject.front)
    if subject.maps:
        return " ".join(
            f"{line[0].upper()}{line[1:]}." for line in tolerance.statements(subject.maps)
        )
    try:
        said = subject.answer
        return answer.as_text(said) if said else verdict(subject.record, subject.front.candidates)
    except UserError as error:
        return f"No verdict: {error}."


def key_figures(subject: Subject) -> dict[str, tuple[str, str]]:
    """Name -> figure and what it says, the most telling first."""
    told: dict[str, tuple[str, str]] = {}
    if subject.best is not None:
        pair, name = subject.best, subject.label(subject.best.candidate)
        same = sram_twin.equal(subject.scenario)
        number, words = compared(pair.ratio)
        told["energy_ratio"] = (number, f"{words} all-SRAM of equal {same}, by {name}")
        number, words = compared(pair.memory_ratio)
        told["memory_energy_ratio"] = (
            number, f"{words} all-SRAM, without MACs and accumulator")  # fmt: skip
    gentle = subject.gentle
    if gentle is not None:
        number, words = compared(gentle.gain)
        told["write_energy_ratio"] = (
            number, f"{words.replace('energy', 'write energy')} error-free writes, in the cells, "
            f"by {subject.label(gentle.candidate)}{_lost(gentle.candidate)}")  # fmt: skip
    return told


def _lost(candidate: Scored) -> str:
    training = candidate.evaluation.training
    if training is None:
        return ""
    return f", for {in_words('accuracy_loss', max(training.accuracy_loss, 0.0))}"


def compared(less: float) -> tuple[str, str]:
    """A ratio of energies and the words between it and what it is compared with. [-]"""
    if less >= 1.0:
        return f"{less:.2f}x", "less energy than"
    return f"{1 / less:.2f}x", "the energy of"


def numbers(subject: Subject) -> dict[str, Any]:
    """The key figures as numbers."""
    best = subject.best
    return {
        "verdict": verdict_words(subject),
        "best": point.label_of(best.candidate) if best else None,
        "answer": dict(subject.answer.lines()) if subject.answer else {},
        "energy_ratio": best.ratio if best else None,
        "memory_energy_ratio": best.memory_ratio if best else None,
        "front": len(subject.front.candidates),
        "candidates": len(subject.record.candidates),
        "hypervolume": subject.front.hypervolume,
        "opponents": opponents.as_rows(subject.opponents) if subject.opponents else [],
        "write_energy_ratio": subject.gentle.gain if subject.gentle else None,
    }
