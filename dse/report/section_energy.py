"""Where the energy of a training step goes."""

from contextlib import suppress
from dataclasses import astuple
from typing import Final

from dse.report.chosen import Knee
from dse.report.drawing import Drawing, Section, Trace, rounded
from dse.report.markup import NOTHING, Html, details, table
from dse.report.scales import linear
from dse.report.subject import Subject
from dse.results import conditions
from dse.results.opponents import FIGURES, figure
from dse.si import binary, in_words, si
from evaluators.energy import EnergyReport
from evaluators.plugins import UserCodeError
from evaluators.training import WritesPerValue

Row = tuple[str, EnergyReport, int | None]
"""Label, energies, and the design's place where the page lists it."""

REFERENCES: Final = {"baseline": "all-SRAM baseline", "nominal": "all-MRAM, error-free"}
"""What a design's energy stands beside, by where it came from."""

PARTS: Final = (
    ("mac", "MACs", "--mac", ""),
    ("accumulator", "accumulator", "--accumulator", ""),
    ("activation_read", "activations read", "--activation", ""),
    ("activation_write", "activations written", "--activation", "/"),
    ("weight_read", "weights read", "--weight", ""),
    ("weight_write", "weights written", "--weight", "/"),
    ("error_read", "errors read", "--error", ""),
    ("error_write", "errors written", "--error", "/"),
    ("dram", "off-chip memory", "--dram", ""),
    ("leakage", "leakage", "--leakage", ""),
)
"""Component -> words, colour, hatch; writes are hatched, so colour alone tells nothing."""


def energy_section(subject: Subject, knees: list[Knee]) -> Section:
    """Energy of a step by component, SRAM beside the chosen designs."""
    rows = _rows(subject, knees)
    data: list[Trace] = []
    for name, words, colour, hatch in PARTS:
        values = [report.components()[name] for _, report, _ in rows]
        data.append({
            "type": "bar", "orientation": "h", "name": words, "x": rounded(values),
            "y": [label for label, _, _ in rows],
            "customdata": [place for _, _, place in rows],
            "marker": {"color": colour, "line": {"width": 0.5, "color": "--panel"},
                       "pattern": {"shape": hatch, "size": 6, "solidity": 0.3,
                                   "fillmode": "overlay", "fgcolor": "--panel"}},
            "hovertemplate": f"{words}<br>%{{x:.3s}}J of %{{y}}<extra></extra>",
        })  # fmt: skip
    data.append(_totals(rows))
    highest = max(report.energy_j for _, report, _ in rows)
    drawing = Drawing(
        name="energy",
        title="Energy of one training step by component",
        caption=_largest_change(subject),
        data=data,
        layout={
            "barmode": "stack", "bargap": 0.35, "showlegend": True,
            "legend": {"traceorder": "normal"},
            "xaxis": {"title": {"text": "Energy of a training step (J)"},
                      "range": [0.0, 1.18 * highest],
                      **linear(highest, lambda energy_j: si(energy_j, "J", digits=2))},
            "yaxis": {"title": {"text": "Design"}, "type": "category",
                      "autorange": "reversed", "showgrid": False},
        },
        height=190 + 44 * len(rows),
    )  # fmt: skip
    lead = (
        "A bar is one training step: plain colours are reads, hatched ones writes. A twin is the "
        "same design with all of its data in SRAM."
    )
    return Section(name="energy", title="Where the energy goes", lead=lead, drawings=(drawing,),
                   after=_of_each_memory(subject) + _split(rows)
                   + _writes(subject, knees))  # fmt: skip


def _rows(subject: Subject, knees: list[Knee]) -> list[Row]:
    """Baseline, error-free STT-MRAM, the best's twin, chosen ones."""
    rows: list[Row] = []
    for source, name in REFERENCES.items():
        for point in subject.designs:
            if point.source == source and point.evaluation.energy:
                rows.append((name, point.evaluation.energy, subject.place(point)))
    if subject.opponents is not None and subject.opponents.sram is not None:
        rows.append(("best all-SRAM of these axes", subject.opponents.sram.energy, None))
    if subject.best is not None:
        rows.append((f"SRAM twin of {subject.label(subject.best.candidate)}",
                     subject.best.twin, None))  # fmt: skip
    for knee in knees:
        report = knee.candidate.evaluation.energy
        if report and knee.candidate is not subject.front.baseline:
            label = f"{knee.letter}  {subject.label(knee.candidate)}"
            rows.append((label, report, subject.place(knee.candidate)))
    return rows


