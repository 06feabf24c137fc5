"""Two fronts drawn over each other: the first two objectives that they share."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from dse import pareto
from dse.files import FIGURES, write_atomically, write_figure
from dse.mistakes import UserError
from dse.results.comparison import Comparison
from dse.results.fronts import Front
from dse.study import objective

if TYPE_CHECKING:
    import plotly.graph_objects as go

ENDINGS: Final = (*FIGURES, ".html")
COLOURS: Final = ("#2563eb", "#c2410c")
MARKERS: Final = ("o", "s")

Line = tuple[list[float], list[float]]


def write_comparison(found: Comparison, file: Path) -> None:
    """Write both fronts over each other, as the ending of the file says.

    Raises:
        UserError: another ending, or it cannot be written.
    """
    if file.suffix.lower() not in ENDINGS:
        raise UserError(
            f"a comparison is drawn to FILE with one of the endings {', '.join(ENDINGS)}, got "
            f"{str(file)!r}"
        )
    if file.suffix.lower() == ".html":
        page = overlay(found).to_html(config={"displaylogo": False}, include_plotlyjs=True)
        write_atomically(file, page.encode())
        return
    _draw(found, file)


def overlay(found: Comparison) -> "go.Figure":
    """Both fronts as one interactive figure."""
    import plotly.graph_objects as go

    picture = go.Figure()
    for place, front in enumerate(found.fronts):
        x, y = unbeaten_line(front)
        picture.add_scatter(x=x, y=y, mode="markers+lines", name=found.names[place],
                            line={"shape": "hv", "color": COLOURS[place]},
                            marker={"symbol": ("circle", "square")[place], "size": 9})  # fmt: skip
    names = found.objectives
    picture.update_layout(title=" and ".join(found.names), template="plotly_white",
                          xaxis={"title": objective(names[0]).axis_label},
                          yaxis={"title": objective(names[1]).axis_label})  # fmt: skip
    for place, update in enumerate((picture.update_xaxes, picture.update_yaxes)):
        update(type="log" if _logarithmic(found, place) else "linear")
    return picture


def unbeaten_line(front: Front) -> Line:
    """What no other design of a front beats by its first two objectives, in the figures' units.

    Along the first objective; both lists are as long. [as their names]
    """
    if not front.rows:
        return [], []
    pair = front.objectives[:2]
    values = front.values[front.rows][:, :2]
    kept = values[pareto.unbeaten(values * pareto.signs(pair))]
    kept = kept[np.argsort(kept[:, 0], kind="stable")]
    factors = [objective.axis[2] for objective in pair]
    x, y = (kept[:, place] * factors[place] for place in (0, 1))
    return [float(v) for v in x], [float(v) for v in y]


def _logarithmic(found: Comparison, place: int) -> bool:
    lines = [unbeaten_line(front)[place] for front in found.fronts]
    scales = {front.objectives[place].scale for front in found.fronts}
    return scales == {"ratio"} and all(value > 0.0 for line in lines for value in line)


def _draw(found: Comparison, file: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    canvas, axis = plt.subplots(figsize=(6.4, 4.4), layout="constrained")
    for place, front in enumerate(found.fronts):
        x, y = unbeaten_line(front)
        axis.step(x, y, where="post", color=COLOURS[place], linewidth=1.3)
        axis.plot(x, y, MARKERS[place], color=COLOURS[place], label=found.names[place])
    if _logarithmic(found, 0):
        axis.set_xscale("log")
    if _logarithmic(found, 1):
        axis.set_yscale("log")
    axis.set_xlabel(objective(found.objectives[0]).axis_label)
    axis.set_ylabel(objective(found.objectives[1]).axis_label)
    axis.grid(visible=True, which="both", alpha=0.2)
    axis.legend(frameon=False)
    write_figure(canvas, file, dpi=150)
    plt.close(canvas)
