"""The claims as text, JSON, Markdown."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dse.claims import Answers
from dse.claims.claim import Claim, Grid
from dse.study import as_plain

if TYPE_CHECKING:
    from rich.console import Console

WIDTH: Final = 100
PARTS: Final = (
    ("paper", "paper"),
    ("ours", "ours"),
    ("holds if", "holds"),
    ("not told", "untold"),
)


def print_answers(found: Answers) -> None:
    """Every claim with its break-down, then all of them in one table."""
    from rich.console import Console

    console = Console()
    if console.width > WIDTH:
        console = Console(width=WIDTH)
    console.print(f"Conditions: {found.conditions}\n")
    for claim in found.claims:
        _print_claim(console, claim)
    _print_summary(console, found)


def _print_claim(console: "Console", claim: Claim) -> None:
    from rich.table import Table

    console.rule(f"[bold]{claim.name}", align="left")
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True, style="bold")
    table.add_column()
    for name, field in PARTS:
        table.add_row(name, getattr(claim, field))
    for place, line in enumerate(claim.why):
        table.add_row("why" if place == 0 else "", line)
    console.print(table)
    for grid in claim.grids:
        _print_grid(console, grid)
    console.print()


def _print_grid(console: "Console", grid: Grid) -> None:
    from rich.box import SIMPLE
    from rich.table import Table

    console.print(f"\n{grid.title}", style="italic")
    table = Table(box=SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))
    for place, head in enumerate(grid.heads):
        table.add_column(head, justify="left" if place == 0 else "right")
    for row in grid.rows:
        table.add_row(*row)
    console.print(table)


def _print_summary(console: "Console", found: Answers) -> None:
    from rich.table import Table

    table = Table(title="All claims", title_justify="left", show_lines=True)
    for head in ("claim", "paper", "ours", "holds if"):
        table.add_column(head)
    for claim in found.claims:
        table.add_row(claim.name, claim.paper, claim.ours, claim.holds)
    console.print(table)


def as_json(found: Answers) -> str:
    """All claims with the figures behind their words."""
    return json.dumps({"conditions": found.conditions, "claims": as_plain(found.claims)})


def show_claims(studies: Path, *, json_wanted: bool) -> None:
    """Answer all claims and print them."""
    from dse.claims import answers

    found = answers(studies)
    if json_wanted:
        print(as_json(found))
    else:
        print_answers(found)
