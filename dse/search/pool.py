"""Choices that a batch may be put together from."""

from collections.abc import Iterable, Sequence
from copy import deepcopy

import numpy as np

from dse.search.fantasies import Fantasies
from dse.search.offers import Offer
from dse.search.raster import Heights


class Pool:
    """Described choices that differ, with what each would add alone to the expected front."""

    def __init__(self, front: Fantasies) -> None:
        self._front = front
        self._keys: set[object] = set()
        self._offers: list[Offer] = []
        self._chances = np.empty((0, 1, 0), dtype=np.float32)
        self._gains = np.empty(0)

    def new(self, offers: Iterable[Offer]) -> list[Offer]:
        """Those that are not like one in the pool, nor like each other."""
        found: dict[object, Offer] = {}
        for offer in offers:
            key = (offer.trained, offer.heights.tobytes())
            if key not in self._keys:
                found.setdefault(key, offer)
        return list(found.values())

    def add(self, offers: Sequence[Offer], chances: Heights) -> None:
        """Take offers in, with their chances at each level. Shape `(n, levels)`."""
        self._keys |= {(offer.trained, offer.heights.tobytes()) for offer in offers}
        gains = self._front.growths([offer.heights for offer in offers], chances[:, None])
        known = self._chances if self._offers else np.empty((0, 1, chances.shape[1]), np.float32)
        self._chances = np.concatenate([known, chances[:, None]])
        self._gains = np.concatenate([self._gains, gains])
        self._offers += offers

    def best(self, size: int) -> list[Offer]:
        """The best batch by chances. [-]"""
        heights = [offer.heights for offer in self._offers]
        places = deepcopy(self._front).picked(heights, self._chances, size, self._gains)
        return [self._offers[place] for place in places]

    def shuffle(self, random: np.random.Generator) -> None:
        """Into a seeded order: of equal choices the first is taken."""
        order = random.permutation(len(self._offers))
        self._offers = [self._offers[int(place)] for place in order]
        self._chances, self._gains = self._chances[order], self._gains[order]

    def short(self, size: int) -> list[Offer]:
        """The best batch by chances, then the best alone. [-]

        The best alone are much alike: of such a list a batch would be all of one kind.
        """
        first = self.best(size // 3)
        rest = [self._offers[int(place)] for place in np.argsort(-self._gains, kind="stable")]
        return list({offer.design: offer for offer in [*first, *rest]}.values())[:size]
