"""STT-MRAM with the cell area of real 22 nm macros, written at the region's condition."""

from typing import Final

from evaluators.memories.technology import Technology

TECHNOLOGY: Final = Technology(
    name="stt_mram_silicon",
    family="stt_mram",
    cell_area_f2=97.3,  # 0.0471 um2 at 22 nm, the middle of the published 0.0456-0.0486 um2
    source="published 22 nm embedded macros, 0.0456-0.0486 um2",
)
