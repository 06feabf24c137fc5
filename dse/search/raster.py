"""How much slices add to a front: volumes between staircases on a lattice.

The lattice spans all analytic costs but the last; over each node stands a height, the least last
cost that some point with no larger other costs has. Two sets of points differ by the volume
between their heights. So what many slices add to a front is one sum of arrays, for any number of
objectives.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Heights = NDArray[np.float32]

NODES: Final = {0: (), 1: (), 2: (256,), 3: (40, 40), 4: (14, 14, 14), 5: (8, 8, 8, 8)}
"""Nodes by the number of analytic objectives; the last is not divided."""


class Raster:
    """A lattice between two corners of the analytic costs.

    Args:
        lower: least costs that are expected; smaller ones count whole. Shape `(costs,)`.
        upper: costs at which a point adds nothing more: the reference. Shape `(costs,)`.
    """

    def __init__(self, lower: Array, upper: Array) -> None:
        self.nodes: tuple[int, ...] = NODES[len(lower)]
        self._upper = upper
        self._lower = np.minimum(lower, upper - 1e-6)
        self._steps = (self._upper - self._lower)[: len(self.nodes)] / np.array(self.nodes)
        self.size = int(np.prod(self.nodes))

    @property
    def empty(self) -> Heights:
        """Heights of no points. Shape `(nodes,)`."""
        return np.zeros(self.size, dtype=np.float32)

    def heights(self, costs: Array, owners: NDArray[np.intp], count: int) -> Heights:
        """Heights of `count` sets of points, below the reference's as 0. Shape `(count, nodes)`.

        Args:
            costs: of all points. Shape `(points, costs)`. [-]
            owners: the set of each point. Shape `(points,)`. [-]
            count: number of sets. [-]
        """
        found = np.zeros((count, self.size), dtype=np.float32)
        if not costs.shape[1]:
            found[owners] = -1.0
            return found
        divided = len(self.nodes)
        place = np.ceil((costs[:, :divided] - self._lower[:divided]) / self._steps - 0.5)
        place = np.maximum(place, 0.0).astype(np.intp)
        kept = (place < np.array(self.nodes, dtype=np.intp)).all(axis=1)
        below = np.minimum(costs[:, -1] - self._upper[-1], 0.0)
        kept &= below < 0.0
        flat = owners[kept] * self.size
        if divided:
            flat = flat + np.ravel_multi_index(tuple(place[kept].T), self.nodes)
        np.minimum.at(found.reshape(-1), flat, below[kept].astype(np.float32))
        shaped = found.reshape(count, *self.nodes)
        for axis in range(1, divided + 1):
            np.minimum.accumulate(shaped, axis=axis, out=shaped)
        return shaped.reshape(count, self.size)
