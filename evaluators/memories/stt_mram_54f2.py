"""NVSim's conservative STT-RAM cell: 54 F^2, fixed write; for comparison only."""

from typing import Final

from evaluators.memories.technology import FixedWrite, Technology

TECHNOLOGY: Final = Technology(
    name="stt_mram_54f2",
    family="stt_mram",
    cell_area_f2=54.0,
    fixed_write=FixedWrite(energy_j=1e-12, pulse_width_s=10e-9),
    source="NVSim's 54 F^2 cell: 1 pJ a bit, 10 ns",
)
