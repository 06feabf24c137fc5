"""Design-space exploration: studies, samplers, executors, fronts.

What is asked for is loaded with the first use of its name, as are heavy libraries where they are
used.
"""

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from dse.results import Front, compare, front
    from dse.search import run
    from dse.store import Record, read_record
    from dse.store.opening import load
    from dse.study import Objective, Search, Study, energy_objective, parse_study, read_study
    from evaluators.memories import Technology
    from evaluators.scenario import Scenario
    from evaluators.training import TrainingRecipe

    __version__: str

__all__ = [
    "Front",
    "Objective",
    "Record",
    "Scenario",
    "Search",
    "Study",
    "Technology",
    "TrainingRecipe",
    "__version__",
    "compare",
    "energy_objective",
    "front",
    "load",
    "parse_study",
    "read_record",
    "read_study",
    "run",
]

ROOMS: Final = {
    "Front": "dse.results", "compare": "dse.results", "front": "dse.results", "run": "dse.search",
    "Record": "dse.store", "read_record": "dse.store",
    "Objective": "dse.study", "Search": "dse.study", "Study": "dse.study",
    "energy_objective": "dse.study", "load": "dse.store.opening", "parse_study": "dse.study",
    "read_study": "dse.study",
    "Scenario": "evaluators.scenario", "Technology": "evaluators.memories",
    "TrainingRecipe": "evaluators.training",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """Load a public name's room on first use (PEP 562)."""
    from importlib import import_module

    if name == "__version__":
        from importlib.metadata import version

        return version("mram-dse")
    if name not in ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(ROOMS[name]), name)


def __dir__() -> list[str]:
    """The public names, for completion in a notebook."""
    return sorted({*globals(), *__all__})
