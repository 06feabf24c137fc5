"""What a modelled cell is worth: its derived quantities by name."""

from typing import TYPE_CHECKING

from evaluators.device.retention import read_disturb_probability, retention_time_s

if TYPE_CHECKING:
    from evaluators.device.cell import Cell


def modelled_figures(cell: "Cell", temperature_k: float) -> dict[str, float]:
    """Derived quantities by name with unit, at one temperature where none is named. [K]"""
    margin = cell.margin_write
    energy_j = cell.write_energy_j(
        voltage_v=margin.voltage_v,
        pulse_width_s=margin.pulse_width_s,
        temperature_k=temperature_k,
    )
    return {
        "thermal_stability_300k": cell.thermal_stability(300.0),
        "thermal_stability_358k": cell.thermal_stability(358.0),
        "reduced_time_s": cell.reduced_time_s(temperature_k),
        "critical_current_a": cell.critical_current_a(temperature_k),
        "critical_voltage_v": cell.critical_voltage_v(temperature_k),
        "resistance_p_ohm": cell.resistance_p_ohm,
        "margin_voltage_v": margin.voltage_v,
        "margin_pulse_width_s": margin.pulse_width_s,
        "margin_energy_j": float(energy_j),
        "retention_300k_s": retention_time_s(cell, temperature_k=300.0),
        "read_disturb_probability": read_disturb_probability(cell, temperature_k=temperature_k),
    }
