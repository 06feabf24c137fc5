"""A cell over its diameter: retention given up for write energy and density."""

from dataclasses import dataclass, replace
from typing import Final

from evaluators.device.cell import Cell, cell_area_f2
from evaluators.device.decay import decay
from evaluators.device.retention import read_disturb_probability
from evaluators.device.schemes import WriteScheme
from evaluators.device.write import nominal_write, write_energy_j

DIAMETERS_M: Final = (33e-9, 36e-9, 38e-9, 41e-9, 45e-9)
CORNER_K: Final = 300.0
HOLD_CORNER_K: Final = 350.0
HOLD_TIME_S: Final = 20e-3
NODE_NM: Final = 22
TERMINATED: Final = WriteScheme(kind="terminated")


@dataclass(frozen=True, slots=True, kw_only=True)
class SizedCell:
    """A cell of one diameter, written error-free in one pulse, or in one that ends by itself.

    `lost_probability` is that a bit held for `HOLD_TIME_S` at `HOLD_CORNER_K` reads flipped,
    `disturb_probability` that one read flips the mean cell there. Area at `NODE_NM`.
    """

    diameter_m: float
    thermal_stability: float
    nominal_energy_j: float
    terminated_energy_j: float
    area_f2: float
    lost_probability: float
    disturb_probability: float


def by_diameter(cell: Cell, diameters_m: tuple[float, ...] = DIAMETERS_M) -> list[SizedCell]:
    """The cell at each of some diameters of its junction. [m]

    Raises:
        ValueError: a diameter at which the model does not reach the cell.
    """
    return [_sized(replace(cell, diameter_m=diameter_m)) for diameter_m in diameters_m]


def _sized(cell: Cell) -> SizedCell:
    write = nominal_write(cell, write_corner_k=CORNER_K)
    single_j, terminated_j = (
        float(
            write_energy_j(
                cell,
                voltage_v=write.voltage_v,
                pulse_width_s=write.pulse_width_s,
                temperature_k=CORNER_K,
                scheme=scheme,
            )
        )
        for scheme in (WriteScheme(), TERMINATED)
    )
    held = decay(cell, hold_time_s=HOLD_TIME_S, reads_per_value=0.0, temperature_k=HOLD_CORNER_K)
    return SizedCell(
        diameter_m=cell.diameter_m,
        thermal_stability=cell.thermal_stability(HOLD_CORNER_K),
        nominal_energy_j=single_j,
        terminated_energy_j=terminated_j,
        area_f2=float(cell_area_f2(cell, voltage_v=write.voltage_v, node_nm=NODE_NM)),
        lost_probability=held.to_one,
        disturb_probability=read_disturb_probability(cell, temperature_k=HOLD_CORNER_K),
    )
