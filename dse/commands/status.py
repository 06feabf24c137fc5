"""`dse status`, once or for as long as a driver runs."""

import json
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from dse.commands.printing import console, say
from dse.results import Observer
from dse.results.progress import Progress
from dse.study import Study

if TYPE_CHECKING:
    from rich.console import RenderableType


class View(Protocol):
    """Shows a study's progress each time it is looked at."""

    def show(self, progress: Progress) -> None:
        """Show it."""


def print_status(study: Study, folder: Path, *, as_json: bool) -> None:
    """How far a study is, now."""
    progress = Observer(study, folder).look()
    if as_json:
        say(json.dumps(progress.plain))
    else:
        say("\n".join(f"{name}: {value}" for name, value in in_words(progress).items()))


def watch(study: Study, folder: Path, *, every_s: float, as_json: bool) -> None:
    """Show a study's progress until its driver has ended, or until Ctrl-C.

    A driver ends once the goal is reached, which may be another than the study's own. On a
    terminal the picture is drawn anew; elsewhere, and as JSON, each change is a line.

    Raises:
        UserError: nothing is stored and no driver runs, or the store cannot be read.
    """
    observer = Observer(study, folder)
    progress = None
    try:
        progress = observer.look()
        with _view(as_json=as_json) as view:
            view.show(progress)
            while progress.driver is not None:
                time.sleep(every_s)
                progress = observer.look()
                view.show(progress)
    except KeyboardInterrupt:
        return
    if not as_json:
        say(_ending(progress))


def _ending(progress: Progress) -> str:
    if progress.done >= progress.goal:
        return f"the goal of {progress.goal} candidates is reached"
    return (
        f"no driver runs; {progress.done} of {progress.goal} candidates are done: "
        f"`dse run` continues"
    )


@contextmanager
def _view(*, as_json: bool) -> Iterator[View]:

    out = console()
    if as_json or not out.is_terminal:
        yield Lines(as_json=as_json)
        return
    from rich.live import Live

    with Live(console=out, auto_refresh=False, transient=False) as live:
        yield Picture(live.update)


class Lines:
    """A line for each change; the time left alone is none."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._last: Progress | None = None

    def show(self, progress: Progress) -> None:
        """Print it where it is news."""
        timeless = replace(progress, time_left_s=None)
        if timeless != self._last:
            line = json.dumps(progress.plain) if self._as_json else _line(progress)
            say(line)
        self._last = timeless


class Picture:
    """A table under a bar, drawn in the same place."""

    def __init__(self, update: "Update") -> None:
        self._update = update

    def show(self, progress: Progress) -> None:
        """Draw it anew."""
        self._update(_drawn(progress), refresh=True)


class Update(Protocol):
    """What draws: `rich.live.Live.update`."""

    def __call__(self, renderable: "RenderableType", *, refresh: bool = False) -> None:
        """Draw now."""


def _line(progress: Progress) -> str:
    words = [f"{progress.done} of {progress.goal} done"]
    words += [f"{getattr(progress, name)} {name}" for name in ("running", "diverged", "failed")]
    words += [f"{name} {value}" for name, value in in_words(progress).items()
              if name in ("hypervolume", "time left")]  # fmt: skip
    owner = progress.driver
    words.append(f"driver {owner.pid} on {owner.host}" if owner else "no driver runs")
    return ", ".join(words)


def _drawn(progress: Progress) -> "RenderableType":
    from rich.console import Group
    from rich.progress_bar import ProgressBar
    from rich.table import Table

    table = Table.grid(padding=(0, 2))
    for name, value in in_words(progress).items():
        table.add_row(name, str(value))
    bar = ProgressBar(total=max(progress.goal, 1), completed=progress.done, width=60)
    return Group(bar, table)


def in_words(progress: Progress) -> dict[str, Any]:
    """What `dse status` prints, by its heading."""
    told = progress.plain
    told["hypervolume"] = "-" if progress.hypervolume is None else f"{progress.hypervolume:.6f}"
    told["front"] = "-" if progress.front is None else progress.front
    told["driver"] = progress.driver or "no driver runs"
    del told["time_left_s"]
    return {**told, "time left": duration(progress.time_left_s)}


def duration(seconds: float | None) -> str:
    """`about 2 h 05 min`. [s]"""
    if seconds is None:
        return "not known yet"
    if seconds < 90:
        return f"about {math.ceil(seconds)} s" if seconds else "none"
    hours, minutes = divmod(math.ceil(seconds / 60), 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"about {days} d {hours} h"
    return f"about {hours} h {minutes:02} min" if hours else f"about {minutes} min"
