"""One STT-MRAM cell: a perpendicular magnetic tunnel junction and its access transistor.

Source of the equations: W. H. Butler et al., IEEE Trans. Magn. 48 (2012) 4684 (critical current,
thermal stability); J. Z. Sun, Phys. Rev. B 62 (2000) 570 (macrospin). Constants: CODATA 2018.
"""

from dataclasses import dataclass
from typing import Final, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluators import plugins
from evaluators.checks import STRICT, check_fields, check_range
from evaluators.device.measured import MeasuredCell, read_measured_cell

Array = NDArray[np.float64]

BOLTZMANN_J_PER_K: Final = 1.380649e-23  # CODATA 2018, exact
ELEMENTARY_CHARGE_C: Final = 1.602176634e-19  # CODATA 2018, exact
REDUCED_PLANCK_J_S: Final = 1.054571817e-34  # CODATA 2018
GYROMAGNETIC_RATIO_RAD_PER_S_T: Final = 1.76085963e11  # CODATA 2018, electron
REFERENCE_TEMPERATURE_K: Final = 300.0
"""Temperature at which magnetisation and anisotropy field of a cell are given."""

AREA_AT_MINIMUM_F2: Final = 34.5  # NVSim's STT-RAM cell sized for 40.8 uA
AREA_PER_WIDTH_F2: Final = 5.57  # slope through NVSim's 34.5 F^2 and 54 F^2 cells
MINIMUM_WIDTH_F: Final = 4.5  # transistor width of the 34.5 F^2 cell
DRIVE_CURRENT_A_PER_M: Final = 430.0  # 430 uA/um, access transistor; assumed beyond NVSim's cells


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Parameters of a cell. Magnetic ones hold at 300 K and follow Bloch's law elsewhere.

    `transistor_*_ohm` is the resistance in series while writing in that direction; parallel to
    antiparallel is the hard one. `overdrive_spread` is the relative standard deviation of the
    overdrive from cell to cell. Endurance: N = reference (V_ref / V_MTJ)^exponent (t_ref / t).
    """

    __pydantic_config__ = STRICT

    name: str
    diameter_m: float
    free_layer_thickness_m: float
    saturation_magnetization_a_per_m: float
    anisotropy_field_t: float
    damping: float
    resistance_area_ohm_m2: float
    tmr_ratio: float
    tmr_half_voltage_v: float
    transistor_p_to_ap_ohm: float
    transistor_ap_to_p_ohm: float
    curie_temperature_k: float
    overdrive_spread: float
    margin_voltage_v: float
    margin_pulse_width_s: float
    read_voltage_v: float = 0.08
    read_pulse_width_s: float = 5e-9
    endurance_writes: float = 1e12
    endurance_exponent: float = 10.0
    source: str = "assumed"

    def __post_init__(self) -> None:
        check_fields(
            self,
            {
                "diameter_m": (5e-9, 200e-9, "45 nm is written 45e-9"),
                "free_layer_thickness_m": (0.2e-9, 20e-9, "1.3 nm is written 1.3e-9"),
                "saturation_magnetization_a_per_m": (1e4, 5e6),
                "anisotropy_field_t": (0.01, 5.0),
                "damping": (1e-4, 1.0),
                "resistance_area_ohm_m2": (1e-13, 1e-9, "6 ohm um^2 is written 6e-12"),
                "tmr_ratio": (0.05, 10.0, "150 % is written 1.5"),
                "tmr_half_voltage_v": (0.05, 5.0),
                "transistor_p_to_ap_ohm": (0.0, 1e6),
                "transistor_ap_to_p_ohm": (0.0, 1e6),
                "curie_temperature_k": (460.0, 3000.0),
                "overdrive_spread": (0.0, 0.2, "5 % is written 0.05"),
                "margin_voltage_v": (0.05, 3.0),
                "margin_pulse_width_s": (1e-10, 1e-6, "10 ns is written 10e-9"),
                "read_voltage_v": (0.0, 1.0),
                "read_pulse_width_s": (1e-10, 1e-6, "5 ns is written 5e-9"),
                "endurance_writes": (1.0, 1e30),
                "endurance_exponent": (0.0, 100.0),
            },
        )

    @property
    def area_m2(self) -> float:
        """Area of the junction. [m^2]"""
        return float(np.pi / 4.0 * self.diameter_m**2)

    @property
    def resistance_p_ohm(self) -> float:
        """Resistance of the parallel state. [ohm]"""
        return self.resistance_area_ohm_m2 / self.area_m2

    @property
    def spin_torque_efficiency(self) -> float:
        """eta = P / (1 + P^2), with the polarisation P of Julliere's relation. [-]"""
        polarisation_squared = self.tmr_ratio / (2.0 + self.tmr_ratio)
        return float(np.sqrt(polarisation_squared) / (1.0 + polarisation_squared))

    def bloch(self, temperature_k: float) -> float:
        """Magnetisation relative to its value at 300 K, by Bloch's law. [-]"""
        check_range("temperature_k", temperature_k, 200.0, 450.0)
        law = 1.0 - (temperature_k / self.curie_temperature_k) ** 1.5
        return float(law / (1.0 - (REFERENCE_TEMPERATURE_K / self.curie_temperature_k) ** 1.5))

    def energy_barrier_j(self, temperature_k: float) -> float:
        """Barrier between the two states. [J]"""
        volume_m3 = self.area_m2 * self.free_layer_thickness_m
        energy_density = self.anisotropy_field_t * self.saturation_magnetization_a_per_m
        return 0.5 * energy_density * volume_m3 * self.bloch(temperature_k) ** 2

    def thermal_stability(self, temperature_k: float) -> float:
        """Delta, the barrier over k_B T. [-]"""
        return self.energy_barrier_j(temperature_k) / (BOLTZMANN_J_PER_K * temperature_k)

    def reduced_time_s(self, temperature_k: float) -> float:
        """tau_D, the time scale of the switching. [s]"""
        field_t = self.anisotropy_field_t * self.bloch(temperature_k)
        rate = self.damping * GYROMAGNETIC_RATIO_RAD_PER_S_T * field_t
        return (1.0 + self.damping**2) / rate

    def critical_current_a(self, temperature_k: float) -> float:
        """I_c0 of the parallel state. [A]"""
        torque = 4.0 * ELEMENTARY_CHARGE_C * self.damping * self.energy_barrier_j(temperature_k)
        return torque / (REDUCED_PLANCK_J_S * self.spin_torque_efficiency)

    def critical_voltage_v(self, temperature_k: float) -> float:
        """V_c0 across the junction, the same for both directions. [V]"""
        return self.critical_current_a(temperature_k) * self.resistance_p_ohm

    def resistance_ap_ohm(self, junction_voltage_v: ArrayLike) -> Array:
        """Resistance of the antiparallel state, which falls with the voltage across it. [ohm]"""
        fall = 1.0 + (np.asarray(junction_voltage_v, dtype=float) / self.tmr_half_voltage_v) ** 2
        result: Array = self.resistance_p_ohm * (1.0 + self.tmr_ratio / fall)
        return result


