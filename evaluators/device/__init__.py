"""One STT-MRAM cell: parameters, write errors, write energy, retention."""

from evaluators.device.cell import Cell, cell, cell_area_f2
from evaluators.device.write import (
    WriteCost,
    margin_write,
    nominal_write,
    write_cost,
    write_energy_j,
)
from evaluators.device.write_error_table import write_error_rate

__all__ = [
    "Cell",
    "WriteCost",
    "cell",
    "cell_area_f2",
    "margin_write",
    "nominal_write",
    "write_cost",
    "write_energy_j",
    "write_error_rate",
]
