"""STT-MRAM written at the region's condition; its cell is as large as its write current asks."""

from typing import Final

from evaluators.memories.technology import Technology

TECHNOLOGY: Final = Technology(
    name="stt_mram",
    family="stt_mram",
    cell_area_f2=None,
    source="NVSim's STT-RAM arrays; cell area from the write current (evaluators.device)",
)
