"""What `dse run` and `dse front` say first: the answer, and one line a design."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from dse.results import Point, answer, opponents, words
from dse.results.accuracy import accuracy_lost
from dse.si import binary, in_words, si
from evaluators.design import DataKind, Region
from evaluators.plugins import is_dotted

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from dse.results import Front

WIDE: Final = 120
"""Columns from which a line tells capacities, pulses and reliable bits as well."""

LONGEST: Final = 1000
"""Columns that no line needs."""

SHORT: Final = {"energy_j": "energy", "area_m2": "area", "time_s": "time", "edp_js": "EDP",
                "lifetime_s": "lifetime", "write_energy_j": "writes",
                "write_error_probability": "bit errors"}  # fmt: skip
"""Heads of columns; others are in prose."""


def print_answer(console: "Console", said: answer.Answer) -> None:
    """Build, gain, fragile, accuracy: a heading and lines that stand under each other."""
    from rich.table import Table

    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for head, text in said.lines():
        grid.add_row(head, text)
    console.print(grid)
    _print_opponents(console, said.opponents)


HEADS: Final = {"energy_j": "energy", "time_s": "time", "energy_delay_js": "EDP",
                "area_m2": "area", "average_power_w": "power", "utilization": "use"}  # fmt: skip


def _print_opponents(console: "Console", found: opponents.Opponents) -> None:
    """The best of each memory side by side, where there is more than one."""
    from rich.table import Table

    if len(found.all) < 2:
        return
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    table.add_column("", overflow="fold")
    for name in opponents.FIGURES:
        table.add_column(HEADS[name], justify="right", no_wrap=True)
    table.add_column("array", no_wrap=True)
    for one in found.all:
        figures = [in_words(name, opponents.figure(one, name)) for name in opponents.FIGURES]
        figures[-1] = f"{100 * one.energy.utilization:.0f} %"
        array = one.design.array
        table.add_row(one.what, *figures, f"{array.rows}x{array.cols}")
    console.print()
    console.print(table)


def print_designs(
    console: "Console", said: answer.Answer, *, sort: str = "", limit: int | None = None
) -> None:
    """One line a design: the best of each array, or the first `limit` in an order. [-]

    `sort` is an objective of the front; 0 is no limit. Below it what its columns say.
    """
    points = said.of_each_array if limit is None else said.by(sort or said.aim.name)
    if limit is None and sort:
        kept = set(points)
        points = tuple(point for point in said.by(sort) if point in kept)
    shown = points[:limit] if limit else points
    count, whole = len(said.accurate), len(said.front.candidates)
    what = "the best of each array" if limit is None else f"the first {len(shown)}"
    if len(shown) == count:
        what = "all of them"
    lost = f"{100 * said.loss_limit:g} point{'' if said.loss_limit == 0.01 else 's'}"
    trains = said.front.record.study.trains
    told = f"Designs that lose at most {lost}" if trains else "Designs of the front"
    console.print(f"{told}: {count} of {whole}, {what}")
    if not shown:
        console.print(answer.nothing_accurate(said))
        return
    wide = _print_widest(console, said, shown)
    _print_legend(console, said, wide=wide)


def _print_widest(console: "Console", said: answer.Answer, shown: Sequence[Point]) -> bool:
    """The table that says most of those that fit, and whether it tells memories in full.

    Lines run over where none fits.
    """
    from rich.measure import Measurement

    wide = (_table(said, shown, wide=True, ends=ends) for ends in (True, False))
    tables = [*wide] if console.width >= WIDE else []
    tables.append(_table(said, shown, wide=False))
    room = console.options.update(max_width=LONGEST)
    needed = [Measurement.get(console, room, table).maximum for table in tables]
    fits = next((k for k, width in enumerate(needed) if width <= console.width), len(tables) - 1)
    width = max(console.width, needed[fits])
    console.print(tables[fits], width=width, crop=False)
    return fits < len(tables) - 1


def _table(
    said: answer.Answer, shown: Sequence[Point], *, wide: bool, ends: bool = True
) -> "Table":
    """`wide` tells memories in full, and with `ends` what bounds a design and what it leads in."""
    from rich.table import Table

    front = said.front
    names = [o.name for o in front.objectives if o.name != "accuracy_loss"]
    if "time_s" not in names and (wide or len(names) < 3):
        names.append("time_s")
    table = Table(box=None, padding=(0, 2 if wide else 1, 0, 0), pad_edge=False, show_edge=False)
    table.add_column("design", no_wrap=True)
    for name in names:
        table.add_column(SHORT.get(name, opponents.in_prose(name)), justify="right", no_wrap=True)
    trains = front.record.study.trains
    if trains:
        table.add_column("loss", justify="right", no_wrap=True)
    table.add_column("array", no_wrap=True)
    for kind in DataKind:
        table.add_column(kind.value if wide else kind[0].upper(), no_wrap=True)
    ratios = bool(said.stairs.sram)
    if ratios:
        table.add_column("vs SRAM", justify="right", no_wrap=True)
    ends = wide and ends
    if ends:
        table.add_column("bound", no_wrap=True)
        table.add_column("", no_wrap=True)
    marks = _marks(said, shown) if ends else {}
    for point in shown:
        design = point.evaluation.design
        cells = [point.label, *(_figure(point, name, front) for name in names)]
        if trains:
            cells.append(f"{100 * max(accuracy_lost(point), 0.0):.1f}")
        cells.append(f"{design.array.rows}x{design.array.cols}")
        regions = [words.told_region(point.evaluation, kind) for kind in DataKind]
        cells += [_memory(region, wide=wide) for region in regions]
        if ratios:
            ratio = said.over_sram(point)
            cells.append(f"{ratio:.2f}x" if ratio else "-")
        if ends:
            cells.append(point.evaluation.energy.bound if point.evaluation.energy else "-")
            cells.append(f"<- {marks[point]}" if point in marks else "")
        table.add_row(*cells)
    return table


def _figure(point: Point, name: str, front: "Front") -> str:
    for objective in front.objectives:
        if objective.name == name:
            return objective.in_words(objective.of(point.evaluation))
    return in_words(name, getattr(point.evaluation.energy, name, None))


def _memory(region: Region, *, wide: bool) -> str:
    """`sram`, or how hard MRAM is written; all of it where there is room."""
    name = words.technology_in_short(region.technology)
    if not wide:
        write = region.write
        if write and region.error_probability is None:
            volts = f"{write.voltage_v:.2f}V"
            return volts if region.technology == "stt_mram" else f"{name} {volts}"
        return name
    told = f"{name} {binary(region.capacity_bytes).replace('iB', '')}"
    if region.buffered:
        told += f" behind {binary(region.buffer_bytes).replace('iB', '')}"
    if write := region.write:
        told += f" {write.voltage_v:.2f}V {si(write.pulse_width_s, 's')}"
        told += f" r{region.reliable_bits}{'s' if region.reliable_in == 'sram' else ''}"
    return told


def _marks(said: answer.Answer, shown: Sequence[Point]) -> dict[Point, str]:
    """The best of each objective among all accurate designs, where it is shown."""
    marks: dict[Point, str] = {}
    for place, objective in enumerate(said.front.objectives):
        if objective.name == "accuracy_loss":
            continue
        best = min(said.accurate, key=lambda p: float(said.front.costs[p.row, place]))
        if best not in shown:
            continue
        word = "least" if objective.direction == "minimize" else "most"
        text = f"{word} {opponents.in_prose(objective.name)}"
        marks[best] = f"{marks[best]}, {text}" if best in marks else text
    return marks


def _print_legend(console: "Console", said: answer.Answer, *, wide: bool) -> None:
    """What the columns of memories say, as far as the lines use it."""
    parts = ["A activations, W weights, E errors: SRAM, or the volts that MRAM is written with"]
    if wide:
        parts = ["rN: N reliable bits (rNs: those in SRAM)"]
    names = [o.name for o in said.front.objectives]
    ranked = [opponents.in_prose(name) if ":" in name else name for name in names]
    parts.insert(0, f"ranked by {', '.join(ranked)}")
    if said.stairs.sram:
        name = opponents.in_prose(said.aim.name)
        parts.append(f"vs SRAM: {name} of the best all-SRAM that is no larger over the design's")
    console.print("; ".join(parts), style="dim")


def print_next(console: "Console", said: answer.Answer, file: str) -> None:
    """What to do with it."""
    build = said.build
    name = (build.label or answer.BEST_SRAM) if build else next(
        (point.label for point in said.accurate), "0")  # fmt: skip
    own = " --user-code" if any(is_dotted(o.name) for o in said.front.objectives) else ""
    steps = [f"dse report {file}{own}", f"dse show {file} {name}{own}"]
    if said.front.record.study.trains:
        steps.append(f"dse verify {file} --designs chosen")
    console.print("next:  " + "\n       ".join(steps), soft_wrap=True)
