"""Arrays of cells: area, energy, latency and leakage."""

from evaluators.memories.arrays import (
    MAT_BYTES,
    ROADMAPS,
    SMALLEST_MAT_BYTES,
    ArrayCost,
    array_cost,
    small_sram_cost,
)
from evaluators.memories.dram import dram
from evaluators.memories.options import BitShares, MemoryOptions
from evaluators.memories.technology import FixedWrite, Technology, technology

__all__ = [
    "MAT_BYTES",
    "ROADMAPS",
    "SMALLEST_MAT_BYTES",
    "ArrayCost",
    "BitShares",
    "FixedWrite",
    "MemoryOptions",
    "Technology",
    "array_cost",
    "dram",
    "small_sram_cost",
    "technology",
]
