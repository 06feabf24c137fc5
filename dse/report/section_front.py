"""The front: every pair of objectives, and three at once."""

from itertools import combinations
from typing import Any

import numpy as np

from dse.report.chosen import Knee
from dse.report.drawing import HOVER, Drawing, Section, Trace, count
from dse.report.scales import Scale
from dse.report.section_stairs import stairs_drawing
from dse.report.subject import Subject
from dse.study import Objective

TELLING_RATIO = 1000.0
"""A ratio beyond this tells less than the figure itself."""

MOST_OTHERS = 2000
"""Dominated candidates that are drawn; more are thinned evenly."""


CAMERA = {"eye": {"x": 1.75, "y": 1.55, "z": 0.85}, "center": {"x": 0, "y": 0, "z": -0.12}}

SIDES = ("top left", "top right", "bottom right", "bottom left", "top center")
"""Where the letters of the chosen designs stand, so that near ones can be told apart."""


def front_section(subject: Subject, knees: list[Knee]) -> Section:
    """The front from every side."""
    front = subject.front
    drawings = _drawings(subject, knees)
    lead = (
        f"The front has {count(len(front.candidates), 'design')}: what beats one of them in an "
        f"objective loses to it in another. Hover to read a design; click to find it in every "
        f"figure."
    )
    limits = subject.record.study.limits
    if limits:
        lead += f" Constraints: {'; '.join(map(str, limits))}."
    if subject.front.slices:
        lead += (
            " A name such as #47-k4c9 is a design of candidate 47: all of them share its write "
            "errors; array and capacities are solved exactly by the energy model."
        )
    lead += f" `dse compare {subject.file} OTHER -o both.html` draws another study's over it."
    return Section(name="front", title="The front", lead=lead, drawings=tuple(drawings))


def front_drawings(subject: Subject) -> list[Drawing]:
    """What a run leaves as a page: the staircases, and the front from every side."""
    stairs = stairs_drawing(subject)
    return [*([stairs] if stairs else []), *_drawings(subject, [])]


def _drawings(subject: Subject, knees: list[Knee]) -> list[Drawing]:
    """Accuracy beside what is aimed at first, then the other pairs, then three at once."""
    names = [objective.name for objective in subject.front.objectives]
    pairs = sorted(_pairs(len(names)), key=lambda pair: "accuracy_loss" not in {
        names[pair[0]], names[pair[1]]})  # fmt: skip
    drawings = [_pair(subject, knees, pair) for pair in pairs]
    if len(names) >= 3:
        drawings.append(_three(subject, knees))
    return drawings


def _limit_line(subject: Subject, pair: tuple[int, int]) -> list[dict[str, Any]]:
    """A line at the accuracy that may be lost, where an axis is that."""
    for axis, place in zip("xy", pair, strict=True):
        scale = Scale(objective=subject.front.objectives[place])
        if scale.is_loss and subject.answer is not None and pair[0] != pair[1]:
            at = scale.at([subject.answer.loss_limit])[0]
            other = "y" if axis == "x" else "x"
            return [{"type": "line", axis + "0": at, axis + "1": at, axis + "ref": axis,
                     other + "0": 0, other + "1": 1, other + "ref": "paper", "layer": "below",
                     "line": {"color": "--soft", "width": 1.5, "dash": "dot"}}]  # fmt: skip
    return []


def _pairs(objectives: int) -> list[tuple[int, int]]:
    return list(combinations(range(objectives), 2)) or [(0, 0)]


def _pair(subject: Subject, knees: list[Knee], pair: tuple[int, int]) -> Drawing:
    scales = [Scale(objective=subject.front.objectives[place]) for place in pair]
    data = [_points(subject, group, members, scales, pair, gl=False)
            for group, members in _groups(subject).items() if members]  # fmt: skip
    if knees:
        data.append(_letters(subject, knees, scales, pair))
    return Drawing(
        name=f"front-{'-'.join(scale.objective.name.replace(':', '.') for scale in scales)}",
        title=f"{scales[0].short_name} and {scales[1].short_name.lower()}",
        caption=_caption(subject, pair),
        data=data,
        layout={
            **{
                f"{axis}axis": scale.axis(subject.values[:, column])
                for axis, scale, column in zip("xy", scales, pair, strict=True)
            },
            "shapes": _limit_line(subject, pair),
        },
        half=len(_pairs(len(subject.front.objectives))) > 1,
    )


