"""What a verb leaves behind: files written whole, and what is printed."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from dse.commands.printing import console, say
from dse.files import write_atomically
from dse.plain import as_plain
from dse.results import Front, Point, export, fronts, opponents

if TYPE_CHECKING:
    import pandas as pd


def finish(front: Front, *, as_json: bool) -> None:
    """Write the front's table and pictures beside the store, and print it."""

    from dse.commands.show import print_front, print_summary
    from dse.report import tolerance_map, write_drawings
    from dse.results import plots, tolerance_maps

    front.check_baseline()
    folder = front.record.folder
    export(front.table, {"csv": folder / "front.csv"})
    export(fronts.convergence(front).table, {"csv": folder / "hypervolume.csv"})
    plots.write_front_png(front, folder / "front.png")
    page = front.plot().to_html(include_plotlyjs=True, full_html=True, config=plots.PAGE)
    write_atomically(folder / "front.html", page.encode())
    maps = tolerance_maps(front.record)
    found = None if maps or not front.candidates else opponents.opponents(front)
    if maps:
        plots.write_tolerance_png(maps, folder / "tolerance.png")
        drawings = map(tolerance_map, maps)
        write_drawings(drawings, folder / "tolerance.html", name=front.record.study.name,
                       title="What each kind of data bears")  # fmt: skip
    if as_json:
        say(_json(front, front.table, found))
        return
    out = console()
    if found is not None:
        out.print(found.sentence())
    print_front(out, front)
    print_summary(out, front, found)
    drawn = ", tolerance.png, tolerance.html" if maps else ""
    out.print(
        f"written: {folder}/front.csv, hypervolume.csv, front.png, front.html{drawn}",
        soft_wrap=True,
    )


def print_table(front: Front, table: "pd.DataFrame", *, everything: bool, as_json: bool) -> None:
    """Print a front, or every candidate."""

    from dse.commands.show import print_front
    from dse.results import words

    if as_json:
        say(_json(front, table))
    elif everything:
        say(table.to_string(index=False))
    else:
        front.check_baseline()
        out = console()
        print_front(out, front)
        if not front.candidates:
            out.print(words.nothing_left(front))


def _json(front: Front, table: "pd.DataFrame", found: opponents.Opponents | None = None) -> str:
    rows = json.loads(table.to_json(orient="records", double_precision=15))
    told = {} if found is None else {"opponents": opponents.as_rows(found)}
    return json.dumps({"hypervolume": front.hypervolume, **told, "candidates": rows})


def show_candidate(front: Front, name: str, *, design: Path | None = None, as_json: bool) -> None:
    """Print one candidate, or one design of the front; `design` is where it is written."""

    from dse.commands.show import print_candidate
    from dse.results import scenario_of
    from dse.study import DesignFile, design_file

    named = front.named(name)
    if design is not None:
        written = DesignFile(
            scenario=scenario_of(front.record),
            design=named.evaluation.design,
            seed=front.record.study.search.seed,
        )
        design_file.write_design(written, design)
    if as_json:
        say(json.dumps(as_plain(named.as_candidate if isinstance(named, Point) else named)))
        return
    print_candidate(console(), front, named)
    if design is not None:
        say(f"written: {design}, which `dse evaluate` scores")