def _totals(rows: list[Row]) -> Trace:
    """The sums, behind the bars' ends."""
    return {
        "type": "scatter", "mode": "text", "x": rounded(r.energy_j for _, r, _ in rows),
        "y": [label for label, _, _ in rows],
        "text": [f"  {si(r.energy_j, 'J')}" for _, r, _ in rows],
        "textposition": "middle right", "textfont": {"color": "--ink", "size": 12},
        "cliponaxis": False, "hoverinfo": "skip", "showlegend": False,
    }  # fmt: skip


def _largest_change(subject: Subject) -> str:
    """The component that the best design saves most of against its twin, and that costs most."""
    if subject.best is None:
        return "No design of this front uses MRAM within one point of accuracy."
    ours, twins = subject.best.design.components(), subject.best.twin.components()
    saved = {name: twins[name] - value for name, value in ours.items()}
    words = {name: told for name, told, _, _ in PARTS}
    most, least = max(saved, key=saved.__getitem__), min(saved, key=saved.__getitem__)
    told = (f"Against its SRAM twin, {subject.label(subject.best.candidate)} saves most on "
            f"{words[most]} ({si(saved[most], 'J')})")  # fmt: skip
    if saved[least] < 0.0:
        told += f" and pays most for {words[least]} ({si(-saved[least], 'J')} more)"
    return f"{told}."


def _writes(subject: Subject, knees: list[Knee]) -> Html:
    """How often a value is written: as the energy of each chosen design counts, and as trained."""
    headers = ["", *(name.replace("_", ", ") for name in WritesPerValue.__dataclass_fields__)]
    trained: dict[tuple[str, ...], None] = {}
    cells = []
    for knee in knees:
        evaluation = knee.candidate.evaluation
        with suppress(UserCodeError):  # the network is code of the user's
            own = conditions.own_writes(evaluation.design, subject.scenario)
            label = f"{knee.letter}  {subject.label(knee.candidate)}: energy"
            cells.append([label, *_numbers(own)])
        found = conditions.trained_writes(evaluation)
        if found is not None:
            trained[_numbers(found)] = None
    cells += [["trained with", *numbers] for numbers in trained]
    if not cells:
        return NOTHING
    return details("Writes of a value before a phase reads it",
                   table(headers, cells, name="Writes of a value",
                         numeric=range(1, len(headers))))  # fmt: skip


def _numbers(writes: WritesPerValue) -> tuple[str, ...]:
    return tuple(f"{count:g}" if count else "as forward" for count in astuple(writes))


def _of_each_memory(subject: Subject) -> Html:
    """The best all-SRAM of the study's own axes beside the best with MRAM in it."""
    if subject.opponents is None or not subject.opponents.all:
        return NOTHING
    found = subject.opponents.all
    heads = ["", *(f"{o.what} #{o.label}" if o.label else o.what for o in found)]
    cells = [[title, *(in_words(name, figure(o, name)) for o in found)]
             for name, title in FIGURES.items()]  # fmt: skip
    cells.append(["array", *(f"{o.design.array.rows}x{o.design.array.cols}" for o in found)])
    cells.append(["memory", *(binary(o.design.memory.capacity_bytes) for o in found)])
    return table(heads, cells, name="The best of each memory", numeric=range(1, len(heads)))


def _split(rows: list[Row]) -> Html:
    headers = ["component", *(label for label, _, _ in rows)]
    cells = [[words, *(si(report.components()[name], "J") for _, report, _ in rows)]
             for name, words, _, _ in PARTS]  # fmt: skip
    cells.append(["total", *(si(report.energy_j, "J") for _, report, _ in rows)])
    cells.append(["time of the step", *(si(report.time_s, "s") for _, report, _ in rows)])
    cells.append(["bound", *(report.bound for _, report, _ in rows)])
    return details("The same as a table", table(headers, cells, name="Energy by component",
                                                numeric=range(1, len(headers))))  # fmt: skip
