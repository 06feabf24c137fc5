"""What is known of one training step of a design: energy, time and area."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evaluators.design import DataKind

Array = NDArray[np.float64]

COMPONENTS: Final = (
    "mac_j",
    *(f"{kind}_{access}_j" for kind in DataKind for access in ("read", "write")),
    "accumulator_j",
    "dram_j",
    "leakage_j",
)
BOUNDS: Final = ("compute", "dram", "scratchpad")


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyReport:
    """One training step of one design. The components add up to `energy_j`.

    `write_energy_j` is the part of the scratchpad's writes that the cells take (without
    periphery); `leakage_energy_j` repeats `leakage_j`. `scratchpad_energy_j` are the regions'
    accesses and leakage. The passes' times add up to `time_s`; within a pass computation, DRAM and
    scratchpad overlap, and their own times are sums over the passes. `bound` names the one that
    sets most of the time. `writes_per_cell` is a step's mean in the most written region,
    `lifetime_s` until the first region wears out. `utilization` is the share of the array's
    multiply-accumulates in `time_s` that the products need. `dram_j` holds DRAM's background
    power. Fields with a default are 0 where a store of an
    earlier version did not know them.
    """

    mac_j: float
    activation_read_j: float
    activation_write_j: float
    weight_read_j: float
    weight_write_j: float
    error_read_j: float
    error_write_j: float
    accumulator_j: float
    dram_j: float
    leakage_j: float
    energy_j: float
    write_energy_j: float
    leakage_energy_j: float
    scratchpad_energy_j: float
    time_s: float
    compute_time_s: float
    dram_time_s: float
    scratchpad_time_s: float
    bound: str
    area_m2: float
    memory_area_m2: float
    activation_area_m2: float
    weight_area_m2: float
    error_area_m2: float
    dram_bytes: float
    writes_per_cell: float
    lifetime_s: float
    forward_time_s: float = 0.0
    input_gradient_time_s: float = 0.0
    weight_gradient_time_s: float = 0.0
    update_time_s: float = 0.0
    energy_delay_js: float = 0.0
    average_power_w: float = 0.0
    utilization: float = 0.0

    @property
    def memory_energy_j(self) -> float:
        """Scratchpad and DRAM: what is left without MACs, accumulator and the array's leakage."""
        return self.scratchpad_energy_j + self.dram_j

    def components(self) -> dict[str, float]:
        """Energy by component. [J]"""
        return {name.removesuffix("_j"): getattr(self, name) for name in COMPONENTS}


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyBatch:
    """The reports of `n` designs: one array a field, `bound` as an index into `BOUNDS`."""

    columns: dict[str, Array]

    def __len__(self) -> int:
        return len(self.columns["energy_j"])

    def __getitem__(self, name: str) -> Array:
        return self.columns[name]

    def row(self, place: int) -> EnergyReport:
        """The report of one design. [-]"""
        values = {name: float(column[place]) for name, column in self.columns.items()}
        bound = BOUNDS[int(values.pop("bound"))]
        return EnergyReport(bound=bound, **values)
