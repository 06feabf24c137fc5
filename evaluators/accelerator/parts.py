"""The parts of a training step that follow one another."""

from typing import Final

import numpy as np

from evaluators.workload import Phase

PASSES: Final = (*(phase.value for phase in Phase), "update")
"""Forward, input gradient, weight gradient, update: one after the other."""


class Parts:
    """Numbers the parts: a pass each, or a pass of one layer each.

    `passes` has the place in `PASSES` of each part. Shape `(p,)`.
    """

    def __init__(self, layers: int, *, by_layer: bool = False) -> None:
        self._layers = layers if by_layer else 0
        products = len(PASSES) - 1
        self.passes = np.arange(len(PASSES))
        if by_layer:
            self.passes = np.append(np.repeat(np.arange(products), layers), products)

    @property
    def update(self) -> int:
        """The part of the update, the last."""
        return len(self.passes) - 1

    def of(self, place: int, step: int) -> int:
        """The part of a pass, by its place in `PASSES`, at the `step`-th layer with products."""
        if place == len(PASSES) - 1:
            return self.update
        return place * self._layers + step if self._layers else place
