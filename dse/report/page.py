"""The report as one file: sections, drawings and everything that draws them, put together."""

from importlib.resources import files
from pathlib import Path
from typing import Any

from dse.files import write_atomically
from dse.report.chosen import knees
from dse.report.drawing import Section
from dse.report.header import key_figures, numbers, verdict_words
from dse.report.legend import legend
from dse.report.markup import Html, render
from dse.report.section_assumptions import sensitivity_section
from dse.report.section_cell import cell_section
from dse.report.section_chosen import knee_cards
from dse.report.section_designs import designs_section
from dse.report.section_energy import energy_section
from dse.report.section_front import front_section
from dse.report.section_importance import importance_section
from dse.report.section_search import search_section
from dse.report.section_sources import provenance_section
from dse.report.section_time import time_section
from dse.report.section_tolerance import tolerance_section
from dse.report.section_training import training_section
from dse.report.section_writes import writes_section
from dse.report.subject import Subject
from dse.results import Front

CHOSEN = (
    "A few designs of the front in plain words. Their letters mark them in the figures; a click "
    "finds one in every figure."
)


def write_report(
    front: Front, file: Path, *, question: str = "", source: str = ""
) -> dict[str, Any]:
    """Write the report of a front into one HTML file.

    Args:
        front: of the study.
        file: where it goes; it is whole or unchanged.
        question: of the study; its space's by default.
        source: the study's file as it was written.

    Returns:
        The key figures.
    """
    words = question or front.record.study.search_space.question
    subject = Subject(front=front, question=words, source=source)
    write_atomically(file, page(subject).encode())
    return numbers(subject)


def page(subject: Subject) -> str:
    """The whole page."""
    from plotly.offline import get_plotlyjs

    parts = sections(subject)
    question, note = asked(subject.question)
    return render(
        "page.html", name=subject.record.study.name, question=question, note=note,
        verdict=verdict_words(subject), tiles=key_figures(subject).values(), parts=parts,
        legend=legend, data=_island(subject, parts), plotly=Html(get_plotlyjs()),
        style=_file("page.css"), script=_file("page.js"),
    )  # fmt: skip


def _file(name: str) -> Html:
    return Html((files(__package__) / name).read_text(encoding="utf-8"))


def sections(subject: Subject) -> list[Section]:
    """The parts of the page, in the order of the questions that a reader asks."""
    chosen = knees(subject)
    some = bool(subject.front.candidates)
    energies = some and not subject.maps
    parts = [
        tolerance_section(subject),
        front_section(subject, chosen),
        Section(name="chosen", title="Designs to read first", lead=CHOSEN,
                after=knee_cards(subject, chosen)) if some else None,
        energy_section(subject, chosen) if energies else None,
        writes_section(subject, chosen) if energies else None,
        sensitivity_section(subject) if energies else None,
        time_section(subject) if energies else None,
        training_section(subject),
        cell_section(subject),
        designs_section(subject) if some else None,
        importance_section(subject),
        search_section(subject),
        provenance_section(subject),
    ]  # fmt: skip
    return [part for part in parts if part is not None]


def asked(words: str) -> tuple[str, str]:
    """A question's sentences up to the last one that asks, and what is said after it."""
    head, mark, rest = words.rpartition("?")
    return (f"{head}{mark}", rest.strip()) if mark else (words, "")


def _island(subject: Subject, parts: list[Section]) -> dict[str, Any]:
    """What the script reads."""
    return {
        "study": subject.record.study.name,
        "designs": [
            {"label": name, "lines": subject.lines(candidate)}
            for name, candidate in zip(subject.labels, subject.designs, strict=True)
        ],
        "drawings": {
            drawing.name: {"data": drawing.data, "layout": drawing.layout}
            for part in parts
            for drawing in part.drawings
        },
    }
