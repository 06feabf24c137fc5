"""Arrays of cells: area, energy, latency and leakage."""

from evaluators.memories.arrays import ArrayCost, array_cost, small_sram_cost
from evaluators.memories.dram import Dram, dram
from evaluators.memories.technology import FixedWrite, Technology, technology

__all__ = [
    "ArrayCost",
    "Dram",
    "FixedWrite",
    "Technology",
    "array_cost",
    "dram",
    "small_sram_cost",
    "technology",
]
