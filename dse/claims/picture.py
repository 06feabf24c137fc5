"""The energy ratios of the suite as a picture and as a page."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from dse.claims.bracket import SCOPES, Bracket, mean
from dse.claims.suite import MIB, Scope
from dse.claims.where import CLAIMED
from dse.files import write_atomically, write_figure
from dse.results import plots
from evaluators.memories import ROADMAPS

COLOURS: Final = {"HP": "#dc2626", "LOP": "#2563eb", "LSTP": "#059669"}
PANELS: Final[tuple[Scope, ...]] = ("energy_j", "memory_energy_j")
BAND: Final = f"claimed: {CLAIMED[0]:g}-{CLAIMED[1]:g}x"
MEANS: Final = f"the suite's mean by array, {ROADMAPS[0]}"
STYLES: Final = {1.0: "-", 0.0: "--"}
SHADES: Final = ("#7c3aed", "#2563eb", "#059669", "#d97706", "#dc2626")
TICKS: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
LABEL: Final = "Energy of a step, SRAM / STT-MRAM (1)"


def draw(brackets: Sequence[tuple[str, Bracket]], folder: Path) -> tuple[Path, Path]:
    """Draw both sizings into `folder`; returns the picture and the page."""
    folder.mkdir(parents=True, exist_ok=True)
    picture, page = folder / "claims.png", folder / "claims.html"
    _png(brackets, picture)
    _html(brackets, page)
    return picture, page


def _points(
    bracket: Bracket, scope: Scope, roadmap: str
) -> tuple[list[float], list[float], list[float]]:
    """By network: the ratio at the study's leakage, and how far the bracket reaches each way."""
    middle, below, above = [], [], []
    for network in bracket.networks:
        cases = bracket.own(network=network, roadmap=roadmap)
        (own,), every = bracket.own_ratios(cases, scope), bracket.ratios(cases, scope)
        middle.append(own)
        below.append(max(own - min(every), 0.0))
        above.append(max(max(every) - own, 0.0))
    return middle, below, above


def _title(equal: str, bracket: Bracket, scope: Scope) -> str:
    size = bracket.scenario.baseline_capacity_bytes // MIB
    return f"{SCOPES[scope]}, equal {equal} ({size} MiB of SRAM)"


