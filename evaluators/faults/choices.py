"""What an injection leaves to its user: old contents, scales, and where activations are stored."""

from typing import Literal

OldContent = Literal["same_tensor", "random", "flip"]
"""What a cell held before: this value of the step before, another tensor, or (the pessimistic
bound) whatever makes every failed write wrong."""

Scaling = Literal["delayed", "static"]
Site = Literal["inputs", "outputs"]

Writes = float | tuple[float, float]
"""How often a value is written before it is used: one copy that both phases read, or a copy for
the forward phase and another for the backward phase."""
