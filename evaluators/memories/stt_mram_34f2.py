"""NVSim's aggressive STT-RAM cell: 34.5 F^2, fixed write; for comparison only."""

from typing import Final

from evaluators.memories.technology import FixedWrite, Technology

TECHNOLOGY: Final = Technology(
    name="stt_mram_34f2",
    family="stt_mram",
    cell_area_f2=34.5,
    fixed_write=FixedWrite(energy_j=0.252e-12, pulse_width_s=5e-9),
    source="NVSim's 34.5 F^2 cell: 0.252 pJ a bit, 5 ns",
)
