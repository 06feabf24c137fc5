"""Trainers that answer from the measured accuracy map instead of training.

`benchmarks/accuracy_map.py` measured the map. Between its points the loss of one data kind is
interpolated in the logarithm of the error rate (the mean of both directions) and in the reliable
bits; the shares of accuracy that the three kinds leave over chance multiply. `ideal` is that map,
which never loses from fewer errors; `perturbed` multiplies each profile's loss by a log-normal
factor (sigma 0.5) and adds the measured spread of a two-seed mean, both drawn from the profile
itself, so that the whole map stays known but no longer is monotone.
"""

import csv
import hashlib
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import fmean
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import RegularGridInterpolator

from evaluators.design import BitErrors, DataKind, ErrorProfile
from evaluators.training import RunStatus, TrainingRun

Array = NDArray[np.float64]

FILE: Final = Path(__file__).parent / "data" / "accuracy_map.csv"
BITS: Final = 8
HARMLESS: Final = 1e-6
"""Rate at which the interpolation reaches no loss; two decades below the least measured."""

SIGMA: Final = 0.5
CHANCE: Final = 0.1


@dataclass(frozen=True, kw_only=True)
class AccuracyMap:
    """Losses by kind over rate and reliable bits, the fault-free accuracy, and the spread."""

    free: float
    spread: float
    losses: dict[DataKind, RegularGridInterpolator]
    mixed_error: float

    def loss(self, profile: ErrorProfile) -> float:
        """Loss of accuracy of a profile, at least 0."""
        points = {kind: rate_and_reliable(errors) for kind, errors in profile}
        return float(self.losses_at({k: np.array([p]) for k, p in points.items()})[0])

    def losses_at(self, points: dict[DataKind, Array]) -> Array:
        """Losses at (rate, reliable bits) by kind, each of shape `(n, 2)`. Shape `(n,)`."""
        kept: Array = np.ones(len(next(iter(points.values()))))
        for kind, at in points.items():
            rates = np.clip(at[:, 0], HARMLESS, 0.3)
            place = np.stack([np.log10(rates), at[:, 1]], axis=1)
            kept = kept * (1.0 - self.losses[kind](place) / (self.free - CHANCE))
        return (self.free - CHANCE) * (1.0 - kept)


def rate_and_reliable(errors: BitErrors) -> tuple[float, float]:
    """Mean rate of the lowest bit, and how many high bits never fail."""
    rates = [(a + b) / 2.0 for a, b in zip(errors.to_one, errors.to_zero, strict=True)]
    return rates[0], float(sum(rate == 0.0 for rate in rates))


@cache
def accuracy_map() -> AccuracyMap:
    """The map from the file of measurements."""
    found: dict[tuple[float, int, int, int], list[float]] = defaultdict(list)
    with FILE.open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            key = (float(row["error_probability"]), *(int(row[kind]) for kind in DataKind))
            found[key].append(float(row["accuracy"]))  # type: ignore[index]
    free = fmean(found[(0.0, BITS, BITS, BITS)])
    benign = [values for values in found.values() if fmean(values) > free - 0.02]
    spread = float(np.sqrt(fmean([np.var(v, ddof=1) for v in benign if len(v) > 1]) / 2.0))
    losses = {kind: _interpolator(found, place, free) for place, kind in enumerate(DataKind)}
    accuracy = AccuracyMap(free=free, spread=spread, losses=losses, mixed_error=0.0)
    mixed = [key for key in found if sum(bits < BITS for bits in key[1:]) > 1]
    told = accuracy.losses_at({
        kind: np.array([(key[0], key[1 + place]) for key in mixed])
        for place, kind in enumerate(DataKind)
    })  # fmt: skip
    wrong = told - [free - fmean(found[key]) for key in mixed]
    return AccuracyMap(free=free, spread=spread, losses=losses,
                       mixed_error=float(np.median(np.abs(wrong))))  # fmt: skip


def _interpolator(
    found: dict[tuple[float, int, int, int], list[float]], place: int, free: float
) -> RegularGridInterpolator:
    """Loss of one kind alone, made monotone: measured dips below a smaller fault are luck."""
    alone = {
        (key[0], key[1 + place]): max(free - fmean(values), 0.0)
        for key, values in found.items()
        if sum(bits < BITS for bits in key[1:]) == 1 and key[1 + place] < BITS
    }
    rates = sorted({rate for rate, _ in alone})
    reliable = sorted({bits for _, bits in alone})
    table = np.zeros((len(rates) + 1, len(reliable) + 1))
    for row, rate in enumerate(rates):
        table[row + 1, :-1] = [alone[rate, bits] for bits in reliable]
    table = np.maximum.accumulate(table, axis=0)
    table = np.maximum.accumulate(table[:, ::-1], axis=1)[:, ::-1]
    axes = (np.log10([HARMLESS, *rates]), np.array([*reliable, BITS], dtype=float))
    return RegularGridInterpolator(axes, table)


def drawn(profile: ErrorProfile, purpose: str) -> np.random.Generator:
    """Randomness of a profile's own; last digits of its rates differ between kinds of CPU."""
    rates = [f"{rate:.6g}" for _, errors in profile for rate in (*errors.to_one, *errors.to_zero)]
    digest = hashlib.sha256(" ".join([purpose, *rates]).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))


def perturbation(profile: ErrorProfile, spread: float) -> tuple[float, float]:
    """Factor and addend of a profile's loss, drawn from the profile alone."""
    random = drawn(profile, "perturbed")
    return float(np.exp(SIGMA * random.standard_normal())), spread * random.standard_normal()


def loss(profile: ErrorProfile, *, perturbed: bool) -> float:
    """Loss of accuracy on either map, at most down to chance."""
    measured = accuracy_map()
    lost = measured.loss(profile)
    if perturbed and not profile.error_free:
        factor, addend = perturbation(profile, measured.spread)
        lost = lost * factor + addend
    return min(lost, measured.free - CHANCE)


def ideal(profile: ErrorProfile, recipe: Any, **told: Any) -> TrainingRun:
    """A trainer that answers from the map."""
    del recipe
    return _run(profile, told["training_seed"], perturbed=False)


def perturbed(profile: ErrorProfile, recipe: Any, **told: Any) -> TrainingRun:
    """A trainer that answers from the perturbed map."""
    del recipe
    return _run(profile, told["training_seed"], perturbed=True)


def _run(profile: ErrorProfile, seed: int, *, perturbed: bool) -> TrainingRun:
    accuracy = accuracy_map().free - loss(profile, perturbed=perturbed)
    return TrainingRun(status=RunStatus.OK, training_seed=seed, accuracy=accuracy,
                       chance_accuracy=CHANCE, loss=0.0)  # fmt: skip
