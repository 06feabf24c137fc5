"""The front as a picture: two staircases over area, and accuracy beside or below them."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from dse.files import write_figure
from dse.results.accuracy import accuracy_lost
from dse.results.answer import Answer
from dse.results.opponents import in_prose
from dse.results.stairs import Stairs, Step
from dse.study import objective

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS: Final = {"sram": "#c2410c", "mixed": "#2563eb", "beyond": "#b8bec9"}

SCREEN_DPI: Final = 150
PRINT_DPI: Final = 300
PRINT_POINTS: Final = 7.0
"""Size of a figure's letters on a page, as IEEE asks for 6 to 8 points."""

TWO_BESIDE_IN: Final = 5.0
"""Width from which both parts stand beside each other."""

MOST_RATIOS: Final = 6
"""Ratios that are written at a staircase."""


def marked(stairs: Stairs) -> list[tuple[Step, float]]:
    """Steps at which the ratio is written: of each array the best, evenly thinned."""
    of_arrays: dict[str, tuple[Step, float]] = {}
    for step, ratio in stairs.ratios:
        if step.array not in of_arrays or ratio > of_arrays[step.array][1]:
            of_arrays[step.array] = (step, ratio)
    found = sorted(of_arrays.values(), key=lambda pair: pair[0].area_m2)
    if len(found) <= MOST_RATIOS:
        return found
    kept = np.linspace(0, len(found) - 1, MOST_RATIOS).round().astype(int)
    return [found[place] for place in kept]


def line(steps: tuple[Step, ...], largest_m2: float) -> tuple[list[float], list[float]]:
    """Areas in mm² and figures of a staircase, which goes on to the largest area. [m2]"""
    areas = [1e6 * step.area_m2 for step in steps]
    values = [step.value for step in steps]
    return [*areas, 1e6 * largest_m2], [*values, values[-1]]


def write_front_picture(said: Answer, file: Path, *, width_in: float | None = None) -> None:
    """Write it as the ending of the file says; what a front has no figures for is left out.

    Args:
        said: the answer.
        file: its ending is one of `dse.files.FIGURES`.
        width_in: for a page: 3.5 of a column, 7 of two. None is as wide as a screen likes. [inch]
    """
    import matplotlib.pyplot as plt

    canvas = drawn(said, width_in=width_in)
    write_figure(canvas, file, dpi=SCREEN_DPI if width_in is None else PRINT_DPI)
    plt.close(canvas)


def drawn(said: Answer, *, width_in: float | None = None) -> "Figure":
    """The picture; the caller closes it.

    `width_in`: [inch].
    """
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    trains = any(p.evaluation.training for p in said.front.ranked)
    parts = [bool(said.stairs.sram and said.stairs.mixed), trains]
    count = max(sum(parts), 1)
    with mpl.rc_context({} if width_in is None else {"font.size": PRINT_POINTS}):
        if width_in is None:
            shape, size = (1, count), (5.6 * count, 4.3)
        elif width_in < TWO_BESIDE_IN:
            shape, size = (count, 1), (width_in, 0.85 * width_in * count)
        else:
            shape, size = (1, count), (width_in, 0.85 * width_in / count)
        canvas, axes = plt.subplots(*shape, figsize=size, squeeze=False)
        places = iter(axes.ravel())
        if parts[0]:
            _draw_stairs(next(places), said)
        if trains or not parts[0]:
            _draw_accuracy(next(places), said)
        if width_in is None:  # on a page its caption names it
            canvas.suptitle(said.front.record.study.name)
        canvas.tight_layout()
    return canvas


