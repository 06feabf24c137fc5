"""What a run does and how far it is, on the error stream: a bar, or in a pipe a line at times."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from dse.commands.logs import quiet
from dse.commands.printing import console, say
from dse.search import loop

if TYPE_CHECKING:
    from rich.console import Console

EVERY_S: Final = 10.0
"""Seconds between two lines where there is no terminal."""

Trainings = Callable[[], int]
"""How many distinct trainings are finished by now. [-]"""


@contextmanager
def progress_bar(
    name: str, doing: str = "starting", trainings: Trainings = lambda: 0
) -> Iterator[loop.Progress]:
    """Say at once what is done, then how far it is; hands out what moves it.

    Args:
        name: of the study.
        doing: what is done before the first candidate is known.
        trainings: counts those that are finished, where they are kept as files.
    """
    if quiet():
        yield loop.without_progress
        return
    out = console(error=True)
    shown = (
        _on_terminal(out, name, doing) if out.is_terminal else _in_lines(name, doing, trainings)
    )
    with shown as move:
        yield move


@contextmanager
def _on_terminal(out: "Console", name: str, doing: str) -> Iterator[loop.Progress]:
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("candidates,"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}", markup=False),
    )
    bar = Bar(*columns, console=out)
    task = bar.add_task(f"{name}: {doing}", total=None, left="")
    pace = Pace()

    def move(done: int, goal: int) -> None:
        left = f"{pace.left(done, goal)} left" if done < goal else ""
        bar.update(task, description=name, completed=done, total=goal, left=left)

    bar.start()
    try:
        yield move
    finally:
        bar.stop()


@contextmanager
def _in_lines(name: str, doing: str, trainings: Trainings) -> Iterator[loop.Progress]:
    """A line at the start and every `EVERY_S`, so that a log shows a run that lives."""
    pace, ended = Pace(), threading.Event()
    began, before = time.monotonic(), trainings()
    known = [0, 0]

    def move(done: int, goal: int) -> None:
        pace.left(done, goal)
        known[:] = done, goal

    def lines() -> None:
        while not ended.wait(EVERY_S):
            done, goal = known
            seconds = f"{time.monotonic() - began:.0f} s"
            trained = trainings() - before
            counted = f"{trained} training{'' if trained == 1 else 's'}"
            if not goal:
                say(f"{name}: {doing}, {counted}, {seconds}", error=True)
            elif done < goal:
                say(f"{name}: {done}/{goal} candidates, {counted}, {seconds}, "
                    f"{pace.left(done, goal)} left", error=True)  # fmt: skip

    say(f"{name}: {doing}", error=True)
    thread = threading.Thread(target=lines, daemon=True)
    thread.start()
    try:
        yield move
    finally:
        ended.set()
        thread.join()


class Pace:
    """Tells the time left from how long the candidates of this run took, not those stored."""

    def __init__(self) -> None:
        self._steps: list[tuple[int, float]] = []
        """The first step that was seen, and the last."""

    def left(self, done: int, goal: int) -> str:
        """`about 2 min`, or that it is not known. [-]"""
        if not self._steps or done < self._steps[0][0]:
            self._steps = [(done, time.monotonic())]
        elif done > self._steps[-1][0]:
            self._steps = [self._steps[0], (done, time.monotonic())]
        (first, began), (last, moved) = self._steps[0], self._steps[-1]
        if last <= first or moved - began < 1.0:
            return "an unknown time"
        seconds = (goal - last) * (moved - began) / (last - first)
        return f"about {seconds:.0f} s" if seconds < 90 else f"about {seconds / 60:.0f} min"
