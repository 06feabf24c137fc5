"""The cell: write error rate and energy over voltage and pulse, and where the front writes."""

from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dse.report.drawing import HOVER, Drawing, Section, Trace, count, rounded
from dse.report.scales import logarithmic
from dse.report.subject import Subject
from dse.results import gentle_writes
from evaluators.device import Cell, cell, write_map
from evaluators.scenario import cell_of

LEAST_RATE: Final = 1e-16
"""Error rates below are drawn as this."""

LATE_S: Final = 10e-9
"""Names of longer pulses stand left of their marks, as the map ends on the right."""

EVERY: Final = 4
"""Of the map's voltages and pulses, the page holds one in so many."""

ENERGIES_PJ: Final = {"start": 0.25, "end": 6.0, "size": 0.25}
"""Levels of the energy's lines."""


def cell_section(subject: Subject) -> Section | None:
    """A map for each cell that designs of the front are written by; None where none is."""
    names: list[str] = []
    drawings: list[Drawing] = []
    for name, marks in _marks(subject).items():
        found = cell(name)
        try:
            drawn = write_map.write_map(found, temperature_k=subject.scenario.written_at_k)
        except ValueError:
            continue
        drawing = cell_map(drawn, marks, every=EVERY)
        if drawings:
            number = len(drawings) + 1
            drawing = replace(drawing, name=f"{drawing.name}_{number}")
        names.append(found.name)
        drawings.append(drawing)
    if len(names) > 1:
        drawings = [replace(drawing, title=f"{drawing.title}, {name}")
                    for drawing, name in zip(drawings, names, strict=True)]  # fmt: skip
    if not drawings:
        return None
    lead = (
        f"Colour: mean write error rate of the cell {' and '.join(names)} at "
        f"{subject.scenario.written_at_k:g} K; lines: energy of a written bit. "
        f"A write is chosen by both: more error than training bears, or more energy than it needs."
    )
    return Section(name="cell", title="Where the front writes", lead=lead,
                   drawings=tuple(drawings))  # fmt: skip


def _marks(subject: Subject) -> dict[str | Cell, Trace]:
    """Write conditions of the front's designs by their cell, each once."""
    by_cell: dict[str | Cell, dict[tuple[float, float], list[int]]] = {}
    for candidate in subject.front.candidates:
        memory = candidate.evaluation.design.memory
        for kind, write in gentle_writes.chosen_writes(candidate).items():
            name = cell_of(subject.scenario, memory[kind].technology)
            seen = by_cell.setdefault(name, {})
            places = seen.setdefault((write.voltage_v, write.pulse_width_s), [])
            places.append(subject.place(candidate))
    return {name: _trace(subject, seen) for name, seen in by_cell.items()}


def _trace(subject: Subject, seen: dict[tuple[float, float], list[int]]) -> Trace:
    return {
        "type": "scatter", "mode": "markers+text", "name": "writes of the front",
        "x": rounded(1e9 * pulse_s for _, pulse_s in seen),
        "y": rounded(voltage_v for voltage_v, _ in seen), "customdata": list(seen.values()),
        "hovertemplate": HOVER, "cliponaxis": False,
        "text": [f"  {subject.labels[places[0]].split('.')[0]}  " for places in seen.values()],
        "textposition": ["middle left" if pulse_s > LATE_S else "middle right"
                         for _, pulse_s in seen],
        "textfont": {"color": "--ink", "size": 12},
        "marker": {"color": "--baseline", "size": 11, "line": {"color": "--panel", "width": 1.5}},
    }  # fmt: skip


def cell_map(drawn: write_map.WriteMap, marks: Trace | None = None, *, every: int = 1) -> Drawing:
    """The map of a cell, with the writes of a front; of its grid one line in `every`."""
    pulses = rounded(1e9 * drawn.pulse_widths_s[::every])
    voltages = rounded(drawn.voltages_v[::every])
    rate = np.log10(np.maximum(drawn.error_rate[::every, ::every], LEAST_RATE))
    energy = 1e12 * drawn.energy_j[::every, ::every]
    best = [write for wanted in write_map.ERROR_RATES if (write := drawn.cheapest(wanted))]
    cheapest: Trace = {
        "type": "scatter", "mode": "lines+markers", "name": "cheapest write at 1e-2 to 1e-11",
        "x": rounded(1e9 * write[1] for write in best), "y": rounded(write[0] for write in best),
        "text": [f"{1e12 * write[2]:.3g} pJ a bit" for write in best],
        "hovertemplate": "%{text}: %{y:.3f} V, %{x:.2f} ns<extra></extra>",
        "line": {"color": "--ink", "width": 1.5, "dash": "dot"},
        "marker": {"size": 5, "color": "--ink"},
    }  # fmt: skip
    return Drawing(
        name="cell",
        title="Write error rate and energy of a bit over voltage and pulse width",
        caption=_caption(marks),
        data=[
            {"type": "contour", "x": pulses, "y": voltages, "z": _grid(rate),
             "colorscale": "@scale", "reversescale": True, "zmin": -16, "zmax": 0,
             "contours": {"start": -16, "end": 0, "size": 1, "showlines": False},
             "colorbar": {"title": {"text": "log10 of the<br>error rate (1)<br> "},
                          "thickness": 12, "outlinewidth": 0, "len": 0.9},
             "hovertemplate": "%{x:.2f} ns, %{y:.3f} V: error rate 1e%{z:.1f}<extra></extra>",
             "showlegend": False},
            {"type": "contour", "x": pulses, "y": voltages, "z": _grid(energy),
             "name": "energy of a bit (pJ)", "showscale": False, "hoverinfo": "skip",
             "contours": {"coloring": "none", "showlabels": True,
                          "labelfont": {"size": 10, "color": "--ink"}, **ENERGIES_PJ},
             "line": {"color": "--ink/0.45", "width": 0.8}, "showlegend": True},
            cheapest,
            *([marks] if marks else []),
        ],
        layout={
            "xaxis": {"title": {"text": "Pulse width (ns)"}, "showgrid": False,
                      **logarithmic(1e9 * drawn.pulse_widths_s, lambda value: f"{value:g}"),
                      "range": _ends(np.log10(1e9 * drawn.pulse_widths_s))},
            "yaxis": {"title": {"text": "Write voltage (V)"}, "showgrid": False},
            "showlegend": True,
        },
        height=520,
    )  # fmt: skip


def _ends(values: NDArray[np.float64]) -> list[float]:
    return [float(values[0]), float(values[-1])]


def _grid(values: NDArray[np.float64]) -> list[Any]:
    return [rounded(row, 4) for row in values]


def _caption(marks: Trace | None) -> str:
    told = "On the dotted line no other write is as cheap at the same error rate."
    if not marks:
        return told
    return f"{count(len(marks['x']), 'distinct write')} of the front; {told[0].lower()}{told[1:]}"
