"""Write error rate by table look-up: the Fokker-Planck solution, built once and kept on disk.

The table holds ln(-ln WER + OFFSET) over overdrive, time scaled by `horizon(overdrive)`, and the
square root of the thermal stability, along all three of which it is smooth. Beyond the horizon
only the slowest mode is left, which decays exponentially towards the equilibrium of both sides.

Stability and overdrive are cut into two panels each, which share the nodes where they meet: so
the interpolation is continuous, and a further panel leaves what others give as it was.
"""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluators.checks import check_range
from evaluators.device.escape import equilibrium_share
from evaluators.device.fokker_planck import survival_curves
from evaluators.device.table_file import cache_folder, read_table, write_table

if TYPE_CHECKING:
    from scipy.interpolate import RectBivariateSpline

Array = NDArray[np.float64]

VERSION: Final = 2
"""Grows when the table would come out differently."""

STABILITY_NODES: Final = np.array([11.0, 15.0, 20.0, 28.0, 38.0, 56.0, 78.0, 94.0])
STABILITY_BREAK: Final = 3
"""Node at which the panels of stability meet: below it a cell may reach equilibrium."""

OVERDRIVES: Final = np.concatenate(
    [
        np.arange(0.0, 0.55, 0.1),
        np.arange(0.6, 1.475, 0.05),  # dense where the critical current bends every curve
        np.arange(1.5, 2.15, 0.1),
        np.arange(2.2, 3.9, 0.2),
        np.arange(4.0, 6.1, 0.4),
        np.array([6.8, 7.8, 9.0, 10.4, 12.0]),
    ]
)
OVERDRIVE_BREAK: Final = int(np.flatnonzero(OVERDRIVES < 6.1)[-1])
"""Node at which the panels of overdrive meet."""

TIMES: Final = np.linspace(0.0, 1.0, 121)
CELLS: Final = np.select([OVERDRIVES < 1.95, OVERDRIVES < 6.1], [300, 500], 800)
"""The faster the switching, the narrower the front that the mesh must resolve."""
STEPS_BETWEEN: Final = 4
OFFSET: Final = 1e-9

FINE_TIMES: Final = 241
MOST_KEPT: Final = 64
"""Files of means over cells, of up to 1 MB each: a search over diameters asks for few."""
NORMAL_SPREAD: Final = 0.08
SPREAD_NODES: Final = 24
WIDE_SPREAD_NODES: Final = 65
"""Nodes of the mean over cells: of Gauss and Hermite up to `NORMAL_SPREAD`; above it, where slow
cells fail always and the curve has a knee, evenly over eight deviations."""

