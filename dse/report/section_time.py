"""What sets the time of a training step, for each design of the front."""

from typing import Final

from dse.report.drawing import HOVER, Drawing, Section, Trace, count, rounded
from dse.report.scales import Scale, logarithmic
from dse.report.subject import Subject
from dse.results.point import Point
from dse.si import si
from evaluators.energy import BOUNDS

WORDS: Final = {"compute": "compute", "dram": "off-chip memory", "scratchpad": "scratchpad"}

LOOKS: Final = {
    "compute": ("--front", "circle"),
    "dram": ("--dram", "square"),
    "scratchpad": ("--error", "diamond"),
}
"""Colour and shape of each time."""


def time_section(subject: Subject) -> Section:
    """The three times of each design; the longest sets the step."""
    scale = Scale(objective=subject.front.objectives[0])
    front = subject.front
    values = subject.values[[subject.place(candidate) for candidate in front.candidates], 0]
    data = [trace for bound in BOUNDS for trace in _traces(subject, scale, bound)]
    drawing = Drawing(
        name="time",
        title=f"Compute, off-chip and scratchpad time over {scale.name.lower()}",
        caption=f"{_count(subject)} Hollow marks are the times that leave slack.",
        data=data,
        layout={
            "xaxis": scale.axis(values),
            "yaxis": {"title": {"text": "Time of a training step (s)"},
                      **logarithmic(_times(subject), lambda time_s: si(time_s, "s", digits=1))},
            "showlegend": True,
        },
        height=400,
    )  # fmt: skip
    lead = (
        "A step takes as long as the slowest of three: the array's cycles, the bytes to and from "
        "off-chip memory, and the accesses of the busiest scratchpad."
    )
    return Section(name="time", title="What sets the time", lead=lead, drawings=(drawing,))


def _times(subject: Subject) -> list[float]:
    reports = [candidate.evaluation.energy for candidate in subject.front.candidates]
    return [getattr(report, f"{bound}_time_s") for report in reports if report for bound in BOUNDS]


def _count(subject: Subject) -> str:
    held = [c.evaluation.energy.bound for c in subject.front.candidates if c.evaluation.energy]
    counts = sorted(((held.count(bound), bound) for bound in set(held)), reverse=True)
    told = ", ".join(f"{count} by {WORDS[bound]}" for count, bound in counts)
    return f"The time of {count(len(held), 'design')} is set (filled marks): {told}."


def _traces(subject: Subject, scale: Scale, bound: str) -> list[Trace]:
    """The designs that this time holds, filled, and the others, hollow."""
    groups: dict[bool, list[tuple[Point, float]]] = {True: [], False: []}
    for candidate in subject.front.candidates:
        energy = candidate.evaluation.energy
        if energy is not None:
            groups[energy.bound == bound].append((candidate, getattr(energy, f"{bound}_time_s")))
    colour, symbol = LOOKS[bound]
    traces: list[Trace] = []
    for holds, members in groups.items():
        places = [subject.place(candidate) for candidate, _ in members]
        traces.append({
            "type": "scatter", "mode": "markers", "name": WORDS[bound], "legendgroup": bound,
            "showlegend": holds or not groups[True], "customdata": places,
            "x": scale.at(list(subject.values[places, 0])),
            "y": rounded(time_s for _, time_s in members), "hovertemplate": HOVER,
            "marker": {"color": colour, "size": 10 if holds else 7,
                       "symbol": symbol if holds else f"{symbol}-open",
                       "line": {"width": 1, "color": "--panel" if holds else colour}},
        })  # fmt: skip
    return [trace for trace in traces if trace["x"]]
