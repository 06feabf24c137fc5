"""One STT-MRAM cell: a perpendicular magnetic tunnel junction and its access transistor.

Source of the equations: W. H. Butler et al., IEEE Trans. Magn. 48 (2012) 4684 (critical current,
thermal stability); J. Z. Sun, Phys. Rev. B 62 (2000) 570 (macrospin). Constants: CODATA 2018.
"""

from dataclasses import dataclass, fields
from typing import Final, Literal, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluators import plugins
from evaluators.checks import STRICT, check_choice, check_fields, check_range
from evaluators.design import WriteCondition
from evaluators.device.decay import Decay, modelled_decay
from evaluators.device.figures import modelled_figures
from evaluators.device.interface import AnyCell, Range
from evaluators.device.measured import read_measured_cell
from evaluators.device.schemes import SINGLE, WriteScheme
from evaluators.device.write import (
    WORD_BITS,
    WriteCost,
    modelled_cost,
    modelled_energy_j,
    modelled_nominal,
)

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
    overdrive from cell to cell, `stability_spread` that of the thermal stability. `read_direction`
    is where a read's current pushes the bit. Endurance: N = reference (V_ref / V_MTJ)^exponent
    (t_ref / t).
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
    stability_spread: float = 0.05  # assumed, as for the overdrive
    read_direction: Literal["to_zero", "to_one"] = "to_zero"  # parallelizing: Kawahara et al.,
    # IEEE J. Solid-State Circuits 43 (2008) 109
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
                "stability_spread": (0.0, 0.2, "5 % is written 0.05"),
            },
        )
        check_choice("read_direction", self.read_direction, ("to_zero", "to_one"))

    @property
    def area_m2(self) -> float:
        """Area of the junction. [m^2]"""
        return float(np.pi / 4.0 * self.diameter_m**2)

    @property
    def resistance_p_ohm(self) -> float:
        """Resistance of the parallel state. [ohm]"""
        # R_P = RA / A (physics.md, "Circuit").
        return self.resistance_area_ohm_m2 / self.area_m2

    @property
    def spin_torque_efficiency(self) -> float:
        """eta = P / (1 + P^2), with the polarisation P of Julliere's relation. [-]"""
        # P = sqrt(TMR0 / (2 + TMR0)), Julliere; eta = P / (1 + P^2).
        polarisation_squared = self.tmr_ratio / (2.0 + self.tmr_ratio)
        return float(np.sqrt(polarisation_squared) / (1.0 + polarisation_squared))

    def bloch(self, temperature_k: float) -> float:
        """Magnetisation relative to its value at 300 K, by Bloch's law. [-]"""
        check_range("temperature_k", temperature_k, 200.0, 450.0)
        # Ms(T) ~ 1 - (T/Tc)^1.5, relative to the 300 K that the parameters hold at.
        law = 1.0 - (temperature_k / self.curie_temperature_k) ** 1.5
        return float(law / (1.0 - (REFERENCE_TEMPERATURE_K / self.curie_temperature_k) ** 1.5))

    def energy_barrier_j(self, temperature_k: float) -> float:
        """Barrier between the two states. [J]"""
        # E_b = mu0 Hk Ms A t_fl / 2; Ms and Hk both follow Bloch, hence the square.
        volume_m3 = self.area_m2 * self.free_layer_thickness_m
        energy_density = self.anisotropy_field_t * self.saturation_magnetization_a_per_m
        return 0.5 * energy_density * volume_m3 * self.bloch(temperature_k) ** 2

    def thermal_stability(self, temperature_k: float) -> float:
        """Delta, the barrier over k_B T. [-]"""
        return self.energy_barrier_j(temperature_k) / (BOLTZMANN_J_PER_K * temperature_k)

    def reduced_time_s(self, temperature_k: float) -> float:
        """tau_D, the time scale of the switching. [s]"""
        # tau_D = (1 + alpha^2) / (alpha gamma mu0 Hk).
        field_t = self.anisotropy_field_t * self.bloch(temperature_k)
        rate = self.damping * GYROMAGNETIC_RATIO_RAD_PER_S_T * field_t
        return (1.0 + self.damping**2) / rate

    def critical_current_a(self, temperature_k: float) -> float:
        """I_c0 of the parallel state. [A]"""
        # I_c0 = 4 e alpha E_b / (hbar eta).
        torque = 4.0 * ELEMENTARY_CHARGE_C * self.damping * self.energy_barrier_j(temperature_k)
        return torque / (REDUCED_PLANCK_J_S * self.spin_torque_efficiency)

    def critical_voltage_v(self, temperature_k: float) -> float:
        """V_c0 across the junction, the same for both directions. [V]"""
        # V_c0 = I_c0 R_P: the area cancels, so the diameter does not move it.
        return self.critical_current_a(temperature_k) * self.resistance_p_ohm

    def resistance_ap_ohm(self, junction_voltage_v: ArrayLike) -> Array:
        """Resistance of the antiparallel state, which falls with the voltage across it. [ohm]"""
        # R_AP(V) = R_P (1 + TMR0 / (1 + (V/V_h)^2)).
        fall = 1.0 + (np.asarray(junction_voltage_v, dtype=float) / self.tmr_half_voltage_v) ** 2
        result: Array = self.resistance_p_ohm * (1.0 + self.tmr_ratio / fall)
        return result

    @property
    def knows_current(self) -> bool:
        """The circuit tells it."""
        return True

    @property
    def margin_write(self) -> WriteCondition:
        """The margined write that energies are also compared with."""
        return WriteCondition(
            voltage_v=self.margin_voltage_v, pulse_width_s=self.margin_pulse_width_s
        )

    @property
    def parameters(self) -> dict[str, float]:
        """Numbers of the model by field."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if not isinstance(value, str)}

    @property
    def endurance_law(self) -> str:
        """The law of endurance in words."""
        return (
            f"{self.endurance_writes:.0e} margined ones, growing as voltage^-"
            f"{self.endurance_exponent:g} and with shorter pulses"
        )

    def write_cost(
        self,
        *,
        voltage_v: ArrayLike,
        pulse_width_s: ArrayLike,
        temperature_k: float,
        overdrive_spread: float | None = None,
        scheme: WriteScheme = SINGLE,
        word_bits: int = WORD_BITS,
    ) -> WriteCost:
        """See `evaluators.device.write_cost`. [-]"""
        return modelled_cost(
            self,
            voltage_v=voltage_v,
            pulse_width_s=pulse_width_s,
            temperature_k=temperature_k,
            overdrive_spread=overdrive_spread,
            scheme=scheme,
            word_bits=word_bits,
        )

    def write_energy_j(
        self,
        *,
        voltage_v: ArrayLike,
        pulse_width_s: ArrayLike,
        temperature_k: float,
        ones_share: float = 0.5,
        changed_share: float = 0.5,
        scheme: WriteScheme = SINGLE,
    ) -> Array:
        """See `evaluators.device.write.write_energy_j`. [J]"""
        return modelled_energy_j(
            self,
            voltage_v=voltage_v,
            pulse_width_s=pulse_width_s,
            temperature_k=temperature_k,
            ones_share=ones_share,
            changed_share=changed_share,
            scheme=scheme,
        )

    def nominal_write(self, *, write_corner_k: float = 300.0) -> WriteCondition:
        """See `evaluators.device.nominal_write`."""
        return modelled_nominal(self, write_corner_k=write_corner_k)

    def write_range(
        self,
        *,
        temperature_k: float,
        lowest_overdrive: float = 1.5,
        highest_voltage_v: float | None = None,
        pulse_widths_s: Range = (1e-9, 20e-9),
    ) -> tuple[Range, Range]:
        """Voltages and pulses of interest, as asked; see `AnyCell.write_range`. [V], [s]"""
        critical = self.critical_voltage_v(temperature_k)
        highest_v = 5.0 * critical if highest_voltage_v is None else highest_voltage_v
        return (lowest_overdrive * critical, highest_v), pulse_widths_s

    def write_current_a(self, voltage_v: ArrayLike) -> Array:
        """Highest current of a write, through the parallel state. Shape of the argument. [A]"""
        series = self.resistance_p_ohm + self.transistor_p_to_ap_ohm
        return np.asarray(np.asarray(voltage_v, dtype=float) / series)

    def area_f2(self, *, voltage_v: ArrayLike, node_nm: ArrayLike) -> Array:
        """See `evaluators.device.cell_area_f2`. [F^2]"""
        feature_m = np.asarray(node_nm, dtype=float) * 1e-9
        # w = I_P / (430 uA/um), in feature sizes; then the line through NVSim's two cells.
        width_f = self.write_current_a(voltage_v) / DRIVE_CURRENT_A_PER_M / feature_m
        area = AREA_AT_MINIMUM_F2 + AREA_PER_WIDTH_F2 * (width_f - MINIMUM_WIDTH_F)
        return np.maximum(area, AREA_AT_MINIMUM_F2)

    def endurance_at(self, *, voltage_v: ArrayLike, pulse_width_s: ArrayLike) -> Array:
        """See `evaluators.device.endurance_writes`. [-]"""
        # N = N_ref (V_ref / V)^n (t_ref / t).
        stress = self.margin_voltage_v / np.asarray(voltage_v, dtype=float)
        time = self.margin_pulse_width_s / np.asarray(pulse_width_s, dtype=float)
        return np.asarray(self.endurance_writes * stress**self.endurance_exponent * time)

    def decay(
        self,
        *,
        hold_time_s: float,
        reads_per_value: float,
        temperature_k: float,
        stability_spread: float | None = None,
    ) -> Decay:
        """See `evaluators.device.decay`. [-]"""
        return modelled_decay(
            self,
            hold_time_s=hold_time_s,
            reads_per_value=reads_per_value,
            temperature_k=temperature_k,
            stability_spread=stability_spread,
        )

    def figures(self, temperature_k: float) -> dict[str, float]:
        """Derived quantities by name with unit, at one temperature where none is named."""
        return modelled_figures(self, temperature_k)


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
    if isinstance(found, Cell):  # asked thousands of times: a protocol looks at every method
        return found
    if not isinstance(found, AnyCell):
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
    check_range("voltage_v", voltage_v, 0.05, 3.0, "1.1 V is written 1.1")
    return cell.area_f2(voltage_v=voltage_v, node_nm=node_nm)
