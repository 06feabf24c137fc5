"""Circuit of a write: voltages across the junction, powers, and the time until a bit switches.

Equations: docs/physics.md, "Circuit" and "Energy of a written bit".
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from evaluators.device.write_error_table import (
    OVERDRIVE_RANGE,
    REDUCED_PULSE_RANGE,
    horizon,
    mean_write_error_rate,
    write_error_rate,
)

if TYPE_CHECKING:
    from evaluators.device.cell import Cell

Array = NDArray[np.float64]

TIME_NODES: Final = 64
"""Gauss and Legendre nodes of a mean switching time: within 1e-4 of a converged one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Junctions:
    """One write by state: voltages across the junction and powers from the supply. `(n,)`.

    *Hard* is towards antiparallel (AP), *easy* towards parallel (P). [V], [W], overdrives [-]
    """

    p_hard_v: Array
    ap_hard_v: Array
    ap_easy_v: Array
    p_hard_w: Array
    ap_hard_w: Array
    ap_easy_w: Array
    p_easy_w: Array
    hard_overdrive: Array
    easy_overdrive: Array


def junctions(cell: "Cell", volts: Array, temperature_k: float) -> Junctions:
    """The circuit at each write voltage.

    Args:
        cell: the cell.
        volts: across junction and transistor. Shape `(n,)`. [V]
        temperature_k: of the cell, for its critical voltage. [K]
    """
    parallel, series_hard = cell.resistance_p_ohm, cell.transistor_p_to_ap_ohm
    series_easy = cell.transistor_ap_to_p_ohm
    critical = cell.critical_voltage_v(temperature_k)
    p_hard_v = volts * (parallel / (parallel + series_hard))
    ap_hard_v = _junction_ap(cell, volts, series_hard)
    ap_easy_v = _junction_ap(cell, volts, series_easy)
    return Junctions(
        p_hard_v=p_hard_v,
        ap_hard_v=ap_hard_v,
        ap_easy_v=ap_easy_v,
        p_hard_w=volts**2 / (parallel + series_hard),
        ap_hard_w=volts * ap_hard_v / cell.resistance_ap_ohm(ap_hard_v),
        ap_easy_w=volts * ap_easy_v / cell.resistance_ap_ohm(ap_easy_v),
        p_easy_w=volts**2 / (parallel + series_easy),
        hard_overdrive=p_hard_v / critical,
        easy_overdrive=ap_easy_v / critical,
    )


def _junction_ap(cell: "Cell", volts: Array, series_ohm: float) -> Array:
    """Voltage across an antiparallel junction, whose resistance depends on it. [V]

    Newton's method on v (R(v) + R_T) = V R(v), from a guess that is within a tenth.
    """
    parallel, half_squared = cell.resistance_p_ohm, cell.tmr_half_voltage_v**2
    share = (1.0 + cell.tmr_ratio) * parallel
    junction = volts * (share / (share + series_ohm))
    for _ in range(5):
        fall = 1.0 / (1.0 + junction * junction / half_squared)
        resistance = parallel * (1.0 + cell.tmr_ratio * fall)
        slope = -2.0 * parallel * cell.tmr_ratio * fall * fall * junction / half_squared
        residual = junction * (resistance + series_ohm) - volts * resistance
        junction = junction - residual / (resistance + series_ohm + (junction - volts) * slope)
    return junction


def median_tau(stability: float, overdrive: Array) -> Array:
    """Reduced time at which half of the cells have switched. [-]"""
    known, medians = _medians(stability)
    return np.exp(np.interp(overdrive, known, medians))


@lru_cache(maxsize=64)
def _medians(stability: float) -> tuple[Array, Array]:
    """ln of the median switching time over overdrive, by bisection in the table."""
    overdrives = np.linspace(*OVERDRIVE_RANGE, 1201)
    low = np.full(overdrives.shape, -6.0)
    high = np.full(overdrives.shape, np.log(REDUCED_PULSE_RANGE[1]))
    for _ in range(40):
        middle = 0.5 * (low + high)
        alive = write_error_rate(overdrives, np.exp(middle), thermal_stability=stability) > 0.5
        low, high = np.where(alive, middle, low), np.where(alive, high, middle)
    return overdrives, high


def mean_switching_tau(
    overdrive: Array, tau: Array, *, thermal_stability: float, spread: float
) -> Array:
    """Mean over bits and cells of the time to switch, at most the pulse: E[min(t_sw, t)] / tau_D.

    The write error rate is the tail of the switching time: this is its integral up to the pulse.

    Args:
        overdrive: i. Shape `(n,)`. [-]
        tau: reduced pulse width. Shape `(n,)`. [-]
        thermal_stability: Delta. [-]
        spread: relative standard deviation of the overdrive from cell to cell. [-]
    """
    overdrive, tau = np.broadcast_arrays(overdrive, tau)
    nodes, weights = np.polynomial.legendre.leggauss(TIME_NODES)
    knee = np.minimum(tau, horizon(overdrive))
    result = np.zeros(tau.shape)
    # In two pieces, as a long pulse would leave few nodes for the fall around the median.
    for start, end in ((np.zeros(tau.shape), knee), (knee, tau)):
        if not (end > start).any():
            continue
        times = start[..., None] + 0.5 * (end - start)[..., None] * (1.0 + nodes)
        i = np.broadcast_to(overdrive[..., None], times.shape)
        alive = mean_write_error_rate(i, times, thermal_stability=thermal_stability, spread=spread)
        result += 0.5 * (end - start) * (alive @ weights)
    return result
