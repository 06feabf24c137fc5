"""Any PyTorch module as a `Network`: what it computes is recorded, operator by operator."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evaluators.capture.recorder import UnknownOperatorWarning, capture

__all__ = ["UnknownOperatorWarning", "capture"]


def __getattr__(name: str) -> Any:
    """Load what needs torch on first use (PEP 562)."""
    from importlib import import_module

    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.recorder"), name)
