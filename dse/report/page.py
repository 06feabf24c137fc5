"""The report as one file: sections, drawings and everything that draws them, put together."""

import json
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

from dse.files import write_atomically
from dse.report.chosen import knees
from dse.report.drawing import Drawing, Section
from dse.report.header import numbers, tiles, verdict_words
from dse.report.legend import legend
from dse.report.markup import Html, joined, tag, text
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
    folder = files(__package__)
    told = {
        "title": text(f"{subject.record.study.name}: report"),
        "name": text(subject.record.study.name),
        "question": _unbroken(question),
        "note": tag("p", text(note), attributes={"class": "lead"}) if note else "",
        "verdict": text(verdict_words(subject)),
        "tiles": tiles(subject),
        "contents": _contents(parts),
        "sections": joined(_section(part, number) for number, part in enumerate(parts, start=1)),
        "style": (folder / "page.css").read_text(encoding="utf-8"),
        "plotly": get_plotlyjs(),
        "data": _island(subject, parts),
        "script": (folder / "page.js").read_text(encoding="utf-8"),
    }
    return Template((folder / "page.html").read_text(encoding="utf-8")).substitute(told)


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


def _unbroken(words: str) -> Html:
    """Text whose hyphenated words stay on one line."""
    return joined(
        (tag("span", text(word), attributes={"class": "nowrap"}) if "-" in word else text(word)
         for word in words.split()), " ",
    )  # fmt: skip


def _contents(parts: list[Section]) -> Html:
    return joined(
        tag("li", tag("a", text(part.title), attributes={"href": f"#{part.name}"}))
        for part in parts
    )


def _section(part: Section, number: int) -> Html:
    head = tag("h2", tag("span", text(number), attributes={"class": "number"}), text(part.title))
    lead = tag("p", text(part.lead), attributes={"class": "lead"}) if part.lead else Html("")
    drawn = joined(_drawing(drawing) for drawing in part.drawings)
    figures = tag("div", drawn, attributes={"class": "figures"}) if part.drawings else Html("")
    return tag("section", head, lead, part.before, figures, part.after,
               attributes={"id": part.name})  # fmt: skip


def _drawing(drawing: Drawing) -> Html:
    """A figure's place: title, two buttons that save it, canvas, caption."""
    buttons = [
        tag("button", text(kind.upper()), attributes={
            "type": "button", "data-save": kind,
            "aria-label": f"Save {drawing.title} as {kind.upper()}"})
        for kind in ("svg", "png")
    ]  # fmt: skip
    head = tag("header", tag("h3", text(drawing.title)),
               tag("div", *buttons, attributes={"class": "save"}))  # fmt: skip
    style = f"height:{drawing.height}px"
    if drawing.least_width:
        style += f";min-width:{drawing.least_width}px"
    canvas = tag("div", attributes={"class": "canvas", "id": f"draw-{drawing.name}",
                                    "role": "img", "aria-label": drawing.caption,
                                    "style": style})  # fmt: skip
    scroller = tag("div", canvas, attributes={"class": "scroller"})
    look = "half" if drawing.half else "whole"
    return tag("figure", head, legend(drawing), scroller, tag("figcaption", text(drawing.caption)),
               attributes={"class": look})  # fmt: skip


def _island(subject: Subject, parts: list[Section]) -> str:
    """What the script reads, as JSON that cannot end the element it stands in."""
    told = {
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
    return json.dumps(told, allow_nan=False).replace("<", "\\u003c")