def _caption(subject: Subject, pair: tuple[int, int]) -> str:
    """How far the front reaches beyond the baseline, each axis alone."""
    front = subject.front
    if not front.candidates:
        return "No design is left on the front; the star is the all-SRAM baseline."
    members = [subject.place(candidate) for candidate in front.candidates]
    baseline = subject.values[subject.place(front.baseline)]
    told = []
    for place in dict.fromkeys(pair):
        objective = front.objectives[place]
        values = subject.values[members, place]
        name = Scale(objective=objective).short_name.lower()
        if objective.scale != "ratio":
            told.append(f"{name} from {_ends(objective, values)}")
            continue
        lower = objective.direction == "minimize"
        best = values.min() if lower else values.max()
        least, most = (best, baseline[place]) if lower else (baseline[place], best)
        if least <= 0.0:
            told.append(f"{name} down to {objective.in_words(float(least))}")
            continue
        ratio = most / least
        if ratio > TELLING_RATIO:
            told.append(f"{name} up to {objective.in_words(float(best))}")
            continue
        told.append(f"up to {ratio:.3g}x {'less' if lower else 'more'} {name}")
    ratios = any(word in part for part in told for word in ("x less", "x more"))
    against = "; ratios are against the baseline (star)" if ratios else ""
    line = " The dotted line is one point lost." if _limit_line(subject, pair) else ""
    return f"The front reaches {' and '.join(told)}{against}.{line}"


def _ends(objective: Objective, values: np.ndarray) -> str:
    if objective.scale == "points":
        return f"{100 * values.min():.2g} to {100 * values.max():.2g} points"
    return f"{objective.in_words(values.min())} to {objective.in_words(values.max())}"


def _groups(subject: Subject) -> dict[str, list[int]]:
    front = subject.front
    best = {subject.place(candidate) for candidate in front.candidates}
    baseline = subject.place(front.baseline)
    others = [p for p in range(len(subject.designs)) if p not in best and p != baseline]
    if len(others) > MOST_OTHERS:
        kept = np.linspace(0, len(others) - 1, MOST_OTHERS).round().astype(int)
        others = [others[place] for place in kept]
    return {"others": others, "front": sorted(best - {baseline}), "baseline": [baseline]}


LOOKS: dict[str, tuple[str, dict[str, Any]]] = {
    "others": ("other candidates", {"color": "--others", "size": 5, "opacity": 0.75}),
    "front": ("front", {"color": "--front", "size": 9,
                        "line": {"color": "--panel", "width": 1}}),
    "baseline": ("all-SRAM baseline", {"color": "--baseline", "size": 15, "symbol": "star",
                                       "line": {"color": "--panel", "width": 1}}),
}  # fmt: skip


def _points(
    subject: Subject, group: str, members: list[int], scales: list[Scale],
    columns: tuple[int, ...], *, gl: bool,
) -> Trace:  # fmt: skip
    name, marker = LOOKS[group]
    trace: Trace = {
        "type": "scatter3d" if gl else "scatter", "mode": "markers", "name": name,
        "customdata": members, "hovertemplate": HOVER, "marker": dict(marker),
    }  # fmt: skip
    if gl:
        # Three dimensions know no star.
        shape = "diamond" if group == "baseline" else "circle"
        size = {"others": 2.5, "front": 5, "baseline": 8}[group]
        trace["marker"] |= {"symbol": shape, "size": size}
    for axis, scale, column in zip("xyz", scales, columns, strict=False):
        trace[axis] = scale.at(list(subject.values[members, column]))
    return trace


def _letters(
    subject: Subject, knees: list[Knee], scales: list[Scale], columns: tuple[int, ...]
) -> Trace:
    """The letters of the chosen designs, beside their points."""
    members = [subject.place(knee.candidate) for knee in knees]
    trace = _points(subject, "front", members, scales, columns, gl=len(columns) == 3)
    trace |= {
        "mode": "markers+text", "text": [knee.letter for knee in knees], "name": "chosen designs",
        "textposition": [SIDES[place % len(SIDES)] for place in range(len(knees))],
        "textfont": {"color": "--ink", "size": 12},
        "hoverinfo": "skip",
    }  # fmt: skip
    del trace["hovertemplate"]
    hollow = "circle-open"
    trace["marker"] = {"symbol": hollow, "color": "--ink", "size": 9 if len(columns) == 3 else 15,
                       "line": {"width": 1.5, "color": "--ink"}}  # fmt: skip
    return trace


def _three(subject: Subject, knees: list[Knee]) -> Drawing:
    scales = [Scale(objective=objective) for objective in subject.front.objectives[:3]]
    columns = (0, 1, 2)
    data = [_points(subject, group, members, scales, columns, gl=True)
            for group, members in _groups(subject).items() if members]  # fmt: skip
    if knees:
        data.append(_letters(subject, knees, scales, columns))
    values = subject.values
    scene: dict[str, Any] = {
        f"{axis}axis": scale.axis(values[:, column], short=True)
        for axis, scale, column in zip("xyz", scales, columns, strict=True)
    }
    scene |= {"camera": CAMERA, "dragmode": "turntable"}
    return Drawing(
        name="front-3d",
        title="All three at once",
        caption="Drag to turn. The front is the surface nearest to the corner where all three "
        "are least; the baseline is the diamond.",
        data=data,
        layout={"scene": scene, "margin": {"l": 0, "r": 0, "t": 0, "b": 0}},
        half=len(_pairs(len(scales))) % 2 == 1,
    )
