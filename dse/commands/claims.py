"""`dse claims`: every claim with its break-down, then all of them in one table."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dse.claims import Answers, Claim
from dse.claims.claim import Grid
from dse.mistakes import UserError

if TYPE_CHECKING:
    from rich.console import Console

from dse.claims import as_json, markdown, trained, write_markdown
from dse.study import read_study

WIDTH: Final = 100


def print_answers(found: Answers) -> None:
    """Every claim with its break-down, then all of them in one table."""
    from rich.console import Console
    from rich.text import Text

    console = Console()
    if console.width > WIDTH:
        console = Console(width=WIDTH)
    for place, line in enumerate(found.lines, 1):
        console.print(Text(f"{place}. {line}"))
    console.print(f"\nConditions: {found.conditions}\n")
    for claim in found.claims:
        _print_claim(console, claim)
    _print_summary(console, found)


def _print_claim(console: "Console", claim: Claim) -> None:
    from rich.table import Table
    from rich.text import Text

    console.rule(f"[bold]{claim.name}", align="left")
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True, style="bold")
    table.add_column()
    for name, field in markdown.PARTS:
        table.add_row(name, Text(getattr(claim, field)))
    for place, line in enumerate(claim.why):
        table.add_row("why" if place == 0 else "", Text(line))
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
    from rich.text import Text

    table = Table(title="All claims", title_justify="left", show_lines=True)
    for head, width in (("claim", 14), ("paper", 26), ("ours", 32), ("holds", 15)):
        table.add_column(head, width=width)
    for claim in found.claims:
        told = (claim.name, claim.paper, claim.headline, claim.verdict)
        table.add_row(*(Text(part) for part in told))
    console.print(table)


def show_claims(
    studies: Path,
    folder: Path,
    *,
    networks: Sequence[str],
    md: Path | None = None,
    json_wanted: bool = False,
) -> None:
    """Answer all claims, draw the energy ratios, and print."""
    from dse.claims import answers, draw

    found = answers(studies, folder, networks)
    try:
        files = draw((("capacity", found.equal_capacity), ("area", found.equal_area)), folder)
    except OSError as error:
        raise UserError(f"{str(folder)!r} cannot be written ({error.strerror})") from None
    if md is not None:
        write_markdown(found, md)
    if json_wanted:
        print(as_json(found))
        return
    print_answers(found)
    print(f"written: {', '.join(str(file) for file in (*files, *((md,) if md else ())))}")


def run_trainings(studies: Path, folder: Path, *, executor: str, workers: int | None) -> None:
    """Run the studies that the claims read, or continue them.

    Raises:
        UserError: what the user can mend; nothing finished is lost.
    """
    from dse.commands.progress_bar import progress_bar
    from dse.search import run

    for asked in trained.TRAINED:
        study = read_study(studies / f"{asked.study}.toml")
        with progress_bar(study.name) as progress:
            run(study, executor=executor, workers=workers, folder=folder, progress=progress)
