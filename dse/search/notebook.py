"""How far a run is, in a notebook: one line below the cell, which is written anew."""

import sys
from typing import Any

from dse.search.loop import Progress, without_progress


def shown_by_default(name: str) -> Progress:
    """What shows a study's progress where the caller says nothing: a line in a notebook alone."""
    handle = _handle()
    if handle is None:
        return without_progress

    def move(done: int, goal: int) -> None:
        handle.update({"text/plain": f"{name}: {done}/{goal} candidates"}, raw=True)

    move(0, 0)
    return move


def _handle() -> Any:
    """Where a notebook shows something that changes; None outside of one."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is None or not hasattr(shell, "kernel"):
        return None
    import IPython.display  # part of every notebook

    display: Any = IPython.display.display
    return display({"text/plain": ""}, raw=True, display_id=True)
