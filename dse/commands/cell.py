"""`dse cell NAME`: what follows from a cell's parameters, in figures and pictures."""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dse.files import write_atomically, write_figure
from dse.mistakes import UserError
from dse.results.plots import PAGE
from dse.si import in_words, si
from evaluators.device import cell
from evaluators.device.write_map import ERROR_RATES, WriteMap, derived, write_map

Array = NDArray[np.float64]


def show_cell(name: str, folder: Path, *, as_json: bool) -> None:
    """Print a cell's figures and best writes, and draw its maps into `folder`/cells."""
    try:
        found = cell(name)
        figures, drawn = derived(found), write_map(found)
    except ValueError as error:
        raise UserError(str(error)) from None
    best = {rate: drawn.cheapest(rate) for rate in ERROR_RATES}
    try:
        target = folder / "cells" / found.name
        target.parent.mkdir(parents=True, exist_ok=True)
        _draw_png(found.name, drawn, target.with_suffix(".png"))
        _draw_html(found.name, drawn, target.with_suffix(".html"))
    except OSError as error:
        raise UserError(f"{str(folder)!r} cannot be written ({error.strerror})") from None
    if as_json:
        print(json.dumps({"derived": figures, "cheapest": {f"{r:g}": b for r, b in best.items()}}))
        return
    for key, value in figures.items():
        print(f"{key:26s} {in_words(key, value)}")
    print("cheapest write by mean error rate:")
    for rate, write in best.items():
        text = "none in the map"
        if write:
            text = f"{write[0]:.3f} V, {si(write[1], 's')}, {si(write[2], 'J')} a bit"
        print(f"  {rate:.0e}: {text}")
    print(f"written: {target}.png, {target}.html")


def _draw_png(name: str, drawn: WriteMap, file: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    canvas, axis = plt.subplots(figsize=(7.5, 5.2))
    pulses_ns = drawn.pulse_widths_s * 1e9
    log_rate = np.log10(np.maximum(drawn.error_rate, 1e-16))
    filled = axis.contourf(pulses_ns, drawn.voltages_v, log_rate, levels=np.arange(-16, 0.5, 1))
    canvas.colorbar(filled, label="log10 of the mean write error rate")
    lines = axis.contour(
        pulses_ns, drawn.voltages_v, drawn.energy_j * 1e12, colors="white", linewidths=0.8,
        levels=[0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 4, 6],
    )  # fmt: skip
    axis.clabel(lines, fmt="%g pJ")
    best = [write for rate in ERROR_RATES if (write := drawn.cheapest(rate))]
    axis.plot([b[1] * 1e9 for b in best], [b[0] for b in best], "o-", color="#dc2626",
              label="cheapest write at 1e-2 ... 1e-11")  # fmt: skip
    axis.set_xscale("log")
    axis.set_xlabel("Pulse width (ns)")
    axis.set_ylabel("Write voltage (V)")
    axis.set_title(f"{name}: write errors, energy of a bit, and the cheapest writes")
    axis.legend(loc="lower left")
    canvas.tight_layout()
    write_figure(canvas, file, dpi=150)
    plt.close(canvas)


def _draw_html(name: str, drawn: WriteMap, file: Path) -> None:
    import plotly.graph_objects as go

    pulses_ns = drawn.pulse_widths_s * 1e9
    log_rate = np.log10(np.maximum(drawn.error_rate, 1e-16))
    best = [write for rate in ERROR_RATES if (write := drawn.cheapest(rate))]
    picture = go.Figure(
        [
            go.Contour(x=pulses_ns, y=drawn.voltages_v, z=log_rate, colorscale="Viridis",
                       colorbar={"title": "log10 WER"}, name="write error rate"),
            go.Contour(x=pulses_ns, y=drawn.voltages_v, z=drawn.energy_j * 1e12, showscale=False,
                       contours={"coloring": "none", "showlabels": True},
                       line={"color": "white"}, name="energy (pJ)"),
            go.Scatter(x=[b[1] * 1e9 for b in best], y=[b[0] for b in best],
                       mode="lines+markers", line={"color": "#dc2626"},
                       text=[f"{b[2] * 1e12:.3g} pJ" for b in best], name="cheapest writes"),
        ]
    )  # fmt: skip
    picture.update_layout(template="plotly_white", title=f"{name}: write errors and energy")
    picture.update_xaxes(type="log", title_text="Pulse width (ns)")
    picture.update_yaxes(title_text="Write voltage (V)")
    write_atomically(file, picture.to_html(include_plotlyjs=True, config=PAGE).encode())
