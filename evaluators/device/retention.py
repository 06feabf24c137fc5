"""How long a cell keeps its bit, whether a read disturbs it, and how many writes it endures."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluators.checks import check_range
from evaluators.device.escape import OVERDRIVE_RANGE, passage_rate
from evaluators.device.interface import AnyCell
from evaluators.device.measured import MEASURED_ENDURANCE_WRITES

if TYPE_CHECKING:
    from evaluators.device.cell import Cell

__all__ = [
    "MEASURED_ENDURANCE_WRITES",
    "endurance_writes",
    "lifetime_s",
    "read_at",
    "read_disturb_probability",
    "retention_time_s",
    "switching_rate_per_s",
]

Array = NDArray[np.float64]


def switching_rate_per_s(
    cell: "Cell", *, junction_voltage_v: ArrayLike, temperature_k: float
) -> Array:
    """Rate of thermal switching of the mean cell below the critical current. [1/s]

    By the mean first passage time, as Kramers' closed form is 2 % high at Delta 50, i = 0, and
    40 % at Delta 22, i = 0.6. The linear exponent Delta (1-i) of some compact models is six
    decades optimistic at i = 0.5.

    Args:
        cell: the cell.
        junction_voltage_v: across the junction, towards switching. Shape `(n,)`. [V]
        temperature_k: of the cell. [K]

    Returns:
        Rate, shape `(n,)`. [1/s]

    Raises:
        ValueError: at the critical voltage and more, where no barrier is left.

    Source: docs/physics.md, "Retention, read disturb"; `evaluators.device.escape`.
    """
    critical = cell.critical_voltage_v(temperature_k)
    check_range("junction_voltage_v", junction_voltage_v, 0.0, OVERDRIVE_RANGE[1] * critical,
                "escape is told below the critical voltage")  # fmt: skip
    i = np.asarray(junction_voltage_v, dtype=float) / critical
    # Gamma = 1 / T of the mean first passage time.
    rate = passage_rate(i, cell.thermal_stability(temperature_k))
    result: Array = rate / cell.reduced_time_s(temperature_k)
    return result


def retention_time_s(cell: "Cell", *, temperature_k: float) -> float:
    """Mean time until an idle cell loses its bit. [s]"""
    return float(
        1.0 / switching_rate_per_s(cell, junction_voltage_v=0.0, temperature_k=temperature_k)
    )


def read_disturb_probability(cell: "Cell", *, temperature_k: float) -> float:
    """Probability that one read at the cell's read condition switches the mean cell. [-]

    Only the state that the read current pushes away from is disturbed: see `read_direction`.
    """
    rate = switching_rate_per_s(
        cell, junction_voltage_v=cell.read_voltage_v, temperature_k=temperature_k
    )
    return float(-np.expm1(-rate * cell.read_pulse_width_s))


def read_at(cell: "Cell", *, read_voltage_v: float) -> "Cell":
    """The cell read at another voltage: a lower one needs a longer sense, ~ 1/voltage (`assumed`).

    Args:
        cell: the cell, whose own read sets the product of voltage and time.
        read_voltage_v: across the junction. [V]

    Raises:
        ValueError: a voltage out of range, or a sense time that follows from it.
    """
    check_range("read_voltage_v", read_voltage_v, 1e-3, 1.0, "80 mV is written 0.08")
    # t_read = t_ref V_ref / V_read: the sense amplifier collects the same charge.
    sense_s = cell.read_pulse_width_s * cell.read_voltage_v / read_voltage_v
    return replace(cell, read_voltage_v=read_voltage_v, read_pulse_width_s=sense_s)


def endurance_writes(cell: AnyCell, *, voltage_v: ArrayLike, pulse_width_s: ArrayLike) -> Array:
    """Writes until breakdown: N_ref (V_ref / V)^n (t_ref / t), `assumed`. [-]

    The reference is the cell's margined write; both voltages are across the same parallel
    junction in series with the same transistor, so their ratio is that of the write voltages.

    Args:
        cell: the cell.
        voltage_v: write voltage. Shape `(n,)`. [V]
        pulse_width_s: duration. Shape `(n,)`. [s]

    Returns:
        Writes, shape `(n,)`. [-]
    """
    check_range("voltage_v", voltage_v, 0.05, 3.0, "1.1 V is written 1.1")
    check_range("pulse_width_s", pulse_width_s, 1e-10, 1e-6, "4 ns is written 4e-9")
    return cell.endurance_at(voltage_v=voltage_v, pulse_width_s=pulse_width_s)


def lifetime_s(endurance: ArrayLike, writes_per_cell_per_s: ArrayLike) -> Array:
    """Time until the endurance is used up, with perfect wear levelling (`assumed`). [s]"""
    rate = np.asarray(writes_per_cell_per_s, dtype=float)
    check_range("writes_per_cell_per_s", rate, 0.0, 1e15)
    with np.errstate(divide="ignore"):
        return np.asarray(np.asarray(endurance, dtype=float) / rate)
