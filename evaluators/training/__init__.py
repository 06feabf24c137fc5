"""One fault-injected training run. torch loads with the first name that needs it."""

from typing import TYPE_CHECKING, Any

from evaluators.training.data_paths import data_paths
from evaluators.training.recipe import TrainingRecipe, WritesPerValue
from evaluators.training.report import RunStatus, TrainingReport, TrainingRun, summarize
from evaluators.training.task import TrainingTask, run_task, training_tasks

if TYPE_CHECKING:
    from evaluators.faults import inject
    from evaluators.training.run import train

__all__ = [
    "RunStatus",
    "TrainingRecipe",
    "TrainingReport",
    "TrainingRun",
    "TrainingTask",
    "WritesPerValue",
    "data_paths",
    "inject",
    "run_task",
    "summarize",
    "train",
    "training_tasks",
]


def __getattr__(name: str) -> Any:
    """Load what needs torch on first use (PEP 562)."""
    from importlib import import_module

    places = {"Injection": "evaluators.faults", "inject": "evaluators.faults",
              "train": f"{__name__}.run"}  # fmt: skip
    if name not in places:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(places[name]), name)
