"""How far the verdict moves when an assumption does: scored again by the model, nothing stored."""

from typing import Any, Final

from dse.report.drawing import Drawing, Section, rounded
from dse.report.markup import details, table
from dse.report.scales import Scale
from dse.report.subject import Subject
from dse.results.sram_twin import equal
from dse.results.words import listed
from evaluators.energy import assumptions

NO_EFFECT: Final = 0.005
"""Relative change of the ratio below which an assumption counts as without effect."""

FIXED: Final = (
    "Leakage of memories takes the accumulator along, not the processing elements: theirs is one "
    "assumed figure for all transistors and temperatures, changed apart."
)


def sensitivity_section(subject: Subject) -> Section:
    """A tornado: the verdict's energy ratio, one assumption changed at a time."""
    title, name = "What the verdict rests on", "sensitivity"
    told = _compared(subject)
    if told is None:
        lead = "No design with MRAM stands on this front, so there is no ratio to test."
        return Section(name=name, title=title, lead=lead)
    what, against, label, base, found = told
    drawn = _by_span(found, base)
    lead = (
        f"{what} of {against} over that of {label}, "
        f"scored again with one assumption changed at a time. Right of one MRAM wins. The "
        f"design itself stays as it is: a search under another assumption may find a better one. "
        f"{FIXED}"
    )
    still = [n for n in dict.fromkeys(e.assumption for e in found) if n not in drawn]
    rows = [[e.assumption, e.value, f"{e.ratio:.3f}"] for e in found]
    every = table(["assumption", "value", "ratio"], rows, name="Sensitivity", numeric=[2])
    return Section(name=name, title=title, lead=lead,
                   drawings=(_tornado(drawn, base, still, (what, against)),) if drawn else (),
                   after=details("Every ratio as a table", every))  # fmt: skip


def _by_span(found: list[assumptions.Effect], base: float) -> dict[str, list[assumptions.Effect]]:
    """Effects by assumption, those that move the ratio most first, those that do not left out."""
    groups: dict[str, list[assumptions.Effect]] = {}
    for effect in found:
        groups.setdefault(effect.assumption, []).append(effect)

    def span(members: list[assumptions.Effect]) -> float:
        ratios = [base, *(member.ratio for member in members)]
        return max(ratios) / min(ratios) - 1.0

    order = sorted(groups, key=lambda name: span(groups[name]), reverse=True)
    return {name: groups[name] for name in order if span(groups[name]) > NO_EFFECT}


def _compared(subject: Subject) -> tuple[str, str, str, float, list[assumptions.Effect]] | None:
    """What is compared, of what, with which design, the ratio, and how that moves.

    What the study aims at beside the best all-SRAM, where that is a ratio, else energy and twin.
    """
    said = subject.answer
    if said is not None and said.effects is not None:
        mixed, sram = said.opponents.mixed, said.opponents.sram
        if mixed is not None and sram is not None and said.advantage is not None:
            found = said.effects
            if said.aim.name == "energy_j":
                without = sram.energy.memory_energy_j / mixed.energy.memory_energy_j
                found = [*found, _without(without)]
            what = Scale(objective=said.aim).short_name
            what = what if said.aim.direction == "minimize" else f"The inverse of {what.lower()}"
            return what, "the best all-SRAM", f"#{mixed.label}", said.advantage, found
    pair = subject.best
    if pair is None:
        return None
    design = pair.candidate.evaluation.design
    found = subject.front.kept.solved(
        "twin-effects",
        list[assumptions.Effect],
        lambda: assumptions.effects(design, subject.scenario),
    )
    against = f"the all-SRAM twin of equal {equal(subject.scenario)}"
    label = subject.label(pair.candidate)
    return "Energy", against, label, pair.ratio, [*found, _without(pair.memory_ratio)]


def _without(ratio: float) -> assumptions.Effect:
    return assumptions.Effect(assumption="MACs and accumulator", value="left out", ratio=ratio)


def _tornado(
    drawn: dict[str, list[assumptions.Effect]],
    base: float,
    still: list[str],
    told: tuple[str, str],
) -> Drawing:
    what, against = told
    members = [effect for group in drawn.values() for effect in group]
    ends = {
        name: (min(base, *(e.ratio for e in group)), max(base, *(e.ratio for e in group)))
        for name, group in drawn.items()
    }
    data = [
        {"type": "bar", "orientation": "h", "y": list(ends),
         "base": rounded(low for low, _ in ends.values()),
         "x": rounded(high - low for low, high in ends.values()),
         "marker": {"color": "--tint", "line": {"color": "--front", "width": 1}},
         "hoverinfo": "skip", "showlegend": False, "width": 0.42},
        {"type": "scatter", "mode": "markers+text",
         "x": rounded(e.ratio for e in members), "y": [e.assumption for e in members],
         "text": [e.value for e in members], "cliponaxis": False,
         "textposition": [_side(e, drawn[e.assumption], base) for e in members],
         "textfont": {"size": 11, "color": "--soft"},
         "marker": {"size": 8, "color": [_colour(e.ratio) for e in members]},
         "hovertemplate": "%{y}: %{text}<br>ratio %{x:.3f}<extra></extra>",
         "showlegend": False},
    ]  # fmt: skip
    lines = [_line(base, "--ink", "solid"), _line(1.0, "--baseline", "dot")]
    return Drawing(
        name="sensitivity",
        title=f"{what} of {against} over the design, one assumption at a time",
        caption=_caption(members, base, still),
        data=data,
        layout={
            "xaxis": {"title": {"text": f"{what} ratio (x)"},
                      "range": _range([base, *(e.ratio for e in members)])},
            "yaxis": {"title": {"text": "Assumption"}, "type": "category",
                      "autorange": "reversed", "showgrid": False},
            "shapes": lines, "bargap": 0.3,
        },
        height=120 + 48 * len(drawn),
    )  # fmt: skip


def _range(ratios: list[float]) -> list[float]:
    """From least to largest, with room for the names of the ends."""
    room = 0.2 * (max(ratios) - min(ratios))
    return [min(ratios) - room, max(ratios) + room]


def _side(effect: assumptions.Effect, group: list[assumptions.Effect], base: float) -> str:
    """Beside the bar's end where the effect is one, else above its mark."""
    ratios = [base, *(member.ratio for member in group)]
    if effect.ratio == min(ratios):
        return "middle left"
    return "middle right" if effect.ratio == max(ratios) else "top center"


def _colour(ratio: float) -> str:
    return "--front" if ratio > 1.0 else "--baseline"


def _line(at: float, colour: str, dash: str) -> dict[str, Any]:
    return {"type": "line", "xref": "x", "yref": "paper", "x0": at, "x1": at, "y0": 0, "y1": 1,
            "layer": "below", "line": {"color": colour, "width": 1.5, "dash": dash}}  # fmt: skip


def _caption(members: list[assumptions.Effect], base: float, still: list[str]) -> str:
    turned = [e for e in members if (e.ratio > 1.0) != (base > 1.0)]
    told = (
        "Every change keeps the winner."
        if not turned
        else "The winner changes with " + listed([f"{e.assumption} ({e.value})" for e in turned])
        + "."
    )  # fmt: skip
    lines = f"Solid line: the study's own {base:.2f}; dotted: equal."
    without = f" Without effect: {listed(still)}." if still else ""
    return f"{told} {lines}{without}"
