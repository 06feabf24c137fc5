"""Arrays whose figures a technology brings along: of another tool, or of a chip.

Between its capacities figures are lines in logarithms, and are met exactly there. Beyond them area
and leakage grow with the capacity, energies and latencies with its root, the length of the wires
(`assumed`); another width of word changes energies in proportion (`assumed`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evaluators.checks import check_fields

Array = NDArray[np.float64]

FIGURES: Final = ("area_m2", "read_energy_j", "write_energy_j", "read_latency_s",
                  "write_latency_s", "leakage_w")  # fmt: skip
GROWTH: Final = (1.0, 0.5, 0.5, 0.5, 0.5, 1.0)
"""Powers of the capacity beyond what is known; assumed."""

LEAST: Final = 1e-30
"""Stands for zero where a logarithm is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnArray:
    """One array; its writes are those of the periphery, without cells and pulse."""

    capacity_bytes: int
    word_bits: int
    area_m2: float
    read_energy_j: float
    write_energy_j: float
    read_latency_s: float
    write_latency_s: float
    leakage_w: float

    def __post_init__(self) -> None:
        check_fields(
            self,
            {
                "capacity_bytes": (1, 2**40),
                "word_bits": (1, 2**16),
                "area_m2": (1e-15, 1.0, "1 mm^2 is written 1e-6"),
                "read_energy_j": (0.0, 1e-3, "10 pJ is written 10e-12"),
                "write_energy_j": (0.0, 1e-3, "10 pJ is written 10e-12"),
                "read_latency_s": (0.0, 1.0, "1 ns is written 1e-9"),
                "write_latency_s": (0.0, 1.0, "1 ns is written 1e-9"),
                "leakage_w": (0.0, 1e3),
            },
        )


def at_capacities(
    arrays: Sequence[OwnArray], capacity_bytes: NDArray[np.int64], word_bits: int
) -> Array:
    """The six figures of arrays of these capacities, as one bank each. Shape `(n, 6)`. [bytes]"""
    known = sorted(arrays, key=lambda one: one.capacity_bytes)
    sizes = np.log([one.capacity_bytes for one in known])
    asked = np.log(np.asarray(capacity_bytes, dtype=float))
    beyond = asked - np.clip(asked, sizes[0], sizes[-1])
    result = np.empty((len(asked), len(FIGURES)))
    for place, name in enumerate(FIGURES):
        values = np.array([getattr(one, name) for one in known], dtype=float)
        if name.endswith("_energy_j"):
            values *= word_bits / np.array([one.word_bits for one in known])
        logarithms = np.log(np.maximum(values, LEAST))
        found = np.interp(asked, sizes, logarithms) + GROWTH[place] * beyond
        result[:, place] = np.where(values.max() > 0.0, np.exp(found), 0.0)
    return result


def of_region(
    arrays: Sequence[OwnArray],
    capacity_bytes: NDArray[np.int64],
    banks: NDArray[np.int64],
    word_bits: int,
) -> Array:
    """The six figures of regions, and how long a read and a write occupy a bank. `(n, 8)`.

    Areas and leakages of banks add; an access takes the wires of the whole region, and occupies
    one bank (`assumed`, as of arrays of ours).
    """
    whole = at_capacities(arrays, capacity_bytes, word_bits)
    each = at_capacities(arrays, np.maximum(capacity_bytes // banks, 1), word_bits)
    result = np.concatenate([whole, each[:, 3:5]], axis=1)
    result[:, 0], result[:, 5] = banks * each[:, 0], banks * each[:, 5]
    return result
