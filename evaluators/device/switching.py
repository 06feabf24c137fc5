"""The time until a bit switches: its median, and its mean up to the end of the pulse.

Equations: docs/physics.md, "Energy of a written bit" and "Write schemes".
"""

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evaluators.device.write_error_table import (
    FINE_TIMES,
    OVERDRIVE_RANGE,
    PANELS,
    REDUCED_PULSE_RANGE,
    Panel,
    horizon,
    mean_write_error_rate,
    write_error_rate,
)

Array = NDArray[np.float64]

MARGIN: Final = 16
"""Columns of the integrals' table beyond the horizon."""

TAIL_NODES: Final = 48
"""Gauss and Legendre nodes of the integral beyond the table's horizon."""

NEGLIGIBLE: Final = 1e-12
"""Write error rate at the horizon below which what follows adds nothing to a mean time."""


def median_tau(stability: float, overdrive: Array) -> Array:
    """Reduced time at which half of the cells have switched. [-]

    Args:
        stability: Delta. [-]
        overdrive: i. Shape `(n,)`. [-]
    """
    # Linear in the logarithm: nodes are 0.01 apart.
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

    Returns:
        Mean reduced time, shape `(n,)`. [-]
    """
    from scipy.ndimage import map_coordinates

    i, tau = np.broadcast_arrays(overdrive, tau)
    reach = horizon(i)
    share = np.empty(i.shape)
    upper = i > PANELS[0].high
    for panel, members in zip(PANELS, (~upper, upper), strict=True):
        if not members.any():
            continue
        row = (i[members] - panel.low) * ((panel.fine - 1) / (panel.high - panel.low))
        # Integral of WER up to s = s minus the integral of 1 - WER.
        within = np.minimum(tau[members] / reach[members], 1.0)
        switched = map_coordinates(
            _switched(panel, thermal_stability, spread),
            np.stack([row, within * (FINE_TIMES - 1)]),
            order=3, prefilter=False, mode="mirror",
        )  # fmt: skip
        share[members] = within - switched
    result: Array = np.asarray(share * reach)
    beyond = tau > reach
    if beyond.any():
        result[beyond] += _tail(i[beyond], tau[beyond], thermal_stability, spread)
    return result


def _tail(overdrive: Array, tau: Array, thermal_stability: float, spread: float) -> Array:
    """Integral of the write error rate from the horizon to the pulse. Shape `(m,)`. [-]"""
    reach = horizon(overdrive)

    def alive(i: Array, times: Array) -> Array:
        return mean_write_error_rate(i, times, thermal_stability=thermal_stability, spread=spread)

    result = np.zeros(tau.shape)
    # Only slow cells have anything left to integrate there.
    late = alive(overdrive, reach) > NEGLIGIBLE
    nodes, weights = _gauss()
    half = 0.5 * (tau - reach)[late]
    times = reach[late][:, None] + half[:, None] * (1.0 + nodes)
    result[late] = half * (alive(overdrive[late][:, None], times) @ weights)
    return result


@lru_cache(maxsize=1)
def _gauss() -> tuple[Array, Array]:
    """Nodes and weights of the tail's quadrature."""
    return np.polynomial.legendre.leggauss(TAIL_NODES)


@lru_cache(maxsize=64)
def _switched(panel: Panel, thermal_stability: float, spread: float) -> Array:
    """Spline coefficients of the integral of 1 - WER, in horizons, over the panel."""
    from scipy.interpolate import CubicSpline
    from scipy.ndimage import spline_filter

    i = np.linspace(panel.low, panel.high, panel.fine)
    # Flat at 0, as no bit has switched there, and continued beyond the horizon: so the mirrored
    # ends of the spline stay out of what is read from it.
    shares = np.arange(FINE_TIMES + MARGIN) / (FINE_TIMES - 1)
    alive = mean_write_error_rate(
        i[:, None], shares * horizon(i)[:, None],
        thermal_stability=thermal_stability, spread=spread,
    )  # fmt: skip
    values = CubicSpline(shares, 1.0 - alive, axis=1).antiderivative()(shares)
    result: Array = spline_filter(values, order=3, mode="mirror")
    return result
