"""Circuit of a write: voltages across the junction, and powers.

Equations: docs/physics.md, "Circuit".
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from evaluators.device.cell import Cell

Array = NDArray[np.float64]


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
    # V_MTJ = V_w R / (R + R_T); the parallel resistance does not depend on it.
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
    # Convergence is quadratic: five steps reach rounding from a tenth off.
    for _ in range(5):
        fall = 1.0 / (1.0 + junction * junction / half_squared)
        resistance = parallel * (1.0 + cell.tmr_ratio * fall)
        # dR/dv of R_P (1 + TMR0 / (1 + (v/V_h)^2)).
        slope = -2.0 * parallel * cell.tmr_ratio * fall * fall * junction / half_squared
        residual = junction * (resistance + series_ohm) - volts * resistance
        junction = junction - residual / (resistance + series_ohm + (junction - volts) * slope)
    return junction