STABILITY_RANGE: Final = (12.0, 90.0)
OVERDRIVE_RANGE: Final = (0.0, 12.0)
REDUCED_PULSE_RANGE: Final = (0.0, 1000.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A range of overdrives with its nodes in the table and its fine uniform grid."""

    low: float
    high: float
    first: int
    last: int
    fine: int


PANELS: Final = (
    Panel(low=0.0, high=6.0, first=0, last=OVERDRIVE_BREAK, fine=301),
    Panel(low=6.0, high=12.0, first=OVERDRIVE_BREAK, last=len(OVERDRIVES) - 1, fine=121),
)


def write_error_rate(
    overdrive: ArrayLike, reduced_pulse_width: ArrayLike, *, thermal_stability: float
) -> Array:
    r"""Probability that a write pulse fails to switch a perpendicular free layer.

    Interpolates the tabulated Fokker-Planck solution; holds below and above the critical current.

    Args:
        overdrive: ``i = V_MTJ / V_c0``, in [0, 12]. Any shape. [-]
        reduced_pulse_width: ``t / tau_D``, in [0, 1000]. Shape that broadcasts with it. [-]
        thermal_stability: ``Delta``, energy barrier over ``k_B T``, in [12, 90]. [-]

    Returns:
        Error probability in [0, 1]; falls as either argument grows, but for ripples of 1e-6 where
        nearly all writes fail. [-]

    Raises:
        ValueError: outside the table, with the range.

    Source: Butler et al., IEEE Trans. Magn. 48 (2012) 4684, equation of motion; solved in
    `evaluators.device.fokker_planck`. Interpolation is within 0.005 decade for WER >= 1e-12.
    """
    check_range("overdrive", overdrive, *OVERDRIVE_RANGE)
    check_range("reduced_pulse_width", reduced_pulse_width, *REDUCED_PULSE_RANGE)
    check_range("thermal_stability", thermal_stability, *STABILITY_RANGE)
    i, tau = np.broadcast_arrays(
        np.asarray(overdrive, dtype=float), np.asarray(reduced_pulse_width, dtype=float)
    )
    return np.exp(-_exponent(i, tau, float(thermal_stability)))


def horizon(overdrive: Array) -> Array:
    """Time up to which the table reaches, smooth in overdrive: -ln WER is about 45 there. [-]"""
    # A smooth maximum of i - 1 and 0: slow below the critical current, ~ 1 / (2 (i - 1)) above.
    excess = 0.5 * ((overdrive - 1.0) + np.hypot(overdrive - 1.0, 0.3))
    result: Array = 24.0 / (excess + 0.3)
    return result


def mean_write_error_rate(
    overdrive: Array, reduced_pulse_width: Array, *, thermal_stability: float, spread: float
) -> Array:
    """Write error rate, mean over cells whose overdrive is normal with a relative deviation.

    Within the horizon by a table of its own, beyond it by quadrature. Arguments and result as in
    `write_error_rate`; `spread` in [0, 0.2]. [-]
    """
    if spread == 0.0:
        return write_error_rate(
            overdrive, reduced_pulse_width, thermal_stability=thermal_stability
        )
    check_range("overdrive", overdrive, *OVERDRIVE_RANGE)
    check_range("reduced_pulse_width", reduced_pulse_width, *REDUCED_PULSE_RANGE)
    check_range("thermal_stability", thermal_stability, *STABILITY_RANGE)
    i, tau = np.broadcast_arrays(overdrive, reduced_pulse_width)
    result = np.exp(-_exponent(i, tau, float(thermal_stability), spread))
    # The mean of exponentials is none: no single slope continues it.
    beyond = tau > horizon(i)
    if beyond.any():
        result = np.array(result)
        result[beyond] = _quadrature(i[beyond], tau[beyond], float(thermal_stability), spread)
    return result


@lru_cache(maxsize=64)
def cells_of_spread(spread: float) -> tuple[Array, Array]:
    """Deviations of cells from the mean, in standard deviations, and their shares. `(m,)`. [-]"""
    if spread <= NORMAL_SPREAD:
        nodes, weights = np.polynomial.hermite_e.hermegauss(SPREAD_NODES)
    else:
        nodes = np.linspace(-8.0, 8.0, WIDE_SPREAD_NODES)
        weights = np.exp(-0.5 * nodes**2)
    weights = weights / weights.sum()
    for shared in (nodes, weights):
        shared.flags.writeable = False
    return nodes, weights


def _quadrature(overdrive: Array, tau: Array, thermal_stability: float, spread: float) -> Array:
    """Mean over the cells' overdrives. Shape of the arguments."""
    nodes, weights = cells_of_spread(spread)
    each = np.clip(overdrive[..., None] * (1.0 + spread * nodes), *OVERDRIVE_RANGE)
    rates = np.exp(
        -_exponent(each, np.broadcast_to(tau[..., None], each.shape), thermal_stability)
    )
    result: Array = rates @ weights
    return result


def _exponent(
    overdrive: Array, tau: Array, thermal_stability: float, spread: float = 0.0
) -> Array:
    """-ln WER."""
    inside = overdrive <= PANELS[0].high
    if inside.all():
        return _panel_exponent(PANELS[0], overdrive, tau, thermal_stability, spread)
    result = np.empty(overdrive.shape)
    for panel, members in zip(PANELS, (inside, ~inside), strict=True):
        result[members] = _panel_exponent(
            panel, overdrive[members], tau[members], thermal_stability, spread
        )
    return result


def _panel_exponent(
    panel: Panel, overdrive: Array, tau: Array, thermal_stability: float, spread: float
) -> Array:
    """-ln WER of overdrives within one panel."""
    from scipy.ndimage import map_coordinates

    coefficients = _uniform(panel, thermal_stability, spread)
    scaled = tau / horizon(overdrive)
    row = (overdrive - panel.low) * ((panel.fine - 1) / (panel.high - panel.low))
    column = np.minimum(scaled, 1.0) * (FINE_TIMES - 1)
    place = np.stack([row.ravel(), column.ravel()])
    found = map_coordinates(coefficients, place, order=3, prefilter=False, mode="mirror")
    inside = np.exp(found).reshape(scaled.shape) - OFFSET
    beyond = scaled > 1.0
    if beyond.any():
        # d exp(u) / d s = exp(u) u' for the tabulated u = ln(-ln WER + OFFSET).
        slope = (inside + OFFSET) * _spline(panel, thermal_stability).ev(overdrive, 1.0, dy=1)
        later = np.where(beyond, scaled - 1.0, 0.0)
        if thermal_stability < STABILITY_NODES[STABILITY_BREAK]:
            inside = _towards_equilibrium(inside, slope, later, overdrive, thermal_stability)
        else:
            inside = inside + slope * later
    result: Array = np.where(tau > 0.0, np.maximum(inside, 0.0), 0.0)
    return result


def _towards_equilibrium(
    exponent: Array, slope: Array, later: Array, overdrive: Array, thermal_stability: float
) -> Array:
    """-ln WER after `later` more horizons: what is above the equilibrium decays exponentially.

    Above the panel of low stability no cell comes near its equilibrium within the longest pulse.
    """
    # Both sides are populated in the end: exp(Delta (x^2 - 2 i x)).
    rest = equilibrium_share(overdrive, thermal_stability)
    alive = np.exp(-exponent)
    decaying = np.maximum(alive - rest, 1e-3 * alive)
    # d(-ln WER)/d tau = slope at the horizon, so the mode itself decays alive / decaying faster.
    left = rest + decaying * np.exp(-slope * later * alive / decaying)
    result: Array = np.where(later > 0.0, -np.log(left), exponent)
    return result


@lru_cache(maxsize=128)
def _uniform(panel: Panel, thermal_stability: float, spread: float) -> Array:
    """Cubic spline coefficients on a fine uniform grid: a look-up is one call of SciPy's.

    Those of a spread take a second, so they are kept beside the table.
    """
    overdrives = np.linspace(panel.low, panel.high, panel.fine)
    times = np.linspace(0.0, 1.0, FINE_TIMES)
    if spread == 0.0:
        return _filtered(_spline(panel, thermal_stability)(overdrives, times))
    figures = np.array([VERSION, OFFSET, STEPS_BETWEEN, thermal_stability, spread])
    nodes = (STABILITY_NODES, OVERDRIVES, TIMES, CELLS)
    grid = (overdrives, times, figures, *cells_of_spread(spread), *nodes)
    digest = hashlib.sha256(b"".join(part.tobytes() for part in grid)).hexdigest()[:32]
    folder = cache_folder() / "mean_write_errors"
    file = folder / f"{digest}.npz"
    found = read_table(file, grid, (panel.fine, FINE_TIMES))
    if found is None:
        i, share = np.meshgrid(overdrives, times, indexing="ij")
        mean = _quadrature(i, share * horizon(i), thermal_stability, spread)
        found = _filtered(np.log(-np.log(np.minimum(mean, 1.0)) + OFFSET))
        if sum(1 for _ in folder.glob("*.npz")) < MOST_KEPT:
            write_table(file, found, grid)
    return found


def _filtered(values: Array) -> Array:
    from scipy.ndimage import spline_filter

    result: Array = spline_filter(values, order=3, mode="mirror")
    return result


@lru_cache(maxsize=128)
def _spline(panel: Panel, thermal_stability: float) -> "RectBivariateSpline":
    """The table at one thermal stability, by Lagrange interpolation over its panel's nodes."""
    from scipy.interpolate import RectBivariateSpline

    low = thermal_stability < STABILITY_NODES[STABILITY_BREAK]
    rows = slice(0, STABILITY_BREAK + 1) if low else slice(STABILITY_BREAK, None)
    nodes, at = np.sqrt(STABILITY_NODES[rows]), np.sqrt(thermal_stability)
    # Lagrange in sqrt(Delta), along which ln(-ln WER) is nearly a parabola.
    weights = [
        np.prod((at - np.delete(nodes, k)) / (nodes[k] - np.delete(nodes, k)))
        for k in range(len(nodes))
    ]
    columns = slice(panel.first, panel.last + 1)
    values = np.tensordot(weights, _table()[rows], axes=1)[columns]
    return RectBivariateSpline(OVERDRIVES[columns], TIMES, values, s=0)


@lru_cache(maxsize=1)
def _table() -> Array:
    """From disk, or built and put there. Shape `(stabilities, overdrives, times)`."""
    file = cache_folder() / f"write_error_table_{VERSION}.npz"
    grid = (STABILITY_NODES, OVERDRIVES, TIMES, CELLS, np.array([VERSION, STEPS_BETWEEN, OFFSET]))
    found = read_table(file, grid, (len(STABILITY_NODES), len(OVERDRIVES), len(TIMES)))
    if found is None:
        found = build_table()
        write_table(file, found, grid)
    return found


def build_table() -> Array:
    """Solve every curve of the table. Shape `(stabilities, overdrives, times)`. [-]"""
    table = np.empty((len(STABILITY_NODES), len(OVERDRIVES), len(TIMES)))
    times = TIMES * horizon(OVERDRIVES)[:, None]
    for row, thermal_stability in enumerate(STABILITY_NODES):
        for cells in np.unique(CELLS):
            alike = cells == CELLS
            # Curves on one mesh are solved together, as one matrix.
            left = survival_curves(
                OVERDRIVES[alike],
                times[alike],
                thermal_stability=float(thermal_stability),
                cells=int(cells),
                steps_between=STEPS_BETWEEN,
            )
            table[row, alike] = np.log(-np.log(np.minimum(left, 1.0)) + OFFSET)
    return table
