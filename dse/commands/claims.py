"""`dse claims`: every claim with its break-down, then all of them in one table."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dse.claims import Answers, Claim
from dse.claims.claim import Grid
from dse.commands.printing import console, say
from dse.mistakes import UserError

if TYPE_CHECKING:
    from rich.console import Console

from dse.claims import as_json, markdown, models, trained, write_markdown
from dse.study import read_study

WIDTH: Final = 100


def print_answers(found: Answers) -> None:
    """Every claim with its break-down, then all of them in one table."""
    from rich.text import Text

    out = console()
    if out.width > WIDTH:
        out = console(width=WIDTH)
    for place, line in enumerate(found.lines, 1):
        out.print(Text(f"{place}. {line}"))
    out.print(f"\nConditions: {found.conditions}\n")
    for claim in found.claims:
        _print_claim(out, claim)
    _print_summary(out, found)


def _print_claim(out: "Console", claim: Claim) -> None:
    from rich.table import Table
    from rich.text import Text

    out.rule(Text(claim.name, style="bold"), align="left")
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True, style="bold")
    table.add_column()
    for name, field in markdown.PARTS:
        table.add_row(name, Text(getattr(claim, field)))
    for place, line in enumerate(claim.why):
        table.add_row("why" if place == 0 else "", Text(line))
    out.print(table)
    for grid in claim.grids:
        _print_grid(out, grid)
    out.print()


def _print_grid(out: "Console", grid: Grid) -> None:
    from rich.box import SIMPLE
    from rich.table import Table

    out.print(f"\n{grid.title}", style="italic")
    table = Table(box=SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))
    for place, head in enumerate(grid.heads):
        table.add_column(head, justify="left" if place == 0 else "right")
    for row in grid.rows:
        table.add_row(*row)
    out.print(table)


def _print_summary(out: "Console", found: Answers) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(title="All claims", title_justify="left", show_lines=True)
    for head, width in (("claim", 14), ("paper", 26), ("ours", 32), ("holds", 15)):
        table.add_column(head, width=width)
    for claim in found.claims:
        told = (claim.name, claim.paper, claim.headline, claim.verdict)
        table.add_row(*(Text(part) for part in told))
    out.print(table)


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
        say(as_json(found))
        return
    print_answers(found)
    say(f"written: {', '.join(str(file) for file in (*files, *((md,) if md else ())))}")


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
            record = run(
                study, executor=executor, workers=workers, folder=folder, progress=progress
            )
        for point in asked.tested(record) if asked.tested else ():
            models.train_others(record, point, executor=executor, workers=workers)
