"""Spin-orbit-torque MRAM: a fast, fixed write through a line of its own; for comparison only."""

from typing import Final

from evaluators.memories.technology import FixedWrite, Technology

TECHNOLOGY: Final = Technology(
    name="sot_mram",
    family="stt_mram",  # it keeps its data and has such periphery; assumed
    cell_area_f2=130.0,  # two transistors, about half of an SRAM cell: arXiv 2303.12310; assumed
    fixed_write=FixedWrite(
        energy_j=0.2e-12,  # imec: below 0.1 pJ in the junction, without drivers; assumed
        pulse_width_s=1.5e-9,  # imec: below 1 ns; assumed
    ),
    source="imec's SOT-MRAM (IEDM 2023; arXiv 2303.12310), its write and area assumed",
)
