"""`dse list KIND`: what a study may name, with what it is and where it is from."""

import ast
import importlib.util
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from dse.commands.printing import console, say
from dse.mistakes import UserError
from dse.study import examples, objectives, quantities, search, study
from evaluators.checks import known_names
from evaluators.device import cell
from evaluators.memories import technology
from evaluators.plugins import CELL, NETWORK, TECHNOLOGY, Kind
from search_spaces.axes import Space

KINDS: Final[Mapping[str, Kind]] = {
    "technologies": TECHNOLOGY,
    "networks": NETWORK,
    "spaces": study.SPACE,
    "cells": CELL,
    "samplers": search.SAMPLER,
    "objectives": objectives.OBJECTIVE,
}
STUDIES: Final = "studies"

Row = dict[str, str]

SAMPLERS: Final = {
    "gain": ("largest expected growth of the hypervolume, by a Gaussian process over profiles",
             "this program"),
    "gp": ("Bayesian, a Gaussian process an objective", "Optuna's GPSampler"),
    "grid": ("every point of the axes; goes with strategy joint", "this program"),
    "nsga2": ("genetic, by rank and crowding", "Deb et al. 2002; Optuna's NSGAIISampler"),
    "nsga3": ("genetic, by reference directions", "Deb and Jain 2014; Optuna's NSGAIIISampler"),
    "qmc": ("low-discrepancy sequence", "Optuna's QMCSampler"),
    "random": ("uniform on the axes", "Optuna's RandomSampler"),
    "tpe": ("tree-structured Parzen estimators", "Bergstra et al. 2011; Optuna's TPESampler"),
}  # fmt: skip


def print_names(kind: str, *, as_json: bool) -> None:
    """Print them.

    Raises:
        UserError: no such kind.
    """
    rows = rows_of(kind)
    if as_json:
        say(json.dumps(rows))
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False, show_edge=False, padding=(0, 2, 0, 0))
    heads = [head for head in rows[0] if any(row[head] for row in rows)]
    for head in heads:
        table.add_column(head, no_wrap=head not in ("meaning", "source"), overflow="fold")
    for row in rows:
        table.add_row(*(row[head] for head in heads))
    out = console()
    out.print(table)


def rows_of(kind: str) -> list[Row]:
    """One row a name: unit and direction of a figure, its meaning, and its source.

    Raises:
        UserError: no such kind.
    """
    if kind == STUDIES:
        return [_row(name, meaning=told) for name, told in examples.questions().items()]
    if kind not in KINDS:
        known = (*KINDS, STUDIES)
        raise UserError(f"cannot list {kind!r}{known_names(kind, known)}")
    return list(_rows(kind, sorted(KINDS[kind].names)))


def _rows(kind: str, names: list[str]) -> Iterator[Row]:
    for name in names:
        match kind:
            case "objectives":
                found = quantities.QUANTITIES[name]
                told = f"by {found.needs.removeprefix('an ').removeprefix('a ')}"
                yield _row(name, unit=found.unit, direction=found.direction or "",
                           meaning=found.label, source=told)  # fmt: skip
            case "technologies":
                memory = technology(name)
                yield _row(name, meaning=_memory(memory.cell_area_f2), source=memory.source)
            case "cells":
                yield _row(name, meaning=_docstring(KINDS[kind], name), source=cell(name).source)
            case "samplers":
                meaning, source = SAMPLERS[name]
                yield _row(name, meaning=meaning, source=source)
            case "spaces":
                space: Space = KINDS[kind].load(name)
                yield _row(name, meaning=space.question)
            case _:
                yield _row(name, meaning=_docstring(KINDS[kind], name))


def _row(
    name: str, *, unit: str = "", direction: str = "", meaning: str = "", source: str = ""
) -> Row:
    return {"name": name, "unit": unit, "direction": direction, "meaning": meaning,
            "source": source}  # fmt: skip


def _memory(cell_area_f2: float | None) -> str:
    return "cell follows its write current" if cell_area_f2 is None else (
        f"cell of {cell_area_f2:g} F²")  # fmt: skip


def _docstring(kind: Kind, name: str) -> str:
    """The first line of a plug-in's module, which is not imported for it."""
    spec = importlib.util.find_spec(f"{kind.package}.{name}")
    if spec is None or spec.origin is None:
        return ""
    told = ast.get_docstring(ast.parse(Path(spec.origin).read_text(encoding="utf-8"))) or ""
    return told.splitlines()[0] if told else ""
