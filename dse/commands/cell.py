"""`dse cell NAME`: what follows from a cell's parameters, in figures and pictures."""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dse.commands.printing import say
from dse.files import write_figure
from dse.masking import shown
from dse.mistakes import UserError
from dse.plain import as_plain
from dse.report import cell_map, diameter_drawings, write_drawings
from dse.si import in_words, si
from evaluators.checks import brief
from evaluators.device import AnyCell, Cell, cell, diameters, write_map

Array = NDArray[np.float64]


def show_cell(name: str, folder: Path, *, as_json: bool, smaller: bool = False) -> None:
    """Print a cell's figures and best writes, and draw its maps into `folder`/cells.

    With `smaller` also what it takes, and loses, with smaller junctions.
    """
    try:
        found = cell(name)
        figures, drawn = write_map.derived(found), write_map.write_map(found)
        sized = _by_diameter(found) if smaller else []
    except ValueError as error:
        raise UserError(str(error)) from None
    if Path(found.name).name != found.name or found.name in ("", ".", ".."):
        raise UserError(
            f"cell {name!r}: its `name` names files and must be no path, got {brief(found.name)}"
        )
    best = {rate: drawn.cheapest(rate) for rate in write_map.ERROR_RATES}
    try:
        target = folder / "cells" / found.name
        target.parent.mkdir(parents=True, exist_ok=True)
        _draw_png(found.name, drawn, target.with_suffix(".png"))
        drawings = [cell_map(drawn), *(diameter_drawings(sized) if sized else [])]
        write_drawings(drawings, target.with_suffix(".html"), name=found.name,
                       title="Write errors and energy")  # fmt: skip
    except OSError as error:
        raise UserError(f"{str(folder)!r} cannot be written ({error.strerror})") from None
    if as_json:
        told = {"derived": figures, "cheapest": {f"{r:g}": b for r, b in best.items()}}
        by_size = {"by_diameter": [as_plain(each) for each in sized]} if sized else {}
        say(json.dumps({**told, **by_size}))
        return
    for key, value in figures.items():
        say(f"{key:26s} {in_words(key, value)}")
    say("cheapest write by mean error rate:")
    for rate, write in best.items():
        text = "none in the map"
        if write:
            text = f"{write[0]:.3f} V, {si(write[1], 's')}, {si(write[2], 'J')} a bit"
        say(f"  {rate:.0e}: {text}")
    _say_diameters(sized)
    say(f"written: {target}.png, {target}.html")


def _by_diameter(found: AnyCell) -> list[diameters.SizedCell]:
    if not isinstance(found, Cell):
        raise ValueError(f"cell {found.name!r} is what was measured: it has one diameter")
    return diameters.by_diameter(found)


def _say_diameters(sized: list[diameters.SizedCell]) -> None:
    """One line a diameter."""
    if sized:
        say(
            "by diameter, error-free (terminated), lost in "
            f"{si(diameters.HOLD_TIME_S, 's')} and by a read at {diameters.HOLD_CORNER_K:g} K:"
        )
    for each in sized:
        say(
            f"  {1e9 * each.diameter_m:g} nm: {si(each.nominal_energy_j, 'J')} "
            f"({si(each.terminated_energy_j, 'J')}), {each.area_f2:.0f} F^2, "
            f"{each.lost_probability:.1e}, {each.disturb_probability:.1e}"
        )


def _draw_png(name: str, drawn: write_map.WriteMap, file: Path) -> None:
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
    best = [write for rate in write_map.ERROR_RATES if (write := drawn.cheapest(rate))]
    axis.plot([b[1] * 1e9 for b in best], [b[0] for b in best], "o-", color="#dc2626",
              label="cheapest write at 1e-2 ... 1e-11")  # fmt: skip
    axis.set_xscale("log")
    axis.xaxis.set_major_formatter("{x:g}")
    axis.xaxis.set_minor_formatter("{x:g}")
    axis.set_xlabel("Pulse width (ns)")
    axis.set_ylabel("Write voltage (V)")
    shown_name = shown(name).replace("$", r"\$")  # no formula of matplotlib's
    axis.set_title(f"{shown_name}: write errors, energy of a bit, and the cheapest writes")
    axis.legend(loc="lower left")
    canvas.tight_layout()
    write_figure(canvas, file, dpi=150)
    plt.close(canvas)
