"""Figures of a front: an interactive page and a picture."""

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from dse.files import write_figure
from dse.results.tolerance import ToleranceMap
from dse.results.words import describe
from dse.si import rate

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from dse.results.fronts import Front

PAGE: Final = {"displaylogo": False, "showSendToCloud": False}
"""Options of an interactive page: nothing leaves the machine."""

COLOURS: Final = {"others": "#b8bec9", "front": "#2563eb", "baseline": "#dc2626"}


def _groups(front: "Front") -> dict[str, list[int]]:
    best = set(front.candidates)
    groups: dict[str, list[int]] = {"others": [], "front": [], "baseline": []}
    for row, point in enumerate(front.ranked):
        if point is front.baseline:
            groups["baseline"].append(row)
        groups["front" if point in best else "others"].append(row)
    return groups


def _columns(front: "Front") -> list[Any]:
    return [front.values[:, i] * o.axis[2] for i, o in enumerate(front.objectives)]


def front_figure(front: "Front") -> "go.Figure":
    """Every pair of objectives beside each other; hovering shows the design."""
    from plotly.subplots import make_subplots

    pairs = _pairs(front)
    picture = make_subplots(rows=1, cols=len(pairs), horizontal_spacing=0.09)
    columns = _columns(front)
    texts = ["<br>".join([*describe(c), *_figures(front, i)]) for i, c in enumerate(front.ranked)]
    for place, (x, y) in enumerate(pairs, start=1):
        for name, members in _groups(front).items():
            picture.add_scatter(
                x=columns[x][members],
                y=columns[y][members],
                mode="markers",
                name={"baseline": "all-SRAM baseline", "front": "Pareto front"}.get(name, "other"),
                marker=_marker(name),
                text=[texts[m] for m in members],
                hovertemplate="%{text}<extra></extra>",
                legendgroup=name,
                showlegend=place == 1,
                row=1,
                col=place,
            )
        _axis(picture, front, place, (x, y))
    picture.update_layout(
        title=f"{front.record.study.name}: Pareto front of {len(front.candidates)} designs "
        f"among {len(front.record.candidates)} candidates",
        template="plotly_white",
        legend={"orientation": "h", "y": -0.2},
    )
    return picture


def _marker(name: str) -> dict[str, Any]:
    look: dict[str, Any] = {"color": COLOURS[name], "size": 9, "opacity": 0.9}
    if name == "baseline":
        look |= {"symbol": "star", "size": 16}
    if name == "others":
        look |= {"size": 6, "opacity": 0.7}
    return look


def _axis(picture: "go.Figure", front: "Front", col: int, pair: tuple[int, int]) -> None:
    for place, update in zip(pair, (picture.update_xaxes, picture.update_yaxes), strict=True):
        objective = front.objectives[place]
        update(
            title_text=objective.axis_label,
            type=_axis_scale(front, place),
            row=1,
            col=col,
        )


def _axis_scale(front: "Front", place: int) -> str:
    """How an objective's axis is spaced: no logarithm where no figure has one."""
    by_ratio = front.objectives[place].scale == "ratio"
    return "log" if by_ratio and np.any(front.values[:, place] > 0.0) else "linear"


def _pairs(front: "Front") -> list[tuple[int, int]]:
    indices = range(len(front.objectives))
    return list(combinations(indices, 2))[:3] if len(front.objectives) > 1 else [(0, 0)]


def _figures(front: "Front", place: int) -> list[str]:
    return [
        f"{o.name} = {o.in_words(v)}"
        for o, v in zip(front.objectives, front.values[place], strict=True)
    ]


TITLE: Final = "Accuracy loss in points by error probability and reliable bits"


def _points(found: ToleranceMap) -> NDArray[np.float64]:
    """Points lost, rounded as they are written, without negative zeros."""
    return np.round(100.0 * found.loss, 1) + 0.0


def write_tolerance_png(maps: Sequence[ToleranceMap], file: Path) -> None:
    """Draw the maps, a column a data kind and a row a number format."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    kinds = list(dict.fromkeys(found.kind for found in maps))
    formats = list(dict.fromkeys(found.stored_as for found in maps))
    canvas, axes = plt.subplots(
        len(formats), len(kinds), squeeze=False, layout="constrained",
        figsize=(3.6 * len(kinds) + 1.2, 2.6 * len(formats) + 0.8),
    )  # fmt: skip
    image = None
    for found in maps:
        axis = axes[formats.index(found.stored_as)][kinds.index(found.kind)]
        points = _points(found)
        image = axis.imshow(points, origin="lower", aspect="auto", cmap="magma_r", vmin=0, vmax=20)
        axis.set_xticks(range(len(found.rates)), [rate(value) for value in found.rates])
        axis.set_yticks(range(len(found.reliable_bits)), map(str, found.reliable_bits))
        axis.set_title(f"{found.kind}\n{found.stored_as}", fontsize=9)
        axis.set_xlabel("Error probability of a bit")
        axis.set_ylabel("Reliable high bits")
        for row, column in np.argwhere(np.isfinite(points)):
            value = points[row, column]
            colour = "white" if value > 10 else "black"
            axis.text(column, row, f"{value:.1f}", ha="center", va="center", color=colour,
                      fontsize=8)  # fmt: skip
    canvas.suptitle(TITLE, fontsize=10)
    if image is not None:
        canvas.colorbar(image, ax=axes, label="Points of accuracy lost", extend="max")
    write_figure(canvas, file, dpi=150)
    plt.close(canvas)
