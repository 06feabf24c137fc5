"""How long a cell keeps its bit, whether a read disturbs it, and how many writes it endures."""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluators.checks import check_range
from evaluators.device.cell import AnyCell, Cell
from evaluators.device.measured import MeasuredCell

Array = NDArray[np.float64]

MEASURED_ENDURANCE_WRITES: Final = 1e12
"""Endurance of a cell whose write has no voltage law (measured, or fixed); assumed."""


def switching_rate_per_s(
    cell: Cell, *, junction_voltage_v: ArrayLike, temperature_k: float
) -> Array:
    """Kramers' rate of thermal switching below the critical current. [1/s]

    tau_D Gamma = sqrt(Delta/pi) (1-i) (1-i^2) exp(-Delta (1-i)^2). The linear exponent Delta (1-i)
    of some compact models is six decades optimistic at i = 0.5.

    Args:
        cell: the cell.
        junction_voltage_v: across the junction, towards switching. Shape `(n,)`. [V]
        temperature_k: of the cell. [K]

    Raises:
        ValueError: at 90 % of the critical voltage and more, where the barrier is no longer high.

    Source: H. A. Kramers, Physica 7 (1940) 284; W. F. Brown, Phys. Rev. 130 (1963) 1677.
    """
    critical = cell.critical_voltage_v(temperature_k)
    check_range("junction_voltage_v", junction_voltage_v, 0.0, 0.9 * critical,
                "Kramers' rate holds below the critical voltage")  # fmt: skip
    i = np.asarray(junction_voltage_v, dtype=float) / critical
    stability = cell.thermal_stability(temperature_k)
    prefactor = np.sqrt(stability / np.pi) * (1.0 - i) * (1.0 - i**2)
    result: Array = prefactor * np.exp(-stability * (1.0 - i) ** 2)
    return result / cell.reduced_time_s(temperature_k)


def retention_time_s(cell: Cell, *, temperature_k: float) -> float:
    """Mean time until an idle cell loses its bit. [s]"""
    return float(
        1.0 / switching_rate_per_s(cell, junction_voltage_v=0.0, temperature_k=temperature_k)
    )


def read_disturb_probability(cell: Cell, *, temperature_k: float) -> float:
    """Probability that one read at the cell's read condition switches it. [-]"""
    rate = switching_rate_per_s(
        cell, junction_voltage_v=cell.read_voltage_v, temperature_k=temperature_k
    )
    return float(-np.expm1(-rate * cell.read_pulse_width_s))


def endurance_writes(cell: AnyCell, *, voltage_v: ArrayLike, pulse_width_s: ArrayLike) -> Array:
    """Writes until breakdown: N_ref (V_ref / V)^n (t_ref / t), `assumed`. [-]

    The reference is the cell's margined write; both voltages are across the same parallel
    junction in series with the same transistor, so their ratio is that of the write voltages.
    """
    check_range("voltage_v", voltage_v, 0.05, 3.0, "1.1 V is written 1.1")
    check_range("pulse_width_s", pulse_width_s, 1e-10, 1e-6, "4 ns is written 4e-9")
    if isinstance(cell, MeasuredCell):
        return np.full(np.broadcast_shapes(np.shape(voltage_v), np.shape(pulse_width_s)),
                       MEASURED_ENDURANCE_WRITES)  # fmt: skip
    stress = cell.margin_voltage_v / np.asarray(voltage_v, dtype=float)
    time = cell.margin_pulse_width_s / np.asarray(pulse_width_s, dtype=float)
    return np.asarray(cell.endurance_writes * stress**cell.endurance_exponent * time)


def lifetime_s(endurance: ArrayLike, writes_per_cell_per_s: ArrayLike) -> Array:
    """Time until the endurance is used up, with perfect wear levelling (`assumed`). [s]"""
    rate = np.asarray(writes_per_cell_per_s, dtype=float)
    check_range("writes_per_cell_per_s", rate, 0.0, 1e15)
    with np.errstate(divide="ignore"):
        return np.asarray(np.asarray(endurance, dtype=float) / rate)
