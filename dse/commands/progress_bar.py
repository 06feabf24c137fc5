"""A progress bar with the time left, on the error stream."""

from collections.abc import Iterator
from contextlib import contextmanager

from dse.commands.printing import console
from dse.search import loop


@contextmanager
def progress_bar(name: str) -> Iterator[loop.Progress]:
    """Show a bar on a terminal from the first candidate on; hands out what moves it."""
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("candidates, time left"),
        TimeRemainingColumn(),
    )
    out = console(error=True)
    bar = Bar(*columns, console=out, disable=not out.is_terminal)
    task = bar.add_task(name, total=None)

    def move(done: int, goal: int) -> None:
        bar.start()
        bar.update(task, completed=done, total=goal)

    try:
        yield move
    finally:
        bar.stop()
