"""Fault-injected training. torch loads with the first name that needs it."""

from typing import TYPE_CHECKING, Any

from evaluators.training.recipe import TrainingRecipe
from evaluators.training.report import RunStatus, TrainingReport, TrainingRun, summarize

if TYPE_CHECKING:
    from evaluators.training.injection import Injection, inject
    from evaluators.training.run import train

__all__ = [
    "Injection",
    "RunStatus",
    "TrainingRecipe",
    "TrainingReport",
    "TrainingRun",
    "inject",
    "summarize",
    "train",
]


def __getattr__(name: str) -> Any:
    """Load what needs torch on first use (PEP 562)."""
    import importlib

    places = {"Injection": "injection", "inject": "injection", "train": "run"}
    if name not in places:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{places[name]}"), name)
