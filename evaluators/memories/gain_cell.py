"""Gain cells: three transistors of plain logic that hold a charge and must be refreshed."""

from typing import Final

from evaluators.memories.technology import FixedWrite, Technology

TECHNOLOGY: Final = Technology(
    name="gain_cell",
    # Its own cells hardly leak, so it has a periphery's leakage alone; read like one; assumed
    family="stt_mram",
    cell_area_f2=73.0,  # half of NVSim's SRAM cell: the chip's against 6T of its process
    fixed_write=FixedWrite(
        energy_j=10e-15,  # the charge of a node and its share of the line; assumed
        pulse_width_s=1e-9,  # assumed
    ),
    hold_time_s=77e-6,  # measured at 0.6 V; taken at any temperature, assumed
    source="a 1 Mbit 3T gain-cell macro in 16 nm (Giterman et al., IEEE SSC-L 3 (2020)), "
    "its write assumed",
)
