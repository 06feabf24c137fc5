"""Write errors in any PyTorch module. torch loads with the first name that needs it."""

from typing import TYPE_CHECKING, Any

from evaluators.faults.choices import OldContent, Scaling, Site

if TYPE_CHECKING:
    from evaluators.faults.formats import Format, number_format
    from evaluators.faults.injection import Injection, UninjectedLayerWarning, inject

__all__ = [
    "Format",
    "Injection",
    "OldContent",
    "Scaling",
    "Site",
    "UninjectedLayerWarning",
    "inject",
    "number_format",
]


def __getattr__(name: str) -> Any:
    """Load what needs torch on first use (PEP 562)."""
    from importlib import import_module

    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    place = "formats" if name in ("Format", "number_format") else "injection"
    return getattr(import_module(f"{__name__}.{place}"), name)
