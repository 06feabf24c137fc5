"""What a verb leaves behind: files written whole, and what is printed."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from dse.files import write_atomically
from dse.plain import as_plain
from dse.results import Front, Point, export, fronts, opponents

if TYPE_CHECKING:
    import pandas as pd


def finish(front: Front, *, as_json: bool) -> None:
    """Write the front's table and pictures beside the store, and print it."""
    from rich.console import Console

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
        print(_json(front, front.table, found))
        return
    console = Console()
    if found is not None:
        console.print(found.sentence())
    print_front(console, front)
    print_summary(console, front, found)
    drawn = ", tolerance.png, tolerance.html" if maps else ""
    console.print(
        f"written: {folder}/front.csv, hypervolume.csv, front.png, front.html{drawn}",
        soft_wrap=True,
    )


def print_table(front: Front, table: "pd.DataFrame", *, everything: bool, as_json: bool) -> None:
    """Print a front, or every candidate."""
    from rich.console import Console

    from dse.commands.show import print_front

    if as_json:
        print(_json(front, table))
    elif everything:
        print(table.to_string(index=False))
    else:
        front.check_baseline()
        print_front(Console(), front)


def _json(front: Front, table: "pd.DataFrame", found: opponents.Opponents | None = None) -> str:
    rows = json.loads(table.to_json(orient="records", double_precision=15))
    told = {} if found is None else {"opponents": opponents.as_rows(found)}
    return json.dumps({"hypervolume": front.hypervolume, **told, "candidates": rows})


def show_candidate(front: Front, name: str, *, design: Path | None = None, as_json: bool) -> None:
    """Print one candidate, or one design of the front; `design` is where it is written."""
    from rich.console import Console

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
        print(json.dumps(as_plain(named.as_candidate if isinstance(named, Point) else named)))
        return
    print_candidate(Console(), front, named)
    if design is not None:
        print(f"written: {design}, which `dse evaluate` scores")
