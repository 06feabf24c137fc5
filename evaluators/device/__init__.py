"""One STT-MRAM cell: parameters, write errors, write energy, write schemes, retention."""

from evaluators.device.cell import Cell, cell, cell_area_f2
from evaluators.device.escape import escape_rate
from evaluators.device.interface import AnyCell
from evaluators.device.measured import MeasuredCell
from evaluators.device.retention import endurance_writes, retention_time_s
from evaluators.device.write import WriteCost, nominal_write, write_cost
from evaluators.device.write_error_table import write_error_rate

__all__ = [
    "AnyCell",
    "Cell",
    "MeasuredCell",
    "WriteCost",
    "cell",
    "cell_area_f2",
    "endurance_writes",
    "escape_rate",
    "nominal_write",
    "retention_time_s",
    "write_cost",
    "write_error_rate",
]
