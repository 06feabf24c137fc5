"""A progress bar with the time left, on the error stream."""

from collections.abc import Iterator
from contextlib import contextmanager

from dse.search_loop import Progress


@contextmanager
def progress_bar(name: str) -> Iterator[Progress]:
    """Show a bar while the body runs; hands out the function that moves it."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("candidates, time left"),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(name, total=None)

        def move(done: int, goal: int) -> None:
            bar.update(task, completed=done, total=goal)

        yield move