def _draw_stairs(axis: "Axes", said: Answer) -> None:
    stairs = said.stairs
    factor, label = _axis(stairs.weighed)
    largest = max(step.area_m2 for step in (*stairs.sram, *stairs.mixed))
    lost = f"at most {100 * stairs.loss_limit:g} point lost" if _trains(said) else "best found"
    names = {"sram": "best all-SRAM", "mixed": f"best with MRAM in it, {lost}"}
    for name, steps in (("sram", stairs.sram), ("mixed", stairs.mixed)):
        areas, values = line(steps, largest)
        axis.step(areas, np.array(values) * factor, where="post", color=COLOURS[name],
                  label=names[name], linewidth=1.8,
                  linestyle="--" if name == "sram" else "-")  # fmt: skip
    for step, ratio in marked(stairs):
        axis.annotate(f"{ratio:.2f}x", (1e6 * step.area_m2, step.value * factor),
                      textcoords="offset points", xytext=(3, 9), fontsize="small",
                      ha="right" if step.area_m2 > 0.7 * largest else "left",
                      color=COLOURS["mixed"])  # fmt: skip
    _logarithmic(axis, "x")
    if all(step.value > 0.0 for step in (*stairs.sram, *stairs.mixed)):
        _logarithmic(axis, "y")
    axis.set_xlabel("Area (mm²)")
    axis.set_ylabel(label)
    axis.set_title("The best of each memory that is no larger", fontsize="medium")
    axis.grid(visible=True, which="both", alpha=0.2)
    axis.legend(frameon=False, fontsize="small")


def _draw_accuracy(axis: "Axes", said: Answer) -> None:
    points = said.front.ranked
    best = set(said.front.candidates)
    factor, label = _axis(said.aim.name)
    limit = 100 * said.loss_limit
    for on_front, colour, name in ((False, COLOURS["beyond"], "other"),
                                   (True, COLOURS["mixed"], "front")):  # fmt: skip
        members = [p for p in points if (p in best) is on_front and p is not said.front.baseline]
        pairs = [(said.aim.of(p.evaluation) * factor, _points(p)) for p in members]
        x, y = zip(*pairs, strict=True) if pairs else ((), ())
        axis.scatter(x, y, s=14, c=colour, label=name, zorder=2 if on_front else 1)
    baseline = said.front.baseline
    axis.scatter([said.aim.of(baseline.evaluation) * factor], [_points(baseline)], marker="*",
                 s=150, c=COLOURS["sram"], label="all-SRAM baseline", zorder=3)  # fmt: skip
    axis.axhline(limit, color="#111827", linewidth=1, linestyle=":")
    axis.annotate(f"limit: {limit:g} point{'' if limit == 1 else 's'} lost", (0.99, limit),
                  xycoords=("axes fraction", "data"), ha="right", va="bottom",
                  fontsize="small")  # fmt: skip
    drawn = [said.aim.of(point.evaluation) for point in (*points, baseline)]
    if said.aim.scale == "ratio" and all(value > 0.0 for value in drawn):
        _logarithmic(axis, "x")
    axis.set_yscale("symlog", linthresh=1.0)
    axis.set_ylim(bottom=-0.05)
    axis.set_xlabel(label)
    axis.set_ylabel("Accuracy loss (points)")
    axis.set_title("Accuracy of what was trained", fontsize="medium")
    axis.grid(visible=True, alpha=0.2)
    axis.legend(frameon=False, fontsize="small")


def _logarithmic(axis: "Axes", name: str) -> None:
    """A logarithmic axis marked at round values in plain figures."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    getattr(axis, f"set_{name}scale")("log")
    side = getattr(axis, f"{name}axis")
    side.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    side.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    side.set_minor_formatter(NullFormatter())


def _points(point: Any) -> float:
    return 100.0 * max(accuracy_lost(point), 0.0)


def _trains(said: Answer) -> bool:
    return said.front.record.study.trains


def _axis(name: str) -> tuple[float, str]:
    """What figures are multiplied with, and the axis's title: joules are drawn as millijoules."""
    label, unit, factor = objective(name).axis
    if unit in ("J", "s"):
        return 1e3, f"{label.split(' (')[0]} (m{unit})"
    return factor, objective(name).axis_label if unit else in_prose(name)
