"""The report as one file: sections, drawings and everything that draws them, put together."""

from collections.abc import Iterable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from dse.files import write_atomically
from dse.report.build import to_build
from dse.report.chosen import knees
from dse.report.drawing import Drawing, Section
from dse.report.header import key_figures, numbers, verdict_words
from dse.report.legend import legend
from dse.report.markup import Html, render
from dse.report.section_assumptions import sensitivity_section
from dse.report.section_cell import cell_section
from dse.report.section_chosen import knee_cards
from dse.report.section_designs import designs_section
from dse.report.section_energy import energy_section
from dse.report.section_front import front_drawings, front_section
from dse.report.section_importance import importance_section
from dse.report.section_knobs import knobs_section
from dse.report.section_search import search_section
from dse.report.section_sources import provenance_section
from dse.report.section_stairs import stairs_drawing
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
    front: Front, file: Path, *, question: str = "", source: str = "", study: str = "STUDY"
) -> dict[str, Any]:
    """Write the report of a front into one HTML file.

    Args:
        front: of the study.
        file: where it goes; it is whole or unchanged.
        question: of the study; its space's by default.
        source: the study's file as it was written.
        study: its name, as a command names it.

    Returns:
        The key figures.
    """
    words = question or front.record.study.search_space.question
    subject = Subject(front=front, question=words, source=source, file=study)
    write_atomically(file, page(subject).encode())
    return numbers(subject)


def write_front(front: Front, file: Path) -> None:
    """Write the figures of a front alone, as the report has them, into one HTML file."""
    subject = Subject(front=front, question="")
    drawn = tuple(front_drawings(subject))
    part = Section(name="drawings", title="Drawings", lead="", drawings=drawn)
    name = front.record.study.name
    title = f"{name}: what to build"
    write_atomically(file, _filled(name, [part], _described(subject), question=title).encode())


def write_drawings(drawings: Iterable[Drawing], file: Path, *, name: str, title: str) -> None:
    """Write drawings alone as a page that looks and saves as the report does.

    Args:
        drawings: as the report has them.
        file: where they go; it is whole or unchanged.
        name: what they are called where they are saved.
        title: what they show.
    """
    part = Section(name="drawings", title="Drawings", lead="", drawings=tuple(drawings))
    write_atomically(file, _filled(name, [part], question=title).encode())


def page(subject: Subject) -> str:
    """The whole page."""
    question, note = asked(subject.question)
    answered = subject.answer.lines() if subject.answer else []
    return _filled(
        subject.record.study.name, sections(subject), _described(subject), question=question,
        note=note, verdict="" if answered else verdict_words(subject),
        answer=[(head, text.split("\n")) for head, text in answered],
        tiles=key_figures(subject).values(), first=stairs_drawing(subject),
        build=to_build(subject), report=True,
    )  # fmt: skip


def _described(subject: Subject) -> list[dict[str, Any]]:
    """Every design of the page by its name, in lines."""
    return [
        {
            "label": name,
            "lines": subject.lines(candidate),
            "more": subject.beside_sram(candidate),
            "command": f"dse show {subject.file} {name.removeprefix('#')}",
        }
        for name, candidate in zip(subject.labels, subject.designs, strict=True)
    ]


def _filled(name: str, parts: Sequence[Section], designs: Sequence[Any] = (), **told: Any) -> Html:
    """The template with what the script reads, and everything that draws it."""
    from plotly.offline import get_plotlyjs

    drawings = {
        drawing.name: {"data": drawing.data, "layout": drawing.layout}
        for part in parts
        for drawing in part.drawings
    }
    if told.get("first") is not None:
        drawings[told["first"].name] = {"data": told["first"].data, "layout": told["first"].layout}
    return render(
        "page.html", name=name, parts=parts, legend=legend, plotly=Html(get_plotlyjs()),
        data={"study": name, "designs": designs, "drawings": drawings},
        style=_file("page.css"), script=_file("page.js"),
        **{"note": "", "verdict": "", "tiles": (), "answer": (), "first": None, "build": None,
           "report": False, **told},
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
        Section(name="chosen", title="Other choices", lead=CHOSEN,
                after=knee_cards(subject, chosen)) if some else None,
        sensitivity_section(subject) if energies else None,
        front_section(subject, chosen),
        energy_section(subject, chosen) if energies else None,
        time_section(subject) if energies else None,
        training_section(subject),
        writes_section(subject, chosen) if energies else None,
        knobs_section(subject, chosen) if energies else None,
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
