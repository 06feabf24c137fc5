"""When STT-MRAM pays: all-SRAM's energy over that with MRAM in it, at equal area and time.

`python -m benchmarks.when_it_pays [--csv FILE] [--plot FILE]` finds, for all kinds of transistors
and of DRAM, cells that keep their bits for ten years or for a step, pulses that are whole or end
by themselves, areas, arrays, and one level or two, the design of least energy with MRAM in it and
without, both within the same area and time; capacities, buffers and banks are chosen for each side
anew, exactly (`benchmarks/two_levels.py`). It prints the map, draws it, and writes what the page
`docs/when.md` says of it.
`--drawn` reads the table and scores nothing.
"""

import argparse
import json
import re
import textwrap
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.two_levels import AREAS_MM2, FAMILIES, NETWORKS, Case, mean, slowest_s, unbeaten
from evaluators.design import DesignPoint
from evaluators.energy.assumptions import DRAM_KINDS
from evaluators.memories import ROADMAPS

MIB: Final = 2**20
AREA_MM2: Final = 24.0
"""Of the map: every network keeps the time with all transistors from here on."""

CELLS: Final = ("embedded", "scratchpad, whole", "embedded, ended", "scratchpad")
TITLES: Final = {
    "embedded": "10 years,\nwhole", "scratchpad, whole": "a step,\nwhole",
    "embedded, ended": "10 years,\nended", "scratchpad": "a step,\nended",
}  # fmt: skip
ARRAYS: Final = (64, 128, 256)
LEVELS: Final = {"one level": "alone", "two levels": "behind"}
CLAIMED: Final = (15.0, 22.0)
"""The source's factor of system energy."""

KEYS: Final = ("network", "roadmap", "dram", "cell", "array", "area_mm2")
SWEPT: Final = ("LOP", "lpddr4")
"""Transistors and DRAM with which other arrays are tried: the default, and that of edge chips."""


def cases() -> Iterator[Case]:
    """All of the map, and the other arrays."""
    for network, roadmap, dram, cell in product(NETWORKS, ROADMAPS, DRAM_KINDS, CELLS):
        for array in ARRAYS if (roadmap, dram) == SWEPT else (128,):
            yield Case(network=network, roadmap=roadmap, dram=dram, cell=cell, array=array)


@cache
def _fastest(case: Case, family: str) -> tuple[list[DesignPoint], NDArray[np.float64]]:
    """Designs of a family that keep the time, with energy and area. `(n, 2)` [J, m^2]"""
    batch, figures = unbeaten(case, family)
    kept = np.flatnonzero(figures[:, 1] <= slowest_s(case))
    return [batch.design(int(place)) for place in kept], figures[kept][:, [0, 2]]


def of_family(case: Case, family: str) -> tuple[list[DesignPoint], NDArray[np.float64]]:
    """The same; SRAM's own do not depend on the cell, and are found once."""
    if family.startswith("SRAM"):
        case = Case(network=case.network, roadmap=case.roadmap, dram=case.dram,
                    cell="embedded", array=case.array)  # fmt: skip
    return _fastest(case, family)


def rows(case: Case, areas_mm2: Sequence[float]) -> Iterator[dict[str, Any]]:
    """For each area the least energy of each family, and the MiB that its design holds."""
    for area in areas_mm2:
        row: dict[str, Any] = {key: getattr(case, key) for key in KEYS if key != "area_mm2"}
        row["area_mm2"] = area
        for family, name in zip(FAMILIES, ("sram", "sram2", "alone", "behind"), strict=True):
            designs, figures = of_family(case, family)
            fits = np.flatnonzero(figures[:, 1] <= 1e-6 * area)
            best = int(fits[np.argmin(figures[fits, 0])]) if fits.size else None
            row[f"{name}_mj"] = None if best is None else round(1e3 * figures[best, 0], 4)
            row[f"{name}_mib"] = None if best is None else _mib(designs[best])
        yield row


def _mib(design: DesignPoint) -> float:
    return float(design.memory.capacity_bytes) / MIB


