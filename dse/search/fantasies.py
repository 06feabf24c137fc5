"""A batch put together one by one: each choice counts on what those before it may have found."""

import heapq
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dse.search.raster import Heights
from dse.search.surrogate import LossModel
from dse.search.training_identity import SeenByTraining

Array = NDArray[np.float64]

PAIRS: Final = 8
"""Antithetic pairs of samples: one front is kept for each sample."""

TOGETHER: Final = 800
"""Profiles that are sampled together; others as if they told nothing of each other."""


class Fantasies:
    """Fronts as they may be: one for each sample of the losses, or one as it is expected.

    Args:
        front: heights by level of what is known. Shape `(levels, nodes)`.
        samples: number of fronts.
    """

    def __init__(self, front: Heights, samples: int) -> None:
        self._fronts = np.repeat(front[None], samples, axis=0)

    def take(self, heights: Heights, chances: Heights) -> None:
        """Let every front hold a slice.

        Args:
            heights: of the slice. Shape `(nodes,)`.
            chances: that it counts, by sample and level. Shape `(samples, levels)`.
        """
        lower = np.minimum(heights - self._fronts, 0.0)
        lower *= chances[:, :, None]
        self._fronts += lower

    def growth(self, heights: Heights, chances: Heights, level: int = 0, node: int = 0) -> float:
        """What a slice adds, on average over the samples. Shapes as those of `take`. [-]

        Args:
            heights: of the slice.
            chances: that it counts.
            level: before which it has no chance. [-]
            node: before which it has no points. [-]
        """
        grown = self._fronts[:, level:, node:] - heights[node:]
        np.maximum(grown, 0.0, out=grown)
        added = np.zeros_like(chances)  # whole, as sums of other lengths round otherwise
        np.multiply(grown.sum(axis=2), chances[:, level:], out=added[:, level:])
        return float(added.sum()) / len(chances)

    def growths(self, heights: Sequence[Heights], chances: Heights) -> Array:
        """`growth` of many slices. Shape `(n,)`. [-]

        Args:
            heights: of each. Each of shape `(nodes,)`.
            chances: of each. Shape `(n, samples, levels)`.
        """
        found = np.zeros(len(heights))
        if not len(heights):
            return found
        stacked = np.stack(heights)
        for sample, front in enumerate(self._fronts):
            for level, known in enumerate(front):
                grown = known - stacked
                np.maximum(grown, 0.0, out=grown)
                found += chances[:, sample, level] * grown.sum(axis=1)
        return found / len(self._fronts)

    def picked(
        self, heights: Sequence[Heights], chances: Heights, size: int, first: Array | None = None
    ) -> list[int]:
        """Places of the choices that add most, one after another; of equal ones the first. [-]

        What a choice adds only falls as others are taken, so a choice that led with what it
        added before, and still leads with what it adds now, is the best without asking others.

        Args:
            heights: of each choice. Each of shape `(nodes,)`.
            chances: of each choice. Shape `(n, samples, levels)`.
            size: how many. [-]
            first: `growths` of them, where they are known. [-]
        """
        grown = self.growths(heights, chances) if first is None else first
        queue = [(-float(value), place, 0) for place, value in enumerate(grown)]
        heapq.heapify(queue)
        levels = np.argmax((chances > 0.0).any(axis=1), axis=1).tolist()
        taken: list[int] = []
        while len(taken) < size and queue:
            _, place, asked = heapq.heappop(queue)
            if asked == len(taken):
                self.take(heights[place], chances[place])
                taken.append(place)
                continue
            node = int(np.argmax(heights[place] < 0.0))
            now = -self.growth(heights[place], chances[place], levels[place], node)
            heapq.heappush(queue, (now, place, len(taken)))
        return taken


def sampled(
    trained: Sequence[SeenByTraining],
    known: Callable[[SeenByTraining], float | None],
    features: Callable[[Sequence[SeenByTraining]], Array],
    model: LossModel | None,
    random: np.random.Generator,
) -> Array:
    """Targets of what is trained in every sample; equal ones alike. Shape `(n, samples)`. [-]"""
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
        found[:, new[:TOGETHER]] = model.joint(rows[:TOGETHER]).samples(PAIRS, random)
        if len(new) > TOGETHER:
            mean, spread = model.marginal(rows[TOGETHER:])
            away = spread * random.standard_normal((PAIRS, len(mean)))
            found[:, new[TOGETHER:]] = np.concatenate([mean + away, mean - away])
    return found.T[[column[one] for one in trained]]
