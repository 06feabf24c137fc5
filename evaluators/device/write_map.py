"""What follows from a cell's parameters: figures, and write errors over voltage and pulse."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evaluators.device import AnyCell, nominal_write, write_cost

Array = NDArray[np.float64]

CORNER_K: Final = 300.0


ERROR_RATES: Final = 10.0 ** -np.arange(2.0, 12.0)


@dataclass(frozen=True, kw_only=True)
class WriteMap:
    """Mean write error rate and energy over voltage and pulse. Maps `(voltages, pulses)`."""

    voltages_v: Array
    pulse_widths_s: Array
    error_rate: Array
    energy_j: Array

    def cheapest(self, error_rate: float) -> tuple[float, float, float] | None:
        """Voltage, pulse and energy of the cheapest write at most so wrong. [V, s, J]"""
        energy = np.where(self.error_rate <= error_rate, self.energy_j, np.inf)
        row, column = np.unravel_index(int(np.argmin(energy)), energy.shape)
        if not np.isfinite(energy[row, column]):
            return None
        best = float(energy[row, column])
        return float(self.voltages_v[row]), float(self.pulse_widths_s[column]), best


def write_map(found: AnyCell, *, temperature_k: float = CORNER_K) -> WriteMap:
    """The cell over its useful range: up to 5 times the critical voltage, or as measured."""
    ends_v, ends_s = found.write_range(temperature_k=temperature_k)
    voltages = np.linspace(ends_v[0], ends_v[1], 401)
    widths = np.geomspace(ends_s[0], ends_s[1], 301)[1:-1]
    cost = write_cost(
        found, voltage_v=voltages[:, None], pulse_width_s=widths[None],
        temperature_k=temperature_k,
    )  # fmt: skip
    return WriteMap(
        voltages_v=voltages,
        pulse_widths_s=widths,
        error_rate=cost.error_probability,
        energy_j=cost.energy_j,
    )


def derived(found: AnyCell) -> dict[str, float]:
    """Derived quantities by name with unit."""
    nominal = nominal_write(found, write_corner_k=CORNER_K)
    figures = {
        "nominal_voltage_v": nominal.voltage_v,
        "nominal_pulse_width_s": nominal.pulse_width_s,
        "nominal_energy_j": _energy_j(found, nominal.voltage_v, nominal.pulse_width_s),
    }
    return {**found.figures(CORNER_K), **figures}


def _energy_j(found: AnyCell, voltage_v: float, pulse_width_s: float) -> float:
    cost = write_cost(
        found, voltage_v=voltage_v, pulse_width_s=pulse_width_s, temperature_k=CORNER_K
    )
    return float(cost.energy_j)