def with_ratios(table: pd.DataFrame) -> pd.DataFrame:
    """With SRAM's energy, the better of one level and two, over that of MRAM alone and behind."""
    told = table.copy()
    sram = told[["sram_mj", "sram2_mj"]].min(axis=1)
    sram[told["sram_mj"].isna()] = np.nan
    for name in LEVELS.values():
        told[name] = sram / told[f"{name}_mj"]
    return told


def grid(table: pd.DataFrame, area_mm2: float = AREA_MM2) -> pd.DataFrame:
    """Mean of the networks at an area: a row for transistors and DRAM, a column for the memory."""
    own = table[(table["area_mm2"] == area_mm2) & (table["array"] == 128)]
    found = {}
    for level, name in LEVELS.items():
        for cell in CELLS:
            of = own[own["cell"] == cell].groupby(["roadmap", "dram"], sort=False)[name]
            found[level, cell] = of.agg(lambda ratios: mean(list(ratios)))
    return pd.DataFrame(found)


def ratio(table: pd.DataFrame, level: str, **asked: Any) -> float:
    """Mean over the networks; not a number where one of them does not fit. [-]"""
    own = table
    for key, value in {"array": 128, "area_mm2": AREA_MM2, **asked}.items():
        own = own[own[key] == value]
    return mean(list(own[LEVELS[level]]))


def claimed_at_most(paper: str) -> str:
    """What `dse claims` finds at most at equal capacity, from its page."""
    told = re.search(r"^3\. .*? system energy .*?\(at most ([^)]+)\)", paper, re.MULTILINE)
    if told is None:
        raise ValueError("docs/paper.md does not say what its third line has at most")
    return told[1]


def sentences(table: pd.DataFrame, paper: str) -> list[str]:
    """What the map says, in six.

    Args:
        table: as `with_ratios` gives it.
        paper: text of the page that `dse claims` writes.
    """
    told = grid(table)
    by = {roadmap: told.loc[roadmap].to_numpy() for roadmap in ROADMAPS}
    scratch = {dram: ratio(table, "two levels", roadmap="LOP", dram=dram, cell="scratchpad")
               for dram in DRAM_KINDS}  # fmt: skip
    stacked = told.stack([0, 1], future_stack=True)
    roadmap, dram_kind, levels, cell = (str(part) for part in list(stacked.index)[
        int(np.nanargmax(stacked.to_numpy()))])  # fmt: skip
    best = float(told.max().max())
    lost = float(told.min().min())
    knobs = {cell: ratio(table, "two levels", roadmap="LOP", dram="lpddr4", cell=cell)
             for cell in CELLS}  # fmt: skip
    one = ratio(table, "one level", roadmap="LOP", dram="lpddr4", cell="scratchpad")
    swept = [ratio(table, "two levels", roadmap="LOP", dram="lpddr4", cell="scratchpad",
                   array=array) for array in ARRAYS]  # fmt: skip
    areas = {area: ratio(table, "two levels", roadmap="LOP", dram="lpddr4", cell="scratchpad",
                         area_mm2=area) for area in AREAS_MM2}  # fmt: skip
    own = table[(table["area_mm2"] == AREA_MM2) & (table["array"] == 128)
                & (table["roadmap"] == "LOP") & (table["dram"] == "lpddr4")
                & (table["cell"] == "scratchpad")]  # fmt: skip
    holds = mean(list(own["behind_mib"])) / mean(list(own["sram_mib"]))
    from_area, to_area = min(areas), max(areas)
    fits = [area for area, value in areas.items() if np.isfinite(value)]
    return [
        f"**It pays by {best:.2f}x at most** ({roadmap} transistors, {NAMES[dram_kind]}, "
        f"{levels}, {WORDS[cell]}), and loses by {1.0 / lost:.2f}x at most: energy of a training "
        f"step, mean of {len(NETWORKS)} networks, at {AREA_MM2:g} mm² and the same time.",
        "**Off-chip memory decides**: with LOP transistors and MRAM of a scratchpad's cell behind "
        "a small SRAM buffer it pays by "
        + ", ".join(f"{value:.2f}x with {NAMES[dram]}" for dram, value in scratch.items())
        + f"; for each byte that the best all-SRAM holds, it holds {holds:.1f}.",
        f"**Two levels, not one**: with LPDDR4 it is {knobs['scratchpad']:.2f}x behind a buffer "
        f"and {one:.2f}x where the array reads the MRAM itself, which waits for its pulses.",
        f"**The cell has to forget, and its pulse has to end**: {knobs['embedded']:.2f}x with a "
        f"cell of ten years and whole pulses, {knobs['scratchpad, whole']:.2f}x with one that "
        f"holds a bit for a step, {knobs['embedded, ended']:.2f}x with pulses that end when the "
        f"bit has switched, {knobs['scratchpad']:.2f}x with both.",
        f"**Transistors and size**: HP {_span(by['HP'])}, LOP {_span(by['LOP'])}, LSTP "
        f"{_span(by['LSTP'])} over all memories of the map; with the best of LPDDR4 and LOP "
        f"{areas[fits[0]]:.2f}x at {fits[0]:g} mm² and {areas[to_area]:.2f}x at {to_area:g} mm²"
        + (f" (at {from_area:g} mm² no all-SRAM keeps the time)" if from_area not in fits else "")
        + "; " + ", ".join(f"{value:.2f}x on {array}x{array}" if np.isfinite(value)
                            else f"on {array}x{array} no all-SRAM of {AREA_MM2:g} mm² keeps it"
                            for array, value in zip(ARRAYS, swept, strict=True)) + ".",
        f"**The source's {CLAIMED[0]:g}-{CLAIMED[1]:g}x are not on this map**: they compare equal "
        f"capacities, and would need memories whose idle periphery leaks nothing, beside SRAM of "
        f"HP transistors and an array so small that leakage is nearly all; with periphery that "
        f"leaks `dse claims` finds at most {claimed_at_most(paper)}.",
    ]  # fmt: skip


