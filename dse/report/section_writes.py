"""What gentler writes save in the cells, and which kind of data allows it."""

from typing import Final

from dse.report.chosen import Knee
from dse.report.drawing import Drawing, Section, Trace, rounded
from dse.report.header import compared
from dse.report.markup import Html, details, table
from dse.report.scales import linear
from dse.report.subject import Subject
from dse.results import words, write_gains
from dse.results.accuracy import LOSS_LIMIT
from dse.results.gentle_writes import PLURALS, KindWrites, WriteGain
from dse.si import si
from evaluators.design import DataKind

ERROR_FREE: Final = "error-free"
HEADS: Final = ("design", "data", "memory", "error-free", "as designed", "less by",
                "error rate of a bit", "reliable bits", "part of what is saved")  # fmt: skip


def writes_section(subject: Subject, chosen: list[Knee]) -> Section | None:
    """The chosen designs' cell writes beside error-free ones; None where none has a choice."""
    gains = write_gains([knee.candidate for knee in chosen], subject.scenario)
    if not gains:
        return None
    letters = {knee.candidate: knee.letter for knee in chosen}
    gains = list({gain.candidate.number: gain for gain in reversed(gains)}.values())[::-1]
    rows = {f"{letters[g.candidate]}  {subject.label(g.candidate)}": g for g in gains}
    lead = (
        "Energy that the cells take for the writes of a training step, without the array's "
        "periphery. Each design stands above itself with every MRAM bit written error-free: what "
        "moved to SRAM is not taken for a gentler write. Points of equal writes stand once."
    )
    return Section(name="writes", title="What gentler writes save", lead=lead,
                   drawings=(_bars(subject, rows),), after=_split(rows))  # fmt: skip


def _bars(subject: Subject, rows: dict[str, WriteGain]) -> Drawing:
    names = [name for label in rows for name in (label, f"{label} {ERROR_FREE}")]
    data: list[Trace] = []
    for place, kind in enumerate(DataKind):
        both = [(gain.kinds[place].write_j, gain.kinds[place].nominal_j) for gain in rows.values()]
        data.append({
            "type": "bar", "orientation": "h", "name": f"{PLURALS[kind]} written",
            "x": rounded(energy_j for pair in both for energy_j in pair), "y": names,
            "customdata": [subject.place(g.candidate) for g in rows.values() for _ in range(2)],
            "marker": {"color": f"--{kind.value}", "line": {"width": 0.5, "color": "--panel"},
                       "pattern": {"shape": "/", "size": 6, "solidity": 0.3,
                                   "fillmode": "overlay", "fgcolor": "--panel"}},
            "hovertemplate": f"{PLURALS[kind]}: %{{x:.3s}}J of %{{y}}<extra></extra>",
        })  # fmt: skip
    data.append({
        "type": "scatter", "mode": "text", "x": rounded(
            value for gain in rows.values() for value in (gain.write_j, gain.nominal_j)),
        "y": names,
        "text": [words for gain in rows.values() for words in
                 (f"  {si(gain.write_j, 'J')}, {_compared(gain.gain)}",
                  f"  {si(gain.nominal_j, 'J')}")],
        "textposition": "middle right", "textfont": {"color": "--ink", "size": 12},
        "cliponaxis": False, "hoverinfo": "skip", "showlegend": False,
    })  # fmt: skip
    highest = max(gain.nominal_j for gain in rows.values())
    marks = linear(highest, lambda energy_j: si(energy_j, "J", digits=2))
    return Drawing(
        name="writes", title="Energy of the cells' writes by kind of data", data=data,
        caption=_caption(subject),
        layout={
            "barmode": "stack", "bargap": 0.25,
            "xaxis": {"title": {"text": "Write energy of a step, cells (J)"},
                      "range": [0, 1.45 * highest], **marks},
            "yaxis": {"title": {"text": "Design"}, "type": "category",
                      "autorange": "reversed", "showgrid": False},
        },
        height=150 + 34 * len(names),
    )  # fmt: skip


def _compared(gain: float) -> str:
    number, words = compared(gain)
    return f"{number} less" if words.startswith("less") else f"{number} as much"


def _caption(subject: Subject) -> str:
    """The gentlest writes that keep the accuracy, and what allows them."""
    if not subject.record.study.trains:
        return "Nothing was trained, so what these error rates cost in accuracy is not known."
    within = f"within {100.0 * LOSS_LIMIT:g} point of accuracy"
    best = subject.gentle
    if best is None or best.gain <= 1.0:
        return f"No design of the front writes more gently than error-free {within}."
    return (
        f"The gentlest writes {within} are those of {subject.label(best.candidate)}, "
        f"{best.gain:.2f}x less: {best.in_words()}. "
        f"{PLURALS[best.allowed_by.kind].capitalize()} allow most of it."
    )


def _split(rows: dict[str, WriteGain]) -> Html:
    cells = [
        [label, PLURALS[kind.kind], *_figures(gain, kind)]
        for label, gain in rows.items()
        for kind in gain.kinds
    ]
    return details("The same as a table", table(HEADS, cells, name="Writes by kind of data",
                                                numeric=range(3, len(HEADS))))  # fmt: skip


def _figures(gain: WriteGain, kind: KindWrites) -> list[str]:
    if kind.sram:
        return ["SRAM", *["none"] * (len(HEADS) - 3)]
    return [
        words.mram_name(gain.candidate.evaluation.design),
        si(kind.nominal_j, "J"),
        si(kind.write_j, "J"),
        f"{kind.gain:.2f}x",
        f"{kind.error_rate:.1e}",
        str(kind.reliable_bits),
        f"{100.0 * gain.share(kind):.0f} %",
    ]
