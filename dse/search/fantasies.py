"""A batch put together one by one: each choice counts on what those before it may have found."""

import heapq
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dse.search.features import Trained
from dse.search.raster import Heights
from dse.search.surrogate import LossModel

Array = NDArray[np.float64]

PAIRS: Final = 8
"""Antithetic pairs of samples: one front is kept for each sample."""

TOGETHER: Final = 800
"""Profiles that are sampled together; others as if they told nothing of each other."""


class Fantasies:
    """Fronts as they may be, one for each sample of the unknown losses.

    Args:
        front: heights by level of what is known. Shape `(levels, nodes)`.
        at_most: the largest target with which a slice counts at each level. Shape `(levels,)`.
        random: draws the samples.
    """

    def __init__(self, front: Heights, at_most: Array, random: np.random.Generator) -> None:
        self._fronts = np.repeat(front[None], 2 * PAIRS, axis=0)
        self._at_most = at_most
        self._random = random

    def targets(
        self,
        trained: Sequence[Trained],
        known: Callable[[Trained], float | None],
        features: Callable[[Sequence[Trained]], Array],
        model: LossModel | None,
    ) -> Array:
        """Targets of what is trained in every sample; equal ones alike. Shape `(samples, n)`."""
        distinct = list(dict.fromkeys(trained))
        column = {one: place for place, one in enumerate(distinct)}
        found = np.empty((2 * PAIRS, len(distinct)))
        new = []
        for place, one in enumerate(distinct):
            target = known(one)
            if target is None:
                new.append(place)
            else:
                found[:, place] = target
        if new and model is not None:
            rows = features([distinct[place] for place in new])
            found[:, new[:TOGETHER]] = model.joint(rows[:TOGETHER]).samples(PAIRS, self._random)
            if len(new) > TOGETHER:
                mean, spread = model.marginal(rows[TOGETHER:])
                away = spread * self._random.standard_normal((PAIRS, len(mean)))
                found[:, new[TOGETHER:]] = np.concatenate([mean + away, mean - away])
        return found[:, [column[one] for one in trained]]

    def take(self, heights: Heights, targets: Array) -> None:
        """Let every front hold a slice whose loss is the sample's. Shapes `(nodes,)`, `(samples,)`."""
        for front, first in zip(self._fronts, self._first(targets), strict=True):
            np.minimum(front[first:], heights, out=front[first:])

    def growth(self, heights: Heights, targets: Array) -> float:
        """What a slice adds, on average over the samples."""
        reached = self._at_most[None, :] + 1e-9 >= targets[:, None]
        grown = np.maximum(self._fronts - heights, 0.0).sum(axis=2)
        return float((grown * reached).sum()) / len(targets)

    def picked(self, heights: Sequence[Heights], targets: Array, size: int) -> list[int]:
        """Places of the choices that add most, one after another; of equal ones the first.

        What a choice adds only falls as others are taken, so a choice that led with what it
        added before, and still leads with what it adds now, is the best without asking others.
        """
        queue = [(-self.growth(own, targets[:, place]), place, 0)
                 for place, own in enumerate(heights)]  # fmt: skip
        heapq.heapify(queue)
        taken: list[int] = []
        while len(taken) < size:
            _, place, asked = heapq.heappop(queue)
            if asked == len(taken):
                self.take(heights[place], targets[:, place])
                taken.append(place)
                continue
            now = -self.growth(heights[place], targets[:, place])
            heapq.heappush(queue, (now, place, len(taken)))
        return taken

    def _first(self, targets: Array) -> NDArray[np.intp]:
        """The first level that each target reaches; beyond the last where it reaches none."""
        return np.asarray((self._at_most[None, :] + 1e-9 < targets[:, None]).sum(axis=1))
