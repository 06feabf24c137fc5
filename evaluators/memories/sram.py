"""Six-transistor SRAM with NVSim's 146 F^2 cell."""

from typing import Final

from evaluators.memories.technology import Technology

TECHNOLOGY: Final = Technology(
    name="sram", family="sram", cell_area_f2=146.0, source="NVSim's SRAM cell, 146 F^2"
)
