"""`dse cell NAME`: what follows from a cell's parameters, in figures and pictures."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dse.files import write_atomically, write_figure
from dse.mistakes import UserError
from dse.results.plots import PAGE
from dse.si import si
from evaluators.device import Cell, MeasuredCell, cell, nominal_write, retention_time_s, write_cost
from evaluators.device.retention import read_disturb_probability

Array = NDArray[np.float64]

CORNER_K: Final = 300.0
ERROR_RATES: Final = 10.0 ** -np.arange(2.0, 12.0)
UNITS: Final = {"_s": "s", "_v": "V", "_a": "A", "_ohm": "ohm", "_j": "J"}


@dataclass(frozen=True, kw_only=True)
class WriteMap:
    """Mean write error rate and energy over voltage and pulse. Maps `(voltages, pulses)`."""

    voltages_v: Array
    pulse_widths_s: Array
    error_rate: Array
    energy_j: Array

    def cheapest(self, error_rate: float) -> tuple[float, float, float] | None:
        """Voltage, pulse and energy of the cheapest write at most so wrong."""
        energy = np.where(self.error_rate <= error_rate, self.energy_j, np.inf)
        row, column = np.unravel_index(int(np.argmin(energy)), energy.shape)
        if not np.isfinite(energy[row, column]):
            return None
        best = float(energy[row, column])
        return float(self.voltages_v[row]), float(self.pulse_widths_s[column]), best


def write_map(found: Cell | MeasuredCell, *, temperature_k: float = CORNER_K) -> WriteMap:
    """The cell over its useful range: up to 5 times the critical voltage, or as measured."""
    if isinstance(found, MeasuredCell):
        ends_v = (float(found.voltages_v[0]), float(found.voltages_v[-1]))
        ends_s = (float(found.pulse_widths_s[0]), float(found.pulse_widths_s[-1]))
    else:
        critical = found.critical_voltage_v(temperature_k)
        ends_v, ends_s = (1.5 * critical, 5.0 * critical), (1e-9, 20e-9)
    voltages = np.linspace(ends_v[0], ends_v[1], 401)
    widths = np.geomspace(ends_s[0], ends_s[1], 301)[1:-1]
    cost = write_cost(
        found, voltage_v=voltages[:, None], pulse_width_s=widths[None],
        temperature_k=temperature_k,
    )  # fmt: skip
    return WriteMap(
        voltages_v=voltages,
        pulse_widths_s=widths,
        error_rate=cost.error_probability,
        energy_j=cost.energy_j,
    )


def derived(found: Cell | MeasuredCell) -> dict[str, float]:
    """Derived quantities by name with unit."""
    nominal = nominal_write(found, write_corner_k=CORNER_K)
    figures = {
        "nominal_voltage_v": nominal.voltage_v,
        "nominal_pulse_width_s": nominal.pulse_width_s,
        "nominal_energy_j": _energy_j(found, nominal.voltage_v, nominal.pulse_width_s),
    }
    if isinstance(found, MeasuredCell):
        return figures
    return {
        "thermal_stability_300k": found.thermal_stability(300.0),
        "thermal_stability_358k": found.thermal_stability(358.0),
        "reduced_time_s": found.reduced_time_s(CORNER_K),
        "critical_current_a": found.critical_current_a(CORNER_K),
        "critical_voltage_v": found.critical_voltage_v(CORNER_K),
        "resistance_p_ohm": found.resistance_p_ohm,
        **figures,
        "margin_voltage_v": found.margin_voltage_v,
        "margin_pulse_width_s": found.margin_pulse_width_s,
        "margin_energy_j": _energy_j(found, found.margin_voltage_v, found.margin_pulse_width_s),
        "retention_300k_s": retention_time_s(found, temperature_k=300.0),
        "read_disturb_probability": read_disturb_probability(found, temperature_k=CORNER_K),
    }


def _energy_j(found: Cell | MeasuredCell, voltage_v: float, pulse_width_s: float) -> float:
    cost = write_cost(
        found, voltage_v=voltage_v, pulse_width_s=pulse_width_s, temperature_k=CORNER_K
    )
    return float(cost.energy_j)


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
        unit = next((u for ending, u in UNITS.items() if key.endswith(ending)), "")
        print(f"{key:26s} {si(value, unit) if unit else f'{value:.4g}'}")
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