def _png(brackets: Sequence[tuple[str, Bracket]], file: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    rows = len(PANELS) + 1
    canvas, axes = plt.subplots(rows, len(brackets), figsize=(12.5, 11.4), squeeze=False)
    for column, (equal, bracket) in enumerate(brackets):
        for row, scope in enumerate(PANELS):
            _panel(axes[row][column], bracket, scope)
            axes[row][column].set_title(_title(equal, bracket, scope), fontsize=10)
        _curves(axes[-1][column], bracket)
        axes[-1][column].set_title(f"system, equal {equal}: {MEANS}", fontsize=10)
    for row in axes:
        row[0].set_ylabel(LABEL, fontsize=9)
    axes[0][0].legend(frameon=False, fontsize=8, ncols=4)
    canvas.legend(*axes[-1][0].get_legend_handles_labels(), loc="lower center", frameon=False,
                  fontsize=8, ncols=5)  # fmt: skip
    canvas.suptitle("Error-free writes; bars: the study's leakage, whiskers: its bracket")
    canvas.tight_layout(rect=(0, 0.035, 1, 0.99))
    write_figure(canvas, file, dpi=140)
    plt.close(canvas)


def _means(bracket: Bracket, array: tuple[int, int], gate: float) -> list[tuple[float, float]]:
    """Capacity in MiB and the suite's mean, at the first roadmap and the study's leakage."""
    points = []
    for size in bracket.capacities:
        cases = bracket.own(roadmap=ROADMAPS[0], array=array, capacity_bytes=size, gate=gate)
        if cases:
            points.append((size / MIB, mean(bracket.own_ratios(cases, "energy_j"))))
    return points


def _curves(axis: Any, bracket: Bracket) -> None:
    for place, array in enumerate(sorted(bracket.arrays)):
        for gate, style in STYLES.items():
            points = _means(bracket, array, gate)
            axis.plot(
                [x for x, _ in points], [y for _, y in points], marker="o", markersize=3,
                linestyle=style, color=SHADES[place % len(SHADES)],
                label=f"{array[0]}x{array[1]}{'' if gate else ', idle periphery off'}",
            )  # fmt: skip
    _ratio_axis(axis, most=80.0)
    axis.set_xscale("log", base=2)
    axis.xaxis.set_major_formatter("{x:g}")
    axis.set_xlabel("Capacity of the all-SRAM design (MiB)")


def _ratio_axis(axis: Any, *, most: float) -> None:
    axis.axhspan(*CLAIMED, color="#f59e0b", alpha=0.25, label=BAND)
    axis.axhline(1.0, color="black", linewidth=0.8)
    axis.set_yscale("log")
    ticks = [tick for tick in TICKS if tick < most]
    axis.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    axis.set_ylim(TICKS[0], most)
    axis.minorticks_off()
    axis.grid(axis="y", alpha=0.3)


def _panel(axis: Any, bracket: Bracket, scope: Scope) -> None:
    width = 0.8 / len(ROADMAPS)
    for order, roadmap in enumerate(ROADMAPS):
        middle, below, above = _points(bracket, scope, roadmap)
        places = [x + (order - 1) * width for x in range(len(middle))]
        axis.bar(
            places, [y - 1.0 for y in middle], width, bottom=1.0, color=COLOURS[roadmap],
            label=roadmap, yerr=(below, above), ecolor="#475569", capsize=2,
            error_kw={"linewidth": 1.0},
        )  # fmt: skip
    _ratio_axis(axis, most=40.0)
    names = [name.split(":")[-1] for name in bracket.networks]
    axis.set_xticks(range(len(names)), names, rotation=20, ha="right", fontsize=8)


def _html(brackets: Sequence[tuple[str, Bracket]], file: Path) -> None:
    from plotly.subplots import make_subplots

    titles = [_title(equal, b, scope) for scope in PANELS for equal, b in brackets]
    titles += [f"system, equal {equal}: {MEANS}" for equal, _ in brackets]
    rows = len(PANELS) + 1
    picture = make_subplots(rows=rows, cols=len(brackets), subplot_titles=titles)
    for column, (_, bracket) in enumerate(brackets, start=1):
        for row in range(1, rows + 1):
            first = column == 1
            if row < rows:
                traces = _traces(bracket, PANELS[row - 1], legend=first and row == 1)
            else:
                traces = _lines(bracket, legend=first)
            picture.add_traces(traces, rows=row, cols=column)
            picture.add_hrect(*CLAIMED, row=row, col=column, fillcolor="#f59e0b", opacity=0.25,
                              line_width=0)  # fmt: skip
            picture.add_hline(1.0, row=row, col=column, line_width=1)
            picture.update_yaxes(title_text=LABEL, type="log", tickvals=TICKS, row=row,
                                 col=column)  # fmt: skip
        picture.update_xaxes(title_text="network", row=1, col=column)
        picture.update_xaxes(title_text="network", row=2, col=column)
        picture.update_xaxes(title_text="Capacity of the all-SRAM design (MiB)", type="log",
                             tickvals=[size / MIB for size in bracket.capacities],
                             row=rows, col=column)  # fmt: skip
    picture.update_layout(
        template="plotly_white", height=1250, scattermode="group",
        title=f"Error-free writes; whiskers: the bracket of leakage; band: {BAND}",
    )  # fmt: skip
    write_atomically(
        file, picture.to_html(include_plotlyjs=True, full_html=True, config=plots.PAGE).encode()
    )


def _lines(bracket: Bracket, *, legend: bool) -> list[Any]:
    import plotly.graph_objects as go

    traces = []
    for place, array in enumerate(sorted(bracket.arrays)):
        for gate, dash in {1.0: "solid", 0.0: "dash"}.items():
            points = _means(bracket, array, gate)
            name = f"{array[0]}x{array[1]}{'' if gate else ', idle periphery off'}"
            traces.append(
                go.Scatter(
                    x=[x for x, _ in points], y=[y for _, y in points], name=name,
                    legendgroup=name, showlegend=legend, mode="lines+markers",
                    offsetgroup="means",  # one group: a capacity is not shifted aside
                    line={"color": SHADES[place % len(SHADES)], "dash": dash},
                )
            )  # fmt: skip
    return traces


def _traces(bracket: Bracket, scope: Scope, *, legend: bool) -> list[Any]:
    import plotly.graph_objects as go

    traces = []
    for roadmap in ROADMAPS:
        middle, below, above = _points(bracket, scope, roadmap)
        whiskers = {"type": "data", "array": above, "arrayminus": below, "symmetric": False}
        traces.append(
            go.Scatter(
                x=list(bracket.networks), y=middle, error_y=whiskers, mode="markers",
                name=roadmap, legendgroup=roadmap, showlegend=legend, offsetgroup=roadmap,
                marker={"color": COLOURS[roadmap], "size": 9},
            )
        )  # fmt: skip
    return traces
