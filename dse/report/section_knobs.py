"""What a cell of a design's own brings beside the embedded one, and which knob of it."""

from dse.report.chosen import Knee
from dse.report.drawing import Drawing, Section, Trace, rounded
from dse.report.markup import details, table
from dse.report.subject import Subject
from dse.results import accuracy, cell_knobs

TOGETHER = "together"


def knobs_section(subject: Subject, chosen: list[Knee]) -> Section | None:
    """Write energy and density of a chosen design's cell, a knob at a time and all together.

    The design is the one of the chosen ones whose writes take least beside those of the embedded
    cell, of those that keep their accuracy if any does; None where no cell is a design's own.
    """
    found = [
        (knee, gain)
        for knee in chosen
        if (gain := cell_knobs.cell_gain(knee.candidate, subject.scenario)) is not None
    ]
    if not found:
        return None
    kept = [pair for pair in found if accuracy.keeps_accuracy(pair[0].candidate)]
    knee, gain = max(kept or found, key=lambda pair: pair[1].together.energy)
    label = subject.label(knee.candidate)
    rows = {**gain.alone, TOGETHER: gain.together}
    scenario = subject.scenario
    used = dict.fromkeys([scenario.cell, *(scenario.cells or {}).values()])
    embedded = " or ".join(one if isinstance(one, str) else one.name for one in used)
    lead = (
        f"{knee.letter}  {label} beside the same memories written error-free in the embedded "
        f"cell, {embedded}: each knob of its cell alone, the others as there, and all of them "
        f"together. Right of one is better. Gains do not multiply: a pulse that ends by itself "
        f"leaves little for a gentler one to save."
    )
    every = table(
        ["knob", "write energy, times less", "memory area, times less"],
        [[name, f"{one.energy:.3g}", f"{one.area:.3g}"] for name, one in rows.items()],
        name="Knobs of the cell",
        numeric=[1, 2],
    )
    return Section(
        name="knobs",
        title="What the cell brings",
        lead=lead,
        drawings=(_bars(rows, f"In all: {gain.in_words()}.", subject.place(knee.candidate)),),
        after=details("The same as a table", every),
    )


def _bars(rows: dict[str, cell_knobs.KnobGain], caption: str, place: int) -> Drawing:
    names = list(rows)
    bars = (
        ("write energy of a step", "--front", [one.energy for one in rows.values()]),
        ("area of the memories", "--baseline", [one.area for one in rows.values()]),
    )
    data: list[Trace] = [
        {
            "type": "bar", "orientation": "h", "name": name, "x": rounded(values), "y": names,
            "customdata": [place] * len(names), "marker": {"color": colour},
            "text": [f"{value:.3g}x" for value in values], "textposition": "outside",
            "cliponaxis": False,
            "hovertemplate": f"%{{y}}: %{{x:.3g}}x less {name}<extra></extra>",
        }
        for name, colour, values in bars
    ]  # fmt: skip
    highest = max(max(values) for _, _, values in bars)
    return Drawing(
        name="knobs",
        title="Write energy and density by knob of the cell",
        data=data,
        caption=caption,
        layout={
            "barmode": "group", "bargap": 0.25, "showlegend": True,
            "xaxis": {"title": {"text": "Times less than with the embedded cell (1)"},
                      "range": [0, 1.2 * highest]},
            "yaxis": {"title": {"text": "Knob"}, "type": "category", "autorange": "reversed",
                      "showgrid": False},
        },
        height=130 + 56 * len(names),
    )  # fmt: skip
