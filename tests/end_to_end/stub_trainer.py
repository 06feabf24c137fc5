"""A training of milliseconds that is as pure as a real one: for tests of the search around it."""

import hashlib
import time
from typing import Any

from evaluators.training import RunStatus, TrainingRun


def quick(profile: Any, recipe: Any, **told: Any) -> TrainingRun:
    """Ends out of order: how long it takes depends on the profile."""
    return _train(profile, recipe, told["training_seed"], longest_s=0.03)


def slow(profile: Any, recipe: Any, **told: Any) -> TrainingRun:
    """Long enough to be interrupted."""
    return _train(profile, recipe, told["training_seed"], longest_s=0.3)


def _train(profile: Any, recipe: Any, seed: int, *, longest_s: float) -> TrainingRun:
    digest = hashlib.sha256(f"{profile}{recipe.steps}{seed}".encode()).digest()
    time.sleep(longest_s * digest[0] / 255)
    worst = max(rate for _, errors in profile for rate in (*errors.to_one, *errors.to_zero))
    luck = 0.01 * digest[1] / 255
    return TrainingRun(status=RunStatus.OK, training_seed=seed, chance_accuracy=0.1, loss=0.5,
                       accuracy=0.9 - 0.7 * min(worst, 1.0) + luck)  # fmt: skip
