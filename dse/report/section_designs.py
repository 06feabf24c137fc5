"""The front's designs beside each other: parallel coordinates, and the whole table."""

from math import log
from typing import Any, Final

import numpy as np

from dse.report.columns import Column, columns, shared
from dse.report.drawing import HOVER, Drawing, Section, Trace, count
from dse.report.markup import Html, render
from dse.report.subject import Subject
from dse.results import accuracy
from dse.study import Objective

MOST_MARKS: Final = 9
"""Values of an axis that are all written; of more only the ends and the middle."""

ABSENT: Final = -0.13
"""Where a design stands on the axis of a figure that it does not have."""

WIDTH_PX: Final = 55
"""Least width of an axis."""


def designs_section(subject: Subject) -> Section:
    """Every design of the front, drawn and listed."""
    found = columns(subject)
    drawn = [column for column in found if column.varies]
    told = "; ".join(f"{name} {value}" for name, value in shared(found).items())
    lead = "Each line is a design, drawn the stronger the less it costs in the first objective."
    if told:
        lead += f" Where a design has it, all share: {told}."
    drawings = (_parallel(subject, drawn),) if len(drawn) > 1 else ()
    return Section(name="parallel", title="The designs side by side", lead=lead,
                   drawings=drawings, after=_table(subject, found))  # fmt: skip


def _parallel(subject: Subject, drawn: list[Column]) -> Drawing:
    front = subject.front
    kept = [front.candidates.index(candidate) for candidate in subject.shown]
    heights = [_heights(subject, column) for column in drawn]
    rank = _ranks(heights[0])
    lossy = {p for p in kept if accuracy.accuracy_lost(front.candidates[p]) > accuracy.LOSS_LIMIT}
    data: list[Trace] = []
    for place in sorted(kept, key=lambda place: place not in lossy):  # the others above them
        colour = "--rule" if place in lossy else f"@{rank[place]}"
        number = subject.place(front.candidates[place])
        data.append({
            "type": "scatter", "mode": "lines+markers", "x": list(range(len(drawn))),
            "y": [axis[place] for axis in heights], "customdata": [number] * len(drawn),
            "hovertemplate": HOVER, "showlegend": False,
            "line": {"width": 1.6, "color": colour},
            "marker": {"size": 5, "color": colour}, "meta": {"design": number},
            "unselected": {"marker": {"opacity": 1}},
        })  # fmt: skip
    last = len(drawn) - 1
    absent = any(ABSENT in axis for axis in heights)
    marks = [mark for place, column in enumerate(drawn)
             for mark in _marks(place, column, heights[place])]  # fmt: skip
    return Drawing(
        name="parallel",
        title="Parallel coordinates of the front",
        caption="Drag along an axis to keep only the designs that pass there, along another to "
        "narrow further; double-click to keep all again."
        + (" Grey: designs that lose more than a point." if lossy else "") + subject.thinned,
        data=data,
        layout={
            "xaxis": {"range": [-0.4, last + 0.8], "visible": False, "fixedrange": True},
            "yaxis": {"range": [-0.2 if absent else -0.06, 1.28], "visible": False,
                      "fixedrange": True},
            "annotations": marks, "dragmode": "select", "selectdirection": "v",
            "shapes": [{"type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "layer": "below",
                        "line": {"color": "--soft", "width": 1}} for x in range(len(drawn))],
            "margin": {"l": 4, "r": 4, "t": 4, "b": 4}, "hovermode": "closest",
        },
        height=430,
        least_width=WIDTH_PX * len(drawn),
    )  # fmt: skip


def _heights(subject: Subject, column: Column) -> list[float]:
    """Where each design stands on an axis, from 0 to 1; names and sizes evenly spaced."""
    present = [value for value in column.values if value is not None]
    if column.objective is not None:
        objective = subject.front.objectives[column.objective]
        at = {value: objective.cost(value) for value in present}
    elif len(set(present)) <= MOST_MARKS or isinstance(present[0], str):
        at = {value: float(rank) for rank, value in enumerate(sorted(set(present)))}
    else:
        at = {value: log(value) if value > 0 else 0.0 for value in present}
    low, high = min(at.values()), max(at.values())
    span = high - low or 1.0
    return [ABSENT if v is None else round((at[v] - low) / span, 4) for v in column.values]


def _ranks(heights: list[float]) -> list[float]:
    """Place among the designs, 1 for the least. [-]"""
    order = np.argsort(np.argsort(heights, kind="stable"), kind="stable")
    return [round(1.0 - 0.85 * rank / max(len(heights) - 1, 1), 3) for rank in order.tolist()]


def _marks(place: int, column: Column, heights: list[float]) -> list[dict[str, Any]]:
    """An axis's name above it and values beside it."""
    known = dict(sorted(zip(heights, column.texts, strict=True)))
    scale = {at: words for at, words in known.items() if at >= 0.0}
    if len(scale) > MOST_MARKS or column.objective is not None:
        middle = min(scale, key=lambda at: abs(at - 0.5))
        ends = (0.0, middle, 1.0) if 0.2 < middle < 0.8 else (0.0, 1.0)
        scale = {at: scale[at] for at in ends if at in scale}
    units = {words.partition(" ")[2] for words in scale.values()}
    unit = units.pop() if len(units) == 1 else ""
    if ABSENT in known:
        scale[ABSENT] = "none"
    common = {"xref": "x", "yref": "y", "x": place, "showarrow": False}
    marks: list[dict[str, Any]] = [
        {**common, "y": at, "text": _short(words, unit), "xanchor": "left", "xshift": 6,
         "font": {"size": 11, "color": "--soft"}, "bgcolor": "--panel/0.7", "borderpad": 1}
        for at, words in scale.items()
    ]  # fmt: skip
    name = f"{column.name} ({unit})" if unit else column.name
    name = name.replace("activations:", "activ.:").replace(" ", "<br>")
    marks.append({**common, "y": 1.08, "text": name, "yanchor": "bottom", "align": "center",
                  "font": {"size": 11, "color": "--ink"}})  # fmt: skip
    return marks


def _short(words: str, unit: str) -> str:
    """A mark that leaves room for the next axis's: `16 M`, `STT`, figures without their unit."""
    return words.removesuffix(f" {unit}").replace("iB", "").removesuffix("-MRAM")


def _table(subject: Subject, found: list[Column]) -> Html:
    """All designs of the front; a click on a head sorts, one on a row pins, fields filter."""
    front = subject.front
    shown = [column for column in found if column.varies or column.objective is not None]
    rows = [
        (subject.place(candidate), [
            (subject.label(candidate), candidate.number),
            *((column.texts[place], column.values[place]) for column in shown)])
        for place, candidate in enumerate(front.candidates)
    ]  # fmt: skip
    limits = [
        _limit(front.objectives[column.objective], column, place + 1)
        for place, column in enumerate(shown) if column.objective is not None
    ]  # fmt: skip
    heads = ["design", *(column.name for column in shown)]
    return render("designs.html", limits=limits, heads=heads, rows=rows,
                  count=count(len(front.candidates), "design"))  # fmt: skip


def _limit(objective: Objective, column: Column, place: int) -> dict[str, Any]:
    """A field that keeps designs up to a figure, in the unit in which it is drawn."""
    _, unit, factor = objective.axis
    if unit in ("J", "s"):  # as people write them
        unit, factor = f"m{unit}", 1e3
    sign = "\u2264" if objective.direction == "minimize" else "\u2265"
    return {"name": column.name.lower(), "sign": sign, "column": place, "factor": factor,
            "unit": unit}  # fmt: skip
