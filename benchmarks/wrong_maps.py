"""Accuracy maps that the prior of sampler `gain` is wrong about; trainers, as `measured_map`.

Each changes the measured map: `fragile` and `tolerant` by a factor of 30 in the error rate and
more, with one kind of data alone, a cliff, a hump that is not monotone, losses `shuffled` over the
profiles at random, heavy noise.
"""

import math
import sys
from collections.abc import Callable
from functools import cache, partial
from typing import Any, Final

import numpy as np

from benchmarks.measured_map import CHANCE, accuracy_map, drawn, rate_and_reliable
from evaluators.design import BitErrors, DataKind, ErrorProfile
from evaluators.training import RunStatus, TrainingRun


def scaled(profile: ErrorProfile, **factors: float) -> ErrorProfile:
    """The profile with the rates of each kind times a factor."""

    def errors(kind: DataKind) -> BitErrors:
        own, factor = profile[kind], factors.get(kind.value, factors.get("every", 1.0))
        one, zero = ([min(rate * factor, 1.0) for rate in rates]
                     for rates in (own.to_one, own.to_zero))  # fmt: skip
        return BitErrors(to_one=tuple(one), to_zero=tuple(zero))

    return ErrorProfile(**{kind.value: errors(kind) for kind in DataKind})


def noisy(loss: float, profile: ErrorProfile, sigma: float, points: float) -> float:
    """A loss times a log-normal factor, with normal noise in points."""
    if profile.error_free:
        return loss
    random = drawn(profile, "noise")
    factor = float(np.exp(sigma * random.standard_normal()))
    return float(loss * factor + points / 100.0 * random.standard_normal())


def severity(profile: ErrorProfile) -> float:
    """log10 of the largest rate times the value of its highest failing bit, relative."""
    worst = -12.0
    for _, errors in profile:
        rate, reliable = rate_and_reliable(errors)
        worst = max(worst, float(np.log10(max(rate, 1e-12))) - 0.6 * reliable)
    return worst


@cache
def sample_losses() -> tuple[float, ...]:
    """Losses of the measured map over random rates and bits: what `shuffled` deals out."""
    random = np.random.default_rng(0)
    points = {
        kind: np.stack([10.0 ** random.uniform(-9.0, -0.3, 500),
                        random.choice([0.0, 2.0, 4.0, 8.0], 500)], axis=1)
        for kind in DataKind
    }  # fmt: skip
    return tuple(float(loss) for loss in accuracy_map().losses_at(points))


def _mapped(profile: ErrorProfile, **factors: float) -> float:
    return accuracy_map().loss(scaled(profile, **factors))


def _cliff(profile: ErrorProfile) -> float:
    return 0.3 if severity(profile) > -4.0 else 0.0


def _hump(profile: ErrorProfile) -> float:
    """Few errors harm most: the loss rises, falls, and rises again."""
    if profile.error_free:
        return 0.0
    at = severity(profile)
    return 0.04 * float(np.exp(-((at + 5.0) ** 2) / 0.5)) + 0.4 / (1.0 + math.pow(10.0, -1.5 - at))


def _shuffled(profile: ErrorProfile) -> float:
    losses = sample_losses()
    return losses[int(drawn(profile, "shuffled").integers(len(losses)))]


LOSSES: Final[dict[str, Callable[[ErrorProfile], float]]] = {
    "fragile": lambda p: _mapped(p, every=30.0),
    "fragile_noisy": lambda p: noisy(_mapped(p, every=1000.0), p, 0.5, 0.4),
    "tolerant": lambda p: _mapped(p, every=1 / 30.0),
    "tolerant_more": lambda p: _mapped(p, every=1e-3),
    "weights_fragile": lambda p: _mapped(p, weight=1000.0, activation=0.1, error=0.1),
    "weights_fragile_noisy": lambda p: noisy(_mapped(p, weight=1000.0), p, 0.5, 0.4),
    "activations_fragile": lambda p: _mapped(p, activation=1000.0, weight=0.1, error=0.1),
    "errors_fragile": lambda p: _mapped(p, error=1000.0, weight=0.1, activation=0.1),
    "cliff": _cliff,
    "cliff_noisy": lambda p: noisy(_cliff(p), p, 0.5, 0.4),
    "hump": _hump,
    "heavy_noise": lambda p: noisy(accuracy_map().loss(p), p, 1.2, 1.0),
    "shuffled": _shuffled,
}


def loss(profile: ErrorProfile, name: str) -> float:
    """Loss on a map, at most down to chance; none without errors."""
    if profile.error_free:
        return 0.0
    return float(min(LOSSES[name](profile), accuracy_map().free - CHANCE))


def _run(name: str, profile: ErrorProfile, recipe: Any, **told: Any) -> TrainingRun:
    del recipe
    accuracy = accuracy_map().free - loss(profile, name)
    return TrainingRun(status=RunStatus.OK, training_seed=told["training_seed"],
                       accuracy=accuracy, chance_accuracy=CHANCE, loss=0.0)  # fmt: skip


for _name in LOSSES:  # each is a trainer that a study names
    setattr(sys.modules[__name__], _name, partial(_run, _name))
