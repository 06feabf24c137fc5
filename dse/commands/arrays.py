"""`dse arrays`: what the memories of a scenario cost over capacity, beside the SRAM baseline's."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from dse.commands.printing import console, say
from dse.files import write_figure
from dse.mistakes import UserError
from dse.report import Drawing, drawing, write_drawings
from dse.si import si
from evaluators import plugins
from evaluators.energy.array_curves import MIB, ArrayCurve, array_curves, leakage_by_source
from evaluators.scenario import Scenario

PANELS: Final = (
    ("area_m2", "Area (mm²)", 1e6),
    ("read_energy_j", "Energy of a read word (pJ)", 1e12),
    ("write_energy_j", "Energy of a written word (pJ)", 1e12),
    ("read_latency_s", "Read latency (ns)", 1e9),
    ("write_latency_s", "Write latency with pulse (ns)", 1e9),
    ("leakage_w", "Leakage (W)", 1.0),
)
HEADS: Final = ("MiB", "mm²", "denser", "equal-\narea MiB", "read\npJ", "write\npJ", "read\nns",
                "write\nns", "leakage\nW")  # fmt: skip
PALETTE: Final = ("#2563eb", "#dc2626", "#059669", "#d97706", "#7c3aed", "#0891b2", "#be185d",
                  "#65a30d", "#475569")  # fmt: skip


def show_arrays(
    scenario: Scenario, names: Sequence[str], folder: Path, *, name: str, as_json: bool
) -> None:
    """Print the curves and draw them into `folder`/arrays.

    Raises:
        UserError: an unknown technology, a value out of range, a folder that cannot be written.
    """
    try:
        curves = array_curves(scenario, names)
        leakage = leakage_by_source(scenario)
    except (ValueError, plugins.UnknownNameError) as error:
        raise UserError(str(error)) from None
    target = folder / "arrays" / name
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _draw_png(curves, scenario, target.with_suffix(".png"))
        write_drawings(_drawings(curves), target.with_suffix(".html"), name=name,
                       title=f"Memory arrays, {_conditions(scenario)}")  # fmt: skip
    except OSError as error:
        raise UserError(f"{str(folder)!r} cannot be written ({error.strerror})") from None
    if as_json:
        told: dict[str, Any] = {"arrays": [asdict(curve) for curve in curves], "leakage": leakage}
        say(json.dumps(told))
        return
    _print(curves, leakage, scenario)
    say(f"written: {target}.png, {target}.html")


def _print(
    curves: Sequence[ArrayCurve], leakage: Mapping[str, Mapping[str, float]], scenario: Scenario
) -> None:
    from rich.box import SIMPLE
    from rich.table import Table

    out = console()
    out.print(f"{_conditions(scenario)}; words of {scenario.memory.word_bits} bits")
    for curve in curves:
        volts = f" at {curve.voltage_v:.3g} V" if curve.voltage_v else ""
        title = f"{curve.label}{volts}: cell of {curve.cell_area_f2:.0f} F²"
        if curve.cell_write_energy_j_per_bit:
            title += f", {si(curve.cell_write_energy_j_per_bit, 'J')} a written bit"
        out.print(title, soft_wrap=True)
        table = Table(box=SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))
        for head in HEADS:
            table.add_column(head, justify="right", no_wrap=True)
        for place in range(len(curve.capacity_bytes)):
            table.add_row(*_row(curve, place))
        out.print(table)
        for warning in curve.warnings:
            out.print(f"warning: {warning}", style="yellow", soft_wrap=True)
    out.print("Leakage of 1 MiB of SRAM; known to about a decade, never mixed between sources:")
    for roadmap, sources in leakage.items():
        told = ", ".join(f"{source} {si(watts, 'W')}" for source, watts in sources.items())
        out.print(f"  {roadmap:4s} {told}")


def _row(curve: ArrayCurve, place: int) -> list[str]:
    equal = curve.equal_area_bytes[place]
    return [
        f"{curve.capacity_bytes[place] / MIB:g}",
        f"{curve.area_m2[place] * 1e6:.3g}",
        f"{curve.density_ratio[place]:.2f}x",
        "-" if equal is None else f"{equal / MIB:g}",
        *(
            f"{float(f'{scale * getattr(curve, field)[place]:.3g}'):g}"
            for field, _, scale in PANELS
            if field != "area_m2"
        ),
    ]


def _conditions(scenario: Scenario) -> str:
    memory = scenario.memory
    scale = "" if memory.leakage_scale == 1.0 else f" x {memory.leakage_scale:g}"
    return (
        f"{scenario.node_nm} nm {scenario.roadmap}, {scenario.temperature_k:g} K, {memory.wire} "
        f"wires, leakage by {memory.leakage_source}{scale}, gate {memory.gate:g}"
    )


def _draw_png(curves: Sequence[ArrayCurve], scenario: Scenario, file: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt
    from matplotlib.ticker import LogFormatter

    canvas, axes = plt.subplots(2, 3, figsize=(13, 7.4), sharex=True)
    for axis, (field, label, scale) in zip(axes.flat, PANELS, strict=True):
        for curve in curves:
            sizes = [size / MIB for size in curve.capacity_bytes]
            axis.plot(sizes, [scale * y for y in getattr(curve, field)], "o-", markersize=3,
                      linewidth=1.4, label=curve.label)  # fmt: skip
        axis.set_xscale("log", base=2)
        axis.set_yscale("log")
        axis.yaxis.set_major_formatter("{x:g}")
        axis.yaxis.set_minor_formatter(LogFormatter(minor_thresholds=(1.5, 0.4)))
        axis.set_ylabel(label)
        axis.grid(alpha=0.3)
        axis.xaxis.set_major_formatter("{x:g}")
    for axis in axes[1]:
        axis.set_xlabel("Capacity (MiB)")
    canvas.suptitle(f"Memory arrays, {_conditions(scenario)}")
    handles, labels = axes.flat[0].get_legend_handles_labels()
    canvas.legend(handles, labels, loc="lower center", ncols=min(4, len(labels)), frameon=False)
    canvas.tight_layout(rect=(0, 0.05 + 0.03 * ((len(labels) - 1) // 4), 1, 1))
    write_figure(canvas, file, dpi=140)
    plt.close(canvas)


def _drawings(curves: Sequence[ArrayCurve]) -> list[Drawing]:
    """A drawing a figure, a line a memory."""
    return [
        Drawing(
            name=field, title=label.partition(" (")[0], half=True,
            caption="Both axes are logarithmic; a point is a capacity.",
            data=[
                {"type": "scatter", "mode": "lines+markers", "name": curve.label,
                 "x": [size / MIB for size in curve.capacity_bytes],
                 "y": drawing.rounded(scale * y for y in getattr(curve, field)),
                 "line": {"color": PALETTE[order % len(PALETTE)]}}
                for order, curve in enumerate(curves)
            ],
            layout={"xaxis": {"type": "log", "title": {"text": "Capacity (MiB)"}},
                    "yaxis": {"type": "log", "title": {"text": label}}},
        )
        for field, label, scale in PANELS
    ]  # fmt: skip
