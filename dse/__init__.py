"""Design-space exploration: studies, samplers, executors, fronts.

What is asked for is loaded with the first use of its name, as are heavy libraries where they are
used.
"""

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from dse.results import Front, front
    from dse.search import run
    from dse.store import Record
    from dse.study import Study, read_study

__all__ = ["Front", "Record", "Study", "front", "read_study", "run"]

ROOMS: Final = {
    "Front": "results", "front": "results", "run": "search", "Record": "store",
    "Study": "study", "read_study": "study",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """Load a public name's room on first use (PEP 562)."""
    from importlib import import_module

    if name not in ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{ROOMS[name]}"), name)
