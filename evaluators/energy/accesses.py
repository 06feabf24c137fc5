"""Words that a training step reads and writes, whole ones, in each level of its memories."""

import numpy as np
from numpy.typing import NDArray

from evaluators.accelerator import StepCounts
from evaluators.scenario import Scenario

Array = NDArray[np.float64]


def words_moved(counts: StepCounts, scenario: Scenario) -> tuple[Array, Array]:
    """Words read and written in each part by kind, in the regions. Shape `(p, 3, n)` each. [-]"""
    words = scenario.bits / scenario.memory.word_bits
    return np.ceil(counts.reads * words), np.ceil(counts.writes * words)


def buffer_words_moved(counts: StepCounts, scenario: Scenario) -> tuple[Array, Array] | None:
    """As `words_moved`, in the buffers before the regions; None without any. [words]"""
    if counts.buffer_reads is None or counts.buffer_writes is None:
        return None
    words = scenario.bits / scenario.memory.word_bits
    return np.ceil(counts.buffer_reads * words), np.ceil(counts.buffer_writes * words)
