r"""Escape of a stored bit over its barrier: retention without current, read disturb with one.

The mean first passage time from x = +1 to an absorbing end b beyond the barrier is exact for the
Fokker-Planck equation of `evaluators.device.fokker_planck`, with phi(x) = 2 Delta (i x - x^2/2):

    T / tau_D = 2 Delta int_b^1 exp(phi(y)) / (1 - y^2) int_y^1 exp(-phi(z)) dz dy
    tau_D Gamma = 1 / T

Source: H. A. Kramers, Physica 7 (1940) 284, and L. S. Pontryagin et al., Zh. Eksp. Teor. Fiz. 3
(1933) 165, for the passage time; W. F. Brown, Phys. Rev. 130 (1963) 1677, for the equation.
"""

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluators.checks import check_range

Array = NDArray[np.float64]

ABSORBING_END: Final = -0.6
"""b: far beyond the barrier at x = i >= 0, so that hardly a cell returns from there. [-]"""

QUADRATURE_NODES: Final = 96
"""Gauss and Legendre: the rate is exact to 1e-10 up to a stability of 90."""

STABILITY_RANGE: Final = (12.0, 90.0)
OVERDRIVE_RANGE: Final = (0.0, 0.999)


def escape_rate(*, overdrive: ArrayLike, thermal_stability: ArrayLike) -> Array:
    r"""Rate at which stored bits flip below the critical current, per tau_D.

    Args:
        overdrive: ``i = V_MTJ / V_c0`` towards the flip, in [0, 0.999]; 0 is retention. Any
            shape. [-]
        thermal_stability: ``Delta``, in [12, 90]. Shape that broadcasts with it. [-]

    Returns:
        ``tau_D Gamma``; grows with the overdrive, falls with the stability. [-]

    Raises:
        ValueError: outside these ranges, with the range.

    Source: docs/physics.md, "Retention, read disturb"; mean first passage time.
    """
    check_range("overdrive", overdrive, *OVERDRIVE_RANGE,
                "above the critical current ask write_error_rate")  # fmt: skip
    check_range("thermal_stability", thermal_stability, *STABILITY_RANGE)
    return passage_rate(overdrive, thermal_stability)


def passage_rate(overdrive: ArrayLike, thermal_stability: ArrayLike) -> Array:
    """As `escape_rate`, for any stability above 0: the weakest cells of a spread, too. [-]"""
    from scipy.special import dawsn

    i, stability = np.broadcast_arrays(
        np.asarray(overdrive, dtype=float), np.asarray(thermal_stability, dtype=float)
    )
    # The integrand is smooth, of width 1 / sqrt(2 Delta) around y = i: Gauss converges fast.
    nodes, weights = _gauss()
    half = 0.5 * (1.0 - ABSORBING_END)
    y = ABSORBING_END + half * (1.0 + nodes)
    i, stability = i[..., None], stability[..., None]
    root = np.sqrt(stability)
    # The inner integral in closed form: int exp(Delta u^2) du = exp(Delta u^2) D(sqrt(Delta) u)
    # / sqrt(Delta), D Dawson's function; its lower end cancels exp(phi(y)).
    top = np.exp(stability * ((1.0 - i) ** 2 - (y - i) ** 2)) * dawsn(root * (1.0 - i))
    inner = (top - dawsn(root * (y - i))) / (1.0 - y**2)
    # 2 Delta / sqrt(Delta) is left of both prefactors.
    time = 2.0 * root[..., 0] * half * (inner @ weights)
    result: Array = 1.0 / time
    return result


@lru_cache(maxsize=1)
def _gauss() -> tuple[Array, Array]:
    """Nodes and weights of the quadrature, which take longer to find than to use."""
    return np.polynomial.legendre.leggauss(QUADRATURE_NODES)


def equilibrium_share(overdrive: ArrayLike, thermal_stability: ArrayLike) -> Array:
    """Probability of the starting side, x > 0, after endless time under a current. [-]

    The density is then exp(Delta (x^2 - 2 i x)), whose integral is Dawson's function again.

    Args:
        overdrive: i. Any shape. [-]
        thermal_stability: Delta. Shape that broadcasts with it. [-]
    """
    from scipy.special import dawsn

    i = np.asarray(overdrive, dtype=float)
    stability = np.asarray(thermal_stability, dtype=float)

    def part(x: float) -> Array:
        # Relative to its value at x = -1, the highest, so that nothing overflows.
        weight = np.exp(stability * ((x - i) ** 2 - (1.0 + i) ** 2))
        result: Array = weight * dawsn(np.sqrt(stability) * (x - i))
        return result

    result: Array = (part(1.0) - part(0.0)) / (part(1.0) - part(-1.0))
    return result
