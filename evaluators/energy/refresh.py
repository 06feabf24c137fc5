"""Refresh: what lives longer than its cells must hold it is read and written again in time.

A step is the life of what it works on, as weights wait from one update to the next. All of a
region is refreshed, every `hold_time_s` of the scenario or of its technology, as if its bits
changed like any others: unfavourable. A refresh writes what it reads, so no bit needs to change
and no write error follows; but without a code a bit that has flipped stays so (docs/physics.md,
"Refresh").
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from evaluators.energy.batch import RegionBatch
from evaluators.scenario import Scenario

Array = NDArray[np.float64]

LEAST_WORK_SHARE: Final = 0.01


def refreshed_words(region: RegionBatch, scenario: Scenario) -> Array:
    """Words that a refresh reads and writes: none of the scenario's own cell. Shape `(n,)`. [-]"""
    return np.where(np.isnan(region.diameter_m), 0.0, words_of(region, scenario))


def words_of(region: RegionBatch, scenario: Scenario) -> Array:
    """Words that a region holds. Shape `(n,)`. [-]"""
    return np.asarray(np.ceil(8.0 * region.capacity_bytes / scenario.memory.word_bits))


def left_to_work_s(refresh_s: Array, hold_time_s: float) -> Array:
    """Of a hold time that is short beside a refresh, what the refresh leaves. Shape `(n,)`. [s]

    A region that cannot be refreshed in time works a hundredth of it: next to never, so that no
    search takes one.
    """
    return np.maximum(hold_time_s - refresh_s, LEAST_WORK_SHARE * hold_time_s)


def refreshes(time_s: Array, hold_time_s: Array | float) -> Array:
    """Refreshes of a step: none where it ends before the hold time does. Shape of times. [-]"""
    return np.asarray(np.maximum(np.ceil(time_s / hold_time_s) - 1.0, 0.0))