AnyCell = Cell | MeasuredCell


@overload
def cell(name: Cell) -> Cell: ...
@overload
def cell(name: str) -> AnyCell: ...
def cell(name: str | Cell) -> AnyCell:
    """The cell called `name`; a cell of the study file is itself.

    `package.module:CELL` is the user's own; a path that ends in .csv holds measurements.

    Raises:
        UnknownNameError: no such cell; names the known ones and the nearest.
        ValueError: a file of measurements that cannot be read.
    """
    if isinstance(name, Cell):
        return name
    if name.endswith(".csv"):
        return read_measured_cell(name)
    found = plugins.CELL.load(name)
    if not isinstance(found, Cell | MeasuredCell):
        raise plugins.UnknownNameError(f"cell {name!r} must be an evaluators.device.Cell")
    return found


def cell_area_f2(cell: AnyCell, *, voltage_v: ArrayLike, node_nm: ArrayLike) -> Array:
    """Area of a memory cell whose transistor carries the current of the highest write voltage.

    Linear in transistor width through NVSim's two STT-RAM cells; `assumed` beyond them.

    Args:
        cell: the cell.
        voltage_v: highest write voltage of the plan. Shape `(n,)`. [V]
        node_nm: feature size F. [nm]

    Returns:
        Area in squared feature sizes, shape `(n,)`; never below 34.5. [F^2]

    Raises:
        ValueError: a measured cell, whose current is not known.
    """
    if isinstance(cell, MeasuredCell):
        raise ValueError(
            f"`scenario.memory.cell_area_f2` must be given for the measured cell {cell.name!r}, "
            f"as its current is not known, got nothing"
        )
    check_range("voltage_v", voltage_v, 0.05, 3.0, "1.1 V is written 1.1")
    current_a = np.asarray(voltage_v, dtype=float) / (
        cell.resistance_p_ohm + cell.transistor_p_to_ap_ohm
    )
    feature_m = np.asarray(node_nm, dtype=float) * 1e-9
    width_f = current_a / DRIVE_CURRENT_A_PER_M / feature_m
    area = AREA_AT_MINIMUM_F2 + AREA_PER_WIDTH_F2 * (width_f - MINIMUM_WIDTH_F)
    return np.maximum(area, AREA_AT_MINIMUM_F2)
