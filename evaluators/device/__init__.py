"""One STT-MRAM cell: parameters, write errors, write energy, retention."""

from evaluators.device.cell import Cell, cell, cell_area_f2
from evaluators.device.retention import (
    endurance_writes,
    lifetime_s,
    read_disturb_probability,
    retention_time_s,
)
from evaluators.device.write import (
    WriteCost,
    margin_write,
    nominal_write,
    write_cost,
)
from evaluators.device.write_error_table import write_error_rate

__all__ = [
    "Cell",
    "WriteCost",
    "cell",
    "cell_area_f2",
    "endurance_writes",
    "lifetime_s",
    "margin_write",
    "nominal_write",
    "read_disturb_probability",
    "retention_time_s",
    "write_cost",
    "write_error_rate",
]
