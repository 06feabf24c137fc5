"""Prints the buffers of a design and the regions behind them."""

from typing import TYPE_CHECKING

from dse.si import in_words, si
from dse.store import Scored
from evaluators.energy import levels
from evaluators.scenario import Scenario, resolved

if TYPE_CHECKING:
    from rich.console import Console


def print_levels(console: "Console", candidate: Scored, scenario: Scenario) -> None:
    """What each level moves and takes in a step; nothing without a buffer."""
    from rich.table import Table

    design = candidate.evaluation.design
    if candidate.evaluation.energy is None:
        return
    found = levels.levels(design, resolved(design, scenario))
    if not found:
        return
    table = Table(title="Two levels, in a training step", title_justify="left")
    table.add_column("memory")
    for head in ("words read", "written", "accesses", "leakage", "busy", "area"):
        table.add_column(head, justify="right")
    for one in found:
        table.add_row(
            f"{one.kind} {one.level}",
            f"{one.read_words:.3g}",
            f"{one.written_words:.3g}",
            si(one.access_energy_j, "J"),
            si(one.leakage_w, "W"),
            si(one.busy_s, "s"),
            in_words("area_m2", one.area_m2),
        )
    console.print(table)
