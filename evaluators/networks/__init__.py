"""Networks, one a file, and the capture of a user's own.

`network(name)` reads a layer table of ours, a user's builder or a SCALE-Sim topology;
`capture(module, *example_inputs)` records any PyTorch module, `module_of(name)` is the one that a
user's builder returns. Only these two load PyTorch.
"""

from typing import TYPE_CHECKING, Any

from evaluators.networks.loading import module_of, network

if TYPE_CHECKING:
    from evaluators.capture import capture

__all__ = ["capture", "module_of", "network"]


def __getattr__(name: str) -> Any:
    if name == "capture":
        from evaluators.capture import capture

        return capture
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
