"""What one data kind's region of each design is and takes."""

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Members = NDArray[np.intp]

BY_MEMORY: Final = ("read_s", "write_s", "spared_w")
"""Figures of a region's own memory and of the SRAM beside it, apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionCost:
    """Figures of one data kind's region for `n` designs; of one access of a word of data.

    `read_s` and `write_s` are how long an access keeps the region busy, all banks at work: a bank
    serves one access at a time, and is busy for the access of its mat and the pulse. `leakage_w`
    is what the region leaks while all of it works, `spared_w` what sleep saves of that. Busy times
    and `spared_w` have two rows, `(2, n)`: the region's own memory and the SRAM beside it, which
    work at the same time. `cell_write_energy_j` is the cells' part of `write_energy_j`.
    `refresh_words` are what a refresh reads and writes, 0 where cells hold long enough, and
    `work_s` is how long a step goes on from one refresh to the next.
    `read_latency_s` and `write_latency_s` are of one access of the region's own memory, wires and
    pulse included.

    The figures `buffer_*` are those of the SRAM in front of the region, 0 without one; `area_m2`
    and `leakage_w` hold the buffer's as well.
    """

    area_m2: Array
    read_energy_j: Array
    write_energy_j: Array
    cell_write_energy_j: Array
    read_s: Array
    write_s: Array
    read_latency_s: Array
    write_latency_s: Array
    leakage_w: Array
    spared_w: Array
    endurance_writes: Array
    refresh_words: Array
    work_s: Array
    buffer_read_j: Array
    buffer_write_j: Array
    buffer_read_s: Array
    buffer_write_s: Array
    buffer_spared_w: Array
    buffer_area_m2: Array
    buffer_leakage_w: Array

    @property
    def refresh_j(self) -> Array:
        """Energy of a refresh of the region. [J]"""
        result: Array = self.refresh_words * (self.read_energy_j + self.write_energy_j)
        return result

    @property
    def refresh_s(self) -> Array:
        """How long a refresh keeps the region busy. [s]"""
        result: Array = self.refresh_words * (self.read_s[0] + self.write_s[0])
        return result

    def at(self, designs: slice | Members) -> "RegionCost":
        """The figures of some of the designs, in any order and number."""
        return RegionCost(**{f.name: getattr(self, f.name)[..., designs] for f in fields(self)})