NAMES: Final = {"hbm2": "HBM2", "lpddr4": "LPDDR4", "gddr5": "GDDR5"}
WORDS: Final = {
    "embedded": "a cell of ten years, whole pulses",
    "scratchpad, whole": "a cell that holds a bit for a step, whole pulses",
    "embedded, ended": "a cell of ten years, pulses that end",
    "scratchpad": "a cell that holds a bit for a step, pulses that end",
}


def written(page: str, said: Sequence[str]) -> str:
    """A page with these sentences between its marks."""
    before, rest = page.split(BEGIN)
    after = rest.split(END)[1]
    lines = "\n\n".join(textwrap.fill(f"{n}. {text}", 100, subsequent_indent="   ")
                        for n, text in enumerate(said, 1))  # fmt: skip
    return f"{before}{BEGIN}\n\n{lines}\n\n{END}{after}"


BEGIN: Final = "<!-- written by benchmarks/when_it_pays.py: begin -->"
END: Final = "<!-- written by benchmarks/when_it_pays.py: end -->"


def _span(ratios: NDArray[np.float64]) -> str:
    known = ratios[np.isfinite(ratios)]
    return f"{known.min():.2f}-{known.max():.2f}x"


def plot(table: pd.DataFrame, file: Path) -> None:
    """The map at one area, and beside it the ratio over the area."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt
    from matplotlib.colors import TwoSlopeNorm

    told = grid(table)
    canvas, (left, right) = plt.subplots(
        1, 2, figsize=(12.0, 5.4), width_ratios=(2.1, 1.0), layout="constrained"
    )
    reach = max(abs(np.nanmax(told) - 1.0), abs(1.0 - np.nanmin(told)))
    shown = left.imshow(told, cmap="PuOr", aspect="auto",
                        norm=TwoSlopeNorm(1.0, 1.0 - reach, 1.0 + reach))  # fmt: skip
    for (row, column), value in np.ndenumerate(told.to_numpy()):
        text = f"{value:.2f}" if np.isfinite(value) else "-"
        left.text(column, row, text, ha="center", va="center", fontsize=10,
                  weight="bold" if value >= 1.005 else "normal",
                  color="white" if abs(value - 1.0) > 0.75 * reach else "black")  # fmt: skip
    made_of = [tuple(map(str, key)) for key in told.index]
    left.set_yticks(range(len(told)), [f"{roadmap}, {NAMES[dram]}" for roadmap, dram in made_of])
    shown_cells = [TITLES[str(key[1])] for key in told.columns]
    left.set_xticks(range(len(shown_cells)), shown_cells, fontsize=8.5)
    for line in (2.5, 5.5):
        left.axhline(line, color="black", linewidth=0.8)
    left.axvline(3.5, color="black", linewidth=1.6)
    left.set_title(f"One level of memory{'':38}MRAM behind an SRAM buffer", fontsize=10.5)
    left.set_xlabel(f"how long a cell holds its bits; a whole pulse, or one ended once it has "
                    f"switched (128x128, {AREA_MM2:g} mm²)")  # fmt: skip
    canvas.colorbar(shown, ax=left, pad=0.01, shrink=0.9,
                    label="all-SRAM's energy over that with MRAM: above 1 MRAM pays")  # fmt: skip
    for dram, mark in zip(DRAM_KINDS, "os^", strict=True):
        for level, style in (("two levels", "-"), ("one level", ":")):
            values = [ratio(table, level, roadmap="LOP", dram=dram, cell="scratchpad",
                            area_mm2=area) for area in AREAS_MM2]  # fmt: skip
            right.plot(AREAS_MM2, values, style, marker=mark, color=COLOURS[dram],
                       label=f"{NAMES[dram]}, {level}")  # fmt: skip
    right.axhline(1.0, color="black", linewidth=0.8)
    right.set(xlabel="area of both (mm²)", ylabel="all-SRAM's energy over that with MRAM")
    right.set_title("LOP, a step, ended", fontsize=10.5)
    right.set_ylim(top=1.0 + 1.45 * reach)
    right.legend(frameon=False, fontsize=8.5)
    right.grid(visible=True, alpha=0.25)
    right.annotate(f"the source's {CLAIMED[0]:g}-{CLAIMED[1]:g}x: far above, at\n"
                   "equal capacity, and only if idle\nperiphery leaks nothing", (0.3, 0.3),
                   xycoords="axes fraction", fontsize=8.5, style="italic")  # fmt: skip
    canvas.savefig(file, dpi=130)
    plt.close(canvas)


COLOURS: Final = {"hbm2": "#0072b2", "lpddr4": "#d55e00", "gddr5": "#009e73"}


def main(arguments: Sequence[str] | None = None) -> None:
    """Score, or read what was scored; print, and draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--csv", type=Path)
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--json", type=Path, help="the map as JSON")
    parser.add_argument("--page", type=Path, help="whose sentences are written anew")
    parser.add_argument("--drawn", action="store_true", help="read --csv, score nothing")
    chosen = parser.parse_args(arguments)
    if chosen.drawn:
        table = pd.read_csv(chosen.csv)
    else:
        table = pd.DataFrame([row for case in cases() for row in rows(case, AREAS_MM2)])
        if chosen.csv is not None:
            table.to_csv(chosen.csv, index=False)
    told = with_ratios(table)
    print(grid(told).round(3).to_string())
    if chosen.json is not None:
        shown = grid(told).stack([0, 1], future_stack=True)
        places = zip(shown.index, shown.to_numpy(), strict=True)
        chosen.json.write_text(json.dumps([[*tuple(key), float(v)] for key, v in places]) + "\n")
    if chosen.plot is not None:
        plot(told, chosen.plot)
    if chosen.page is not None:
        paper = chosen.page.with_name("paper.md").read_text(encoding="utf-8")
        text = written(chosen.page.read_text(encoding="utf-8"), sentences(told, paper))
        chosen.page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
