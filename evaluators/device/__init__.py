"""One STT-MRAM cell: parameters, write errors, write energy, write schemes, retention."""

from evaluators.device.cell import Cell, cell, cell_area_f2
from evaluators.device.decay import Decay, decay
from evaluators.device.escape import escape_rate
from evaluators.device.interface import AnyCell
from evaluators.device.measured import MeasuredCell
from evaluators.device.retention import endurance_writes, lifetime_s, read_at, retention_time_s
from evaluators.device.schemes import WriteScheme, corrected_error_probability
from evaluators.device.write import WriteCost, nominal_write, write_cost
from evaluators.device.write_error_table import write_error_rate

__all__ = [
    "AnyCell",
    "Cell",
    "Decay",
    "MeasuredCell",
    "WriteCost",
    "WriteScheme",
    "cell",
    "cell_area_f2",
    "corrected_error_probability",
    "decay",
    "endurance_writes",
    "escape_rate",
    "lifetime_s",
    "nominal_write",
    "read_at",
    "retention_time_s",
    "write_cost",
    "write_error_rate",
]
