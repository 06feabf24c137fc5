"""SRAM with the cell area of real 22 nm processes."""

from typing import Final

from evaluators.memories.technology import Technology

TECHNOLOGY: Final = Technology(
    name="sram_silicon",
    family="sram",
    cell_area_f2=206.6,  # 0.100 um2 at 22 nm, the middle of the published 0.092-0.108 um2
    source="published 22 nm high-density and high-performance cells, 0.092-0.108 um2",
)
