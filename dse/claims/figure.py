"""The energy ratios of the suite as a picture and as a page."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from dse.claims.bracket import SCOPES, Bracket
from dse.claims.energy import CLAIMED
from dse.claims.suite import MIB, Scope
from dse.training_cache import write_atomically
from evaluators.memories.arrays import ROADMAPS

COLOURS: Final = {"HP": "#dc2626", "LOP": "#2563eb", "LSTP": "#059669"}
PANELS: Final[tuple[Scope, ...]] = ("energy_j", "memory_energy_j")
BAND: Final = f"claimed: {CLAIMED[0]:g}-{CLAIMED[1]:g}x"
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

    canvas, axes = plt.subplots(
        len(PANELS), len(brackets), figsize=(12.5, 7.6), sharex=True, sharey="row", squeeze=False
    )
    for column, (equal, bracket) in enumerate(brackets):
        for row, scope in enumerate(PANELS):
            _panel(axes[row][column], bracket, scope)
            axes[row][column].set_title(_title(equal, bracket, scope), fontsize=10)
    for row in axes:
        row[0].set_ylabel(LABEL, fontsize=9)
    handles, labels = axes[0][0].get_legend_handles_labels()
    canvas.legend(handles, labels, loc="lower center", ncols=len(labels), frameon=False)
    canvas.suptitle("Error-free writes; bars: the study's leakage, whiskers: its bracket")
    canvas.tight_layout(rect=(0, 0.04, 1, 1))
    canvas.savefig(file, dpi=140)
    plt.close(canvas)


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
    axis.axhspan(*CLAIMED, color="#f59e0b", alpha=0.25, label=BAND)
    axis.axhline(1.0, color="black", linewidth=0.8)
    axis.set_yscale("log")
    axis.set_ylim(0.5, 30.0)
    axis.set_yticks([0.5, 1, 2, 5, 10, 20], ["0.5", "1", "2", "5", "10", "20"])
    axis.minorticks_off()
    axis.set_xticks(range(len(bracket.networks)), bracket.networks, rotation=30, ha="right")
    axis.grid(axis="y", alpha=0.3)


def _html(brackets: Sequence[tuple[str, Bracket]], file: Path) -> None:
    from plotly.subplots import make_subplots

    titles = [_title(equal, b, scope) for scope in PANELS for equal, b in brackets]
    picture = make_subplots(rows=len(PANELS), cols=len(brackets), subplot_titles=titles)
    for column, (_, bracket) in enumerate(brackets, start=1):
        for row, scope in enumerate(PANELS, start=1):
            for trace in _traces(bracket, scope, legend=row == column == 1):
                picture.add_trace(trace, row=row, col=column)
            picture.add_hrect(
                *CLAIMED, row=row, col=column, fillcolor="#f59e0b", opacity=0.25, line_width=0,
                annotation_text=BAND,
            )  # fmt: skip
            picture.add_hline(1.0, row=row, col=column, line_width=1)
            picture.update_yaxes(title_text=LABEL, type="log", row=row, col=column)
            picture.update_xaxes(title_text="network", row=row, col=column)
    picture.update_layout(template="plotly_white", height=900, scattermode="group",
                          title="Error-free writes; whiskers: the bracket of leakage")  # fmt: skip
    write_atomically(file, picture.to_html(include_plotlyjs=True, full_html=True).encode())


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
