"""Arrays of cells: area, energy, latency and leakage."""

from evaluators.memories.arrays import (
    MAT_BYTES,
    ROADMAPS,
    SMALLEST_MAT_BYTES,
    ArrayCost,
    array_cost,
    small_sram_cost,
)
from evaluators.memories.dram import Dram, dram
from evaluators.memories.options import SRAM_CELL_F2, BitShares, MemoryOptions
from evaluators.memories.technology import FixedWrite, Technology, technology

__all__ = [
    "MAT_BYTES",
    "ROADMAPS",
    "SMALLEST_MAT_BYTES",
    "SRAM_CELL_F2",
    "ArrayCost",
    "BitShares",
    "Dram",
    "FixedWrite",
    "MemoryOptions",
    "Technology",
    "array_cost",
    "dram",
    "small_sram_cost",
    "technology",
]
