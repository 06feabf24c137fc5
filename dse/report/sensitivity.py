"""How far the verdict moves when an assumption does: scored again by the model, nothing stored."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from dse.compare import equal
from dse.report.drawing import Drawing, Section, rounded
from dse.report.markup import details, table
from dse.report.subject import Subject
from evaluators.baseline import sram_twin
from evaluators.design import DataKind, DesignPoint
from evaluators.evaluate import score
from evaluators.memories.leakage import TEMPERATURE_RANGE_K
from evaluators.memories.options import BitShares
from evaluators.scenario import Scenario

NO_EFFECT: Final = 0.005
"""Relative change of the ratio below which an assumption counts as without effect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One assumption at another value."""

    assumption: str
    value: str
    scenario: Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """The energy of the all-SRAM twin over the design's, at a probe's value. [-]"""

    assumption: str
    value: str
    ratio: float


def probes(scenario: Scenario) -> Iterator[Probe]:
    """The scenario with one assumption changed at a time."""
    memory, accelerator = scenario.memory, scenario.accelerator
    for factor in (0.1, 10.0):
        scale = factor * memory.leakage_scale
        yield Probe(assumption="leakage", value=f"{factor:g}x",
                    scenario=_memory(scenario, leakage_scale=scale))  # fmt: skip
    other = "cacti" if memory.leakage_source == "nvsim" else "nvsim"
    yield Probe(assumption="leakage's source", value=other.upper(),
                scenario=_memory(scenario, leakage_source=other))  # fmt: skip
    for roadmap in ("HP", "LOP", "LSTP"):
        yield Probe(assumption="transistors", value=roadmap,
                    scenario=replace(scenario, roadmap=roadmap))  # fmt: skip
    for temperature in TEMPERATURE_RANGE_K:
        yield Probe(assumption="temperature", value=f"{temperature:g} K",
                    scenario=replace(scenario, temperature_k=temperature))  # fmt: skip
    for changed in (0.1, 1.0):
        shares = BitShares(ones=0.5, changed=changed)
        kinds: dict[str, Any] = {f"{kind}_bits": shares for kind in DataKind}
        yield Probe(assumption="bits that a write changes", value=f"{changed:.0%}",
                    scenario=_memory(scenario, **kinds))  # fmt: skip
    yield Probe(assumption="leakage of gated STT-MRAM", value="10%",
                scenario=_memory(scenario, gate=0.1 * memory.gate))  # fmt: skip
    yield from _accelerator_probes(scenario, accelerator.dram_bandwidth_bytes_per_s)


def _accelerator_probes(scenario: Scenario, bandwidth: float) -> Iterator[Probe]:
    change = partial(replace, scenario.accelerator)
    for factor in (0.5, 2.0):
        changed = change(dram_bandwidth_bytes_per_s=factor * bandwidth)
        yield Probe(assumption="off-chip bandwidth", value=f"{factor:g}x",
                    scenario=replace(scenario, accelerator=changed))  # fmt: skip
    for dataflow in ("os", "ws", "is"):
        changed = change(
            dataflow_forward=dataflow, dataflow_input_gradient=dataflow,
            dataflow_weight_gradient=dataflow,
        )  # fmt: skip
        yield Probe(assumption="scratchpad traffic: dataflow", value=dataflow.upper(),
                    scenario=replace(scenario, accelerator=changed))  # fmt: skip
    naive = "naive" if scenario.accelerator.stride == "phased" else "phased"
    yield Probe(assumption="zeros of strided gradients", value=naive,
                scenario=replace(scenario, accelerator=change(stride=naive)))  # fmt: skip
    for factor in (0.25, 4.0):
        batch_size = max(int(factor * scenario.batch_size), 1)
        yield Probe(assumption="batch size", value=f"{batch_size}",
                    scenario=replace(scenario, batch_size=batch_size))  # fmt: skip


def _memory(scenario: Scenario, **changes: Any) -> Scenario:
    return replace(scenario, memory=replace(scenario.memory, **changes))


def effects(design: DesignPoint, scenario: Scenario) -> list[Effect]:
    """The ratio at every probe that the models can score and that is not the study's own."""
    found = []
    for probe in probes(scenario):
        ratio = _ratio(design, probe.scenario)
        if ratio is not None and probe.scenario != scenario:
            found.append(Effect(assumption=probe.assumption, value=probe.value, ratio=ratio))
    return found


