"""A profile as numbers that resemble each other where losses do."""

import math
from collections.abc import Sequence
from dataclasses import fields
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dse.search.surrogate import LENGTH
from dse.search.training_identity import SeenByTraining
from evaluators.design import BitErrors

Array = NDArray[np.float64]

WRITES: Final = ("to_one", "to_zero")
HARMLESS: Final = 1e-8
"""Severities below are alike."""

CATEGORY: Final = 1.0
"""Length of a category's coordinate, which is 0 or 1 (assumed)."""


class Features:
    """Coordinates of what is trained, for a model of the accuracy loss.

    For each kind of data the severity of its write errors, log10 of the mean error rate with bits
    weighted by the squares of their values, sum(4^b rate_b) / sum(4^b), and likewise of every
    further rate that a profile holds; then number formats and encodings, as 0 or 1.
    """

    def __init__(self, seen: Sequence[SeenByTraining]) -> None:
        self._formats = sorted({one.number_format for one in seen})
        self._encodings = sorted({one.encoding for one in seen})
        # A mechanism that no profile of the study has takes no coordinate.
        self._by_kind = max(len(severities(errors)) for one in seen for errors in _errors(one))
        self._rates = self._by_kind * len(_errors(seen[0]))

    @property
    def lengths(self) -> list[float]:
        """Over what distance losses resemble each other, by coordinate. [-]"""
        return [LENGTH] * self._rates + [CATEGORY] * len(self._categories(None))

    def of(self, trained: Sequence[SeenByTraining]) -> Array:
        """Coordinates. Shape `(n, features)`. [-]"""
        rows = [self._severities(one) + self._categories(one) for one in trained]
        return np.array(rows, dtype=float).reshape(len(rows), len(self.lengths))

    def worst(self, features: Array) -> Array:
        """log10 of the largest severity. Shape `(n,)`. [-]"""
        return np.asarray(features[:, : self._rates].max(axis=1))

    def _severities(self, one: SeenByTraining) -> list[float]:
        """Of each kind; what a profile does not have is harmless."""
        harmless = (math.log10(HARMLESS),) * self._by_kind
        return [
            value
            for errors in _errors(one)
            for value in (*severities(errors), *harmless)[: self._by_kind]
        ]

    def _categories(self, one: SeenByTraining | None) -> list[float]:
        """A coordinate for each format and encoding, where there is more than one."""
        names = [("number_format", self._formats), ("encoding", self._encodings)]
        return [
            float(one is not None and getattr(one, field) == name)
            for field, options in names if len(options) > 1
            for name in options
        ]  # fmt: skip


def _errors(one: SeenByTraining) -> list[BitErrors]:
    assert one.profile is not None
    return [errors for _, errors in one.profile]


@lru_cache(maxsize=65536)
def severities(errors: BitErrors) -> tuple[float, ...]:
    """log10 of the mean rate of the write errors, then of every other rate that is held. [-]"""
    others = [f.name for f in fields(errors) if f.name not in WRITES]
    written = np.mean([errors.to_one, errors.to_zero], axis=0)
    held = [getattr(errors, name) for name in others]
    return tuple(
        _severity(np.asarray(rates, dtype=float))
        for rates in (written, *(rates for rates in held if len(rates)))
    )


def _severity(rates: Array) -> float:
    weights = 4.0 ** np.arange(len(rates))
    return math.log10(max(float(weights @ rates / weights.sum()), HARMLESS))