def _ratio(design: DesignPoint, scenario: Scenario) -> float | None:
    try:
        ours, twin = score([design, sram_twin(design, scenario)], scenario)
    except ValueError:
        return None
    if ours.energy is None or twin.energy is None:
        return None
    return twin.energy.energy_j / ours.energy.energy_j


def sensitivity_section(subject: Subject) -> Section:
    """A tornado: the verdict's energy ratio, one assumption changed at a time."""
    title, name = "What the verdict rests on", "sensitivity"
    if subject.best is None:
        lead = "No design with STT-MRAM stands on this front, so there is no ratio to test."
        return Section(name=name, title=title, lead=lead)
    pair, label = subject.best, subject.label(subject.best.candidate)
    design = pair.candidate.evaluation.design
    found = effects(design, subject.scenario)
    found.append(Effect(assumption="MACs and accumulator", value="left out",
                        ratio=pair.memory_ratio))  # fmt: skip
    drawn = _by_span(found, pair.ratio)
    lead = (
        f"Energy of the all-SRAM twin of equal {equal(subject.scenario)} over that of {label}, "
        f"scored again with one assumption changed at a time. Right of one STT-MRAM wins. The "
        f"design itself stays as it is: a search under another assumption may find a better one."
    )
    still = [n for n in dict.fromkeys(e.assumption for e in found) if n not in drawn]
    rows = [[e.assumption, e.value, f"{e.ratio:.3f}"] for e in found]
    told = table(["assumption", "value", "energy ratio"], rows, name="Sensitivity", numeric=[2])
    return Section(name=name, title=title, lead=lead,
                   drawings=(_tornado(drawn, pair.ratio, still),) if drawn else (),
                   after=details("Every ratio as a table", told))  # fmt: skip


def _by_span(found: list[Effect], base: float) -> dict[str, list[Effect]]:
    """Effects by assumption, those that move the ratio most first, those that do not left out."""
    groups: dict[str, list[Effect]] = {}
    for effect in found:
        groups.setdefault(effect.assumption, []).append(effect)

    def span(members: list[Effect]) -> float:
        ratios = [base, *(member.ratio for member in members)]
        return max(ratios) / min(ratios) - 1.0

    order = sorted(groups, key=lambda name: span(groups[name]), reverse=True)
    return {name: groups[name] for name in order if span(groups[name]) > NO_EFFECT}


def _tornado(drawn: dict[str, list[Effect]], base: float, still: list[str]) -> Drawing:
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
        title="Energy of the SRAM twin over the design, one assumption at a time",
        caption=_caption(members, base, still),
        data=data,
        layout={
            "xaxis": {"title": {"text": "Energy ratio (1)"},
                      "range": _range([base, *(e.ratio for e in members)])},
            "yaxis": {"type": "category", "autorange": "reversed", "showgrid": False},
            "shapes": lines, "bargap": 0.3,
        },
        height=120 + 48 * len(drawn),
    )  # fmt: skip


def _range(ratios: list[float]) -> list[float]:
    """From least to largest, with room for the names of the ends."""
    room = 0.14 * (max(ratios) - min(ratios))
    return [min(ratios) - room, max(ratios) + room]


def _side(effect: Effect, group: list[Effect], base: float) -> str:
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


def _caption(members: list[Effect], base: float, still: list[str]) -> str:
    turned = [e for e in members if (e.ratio > 1.0) != (base > 1.0)]
    told = (
        "Every change keeps the winner."
        if not turned
        else "The winner changes with " + _and([f"{e.assumption} ({e.value})" for e in turned])
        + "."
    )  # fmt: skip
    lines = f"Solid line: the study's own {base:.2f}; dotted: equal energy."
    without = f" Without effect: {_and(still)}." if still else ""
    return f"{told} {lines}{without}"


def _and(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
