"""Write error rate by table look-up: the Fokker-Planck solution, built once and kept on disk.

The table holds ln(-ln WER + OFFSET) over overdrive, time scaled by `horizon(overdrive)`, and the
square root of the thermal stability, along all three of which it is smooth. Beyond the horizon
only the slowest mode is left, which decays exponentially: -ln WER grows linearly there.
"""

import hashlib
import io
import os
import sys
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluators.checks import check_range
from evaluators.device.fokker_planck import survival

if TYPE_CHECKING:
    from scipy.interpolate import RectBivariateSpline

Array = NDArray[np.float64]

VERSION: Final = 2
"""Grows when the table would come out differently."""

STABILITY_NODES: Final = np.array([28.0, 38.0, 56.0, 78.0, 94.0])
OVERDRIVES: Final = np.concatenate(
    [
        np.arange(0.0, 0.55, 0.1),
        np.arange(0.6, 1.475, 0.05),  # dense where the critical current bends every curve
        np.arange(1.5, 2.15, 0.1),
        np.arange(2.2, 3.9, 0.2),
        np.arange(4.0, 6.1, 0.4),
        np.array([6.6, 7.2, 8.0, 9.0, 10.0, 11.0, 12.0]),
    ]
)
TIMES: Final = np.linspace(0.0, 1.0, 121)
CELLS: Final = np.where(OVERDRIVES < 1.95, 300, np.where(OVERDRIVES < 6.3, 500, 800))
"""The faster the switching, the narrower the front that the mesh must resolve."""
STEPS_BETWEEN: Final = 4
OFFSET: Final = 1e-9

FINE_OVERDRIVES: Final = 601
FINE_TIMES: Final = 241
SPREAD_NODES: Final = {0.085: 24, 0.2: 96}
"""Gauss-Hermite nodes of the mean over cells, by the spread up to which they are exact: the wider
it is, the steeper the error rate is from node to node."""

STABILITY_RANGE: Final = (30.0, 90.0)
OVERDRIVE_RANGE: Final = (0.0, 12.0)
"""Where the overdrive differs by 12 % from cell to cell, an error-free write needs 6 and more."""

REDUCED_PULSE_RANGE: Final = (0.0, 1000.0)


def write_error_rate(
    overdrive: ArrayLike, reduced_pulse_width: ArrayLike, *, thermal_stability: float
) -> Array:
    r"""Probability that a write pulse fails to switch a perpendicular free layer.

    Interpolates the tabulated Fokker-Planck solution; holds below and above the critical current.

    Args:
        overdrive: ``i = V_MTJ / V_c0``, in [0, 12]. Any shape. [-]
        reduced_pulse_width: ``t / tau_D``, in [0, 1000]. Shape that broadcasts with it. [-]
        thermal_stability: ``Delta``, energy barrier over ``k_B T``, in [30, 90]. [-]

    Returns:
        Error probability in [0, 1]; falls as either argument grows. [-]

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
    beyond = tau > horizon(i)
    if beyond.any():
        result = np.array(result)
        result[beyond] = _quadrature(i[beyond], tau[beyond], float(thermal_stability), spread)
    return result


def _quadrature(overdrive: Array, tau: Array, thermal_stability: float, spread: float) -> Array:
    """Gauss-Hermite mean over the overdrive. Shape of the arguments."""
    count = next(count for limit, count in SPREAD_NODES.items() if spread <= limit)
    nodes, weights = np.polynomial.hermite_e.hermegauss(count)
    each = np.clip(overdrive[..., None] * (1.0 + spread * nodes), *OVERDRIVE_RANGE)
    rates = np.exp(
        -_exponent(each, np.broadcast_to(tau[..., None], each.shape), thermal_stability)
    )
    result: Array = rates @ (weights / weights.sum())
    return result


def _exponent(
    overdrive: Array, tau: Array, thermal_stability: float, spread: float = 0.0
) -> Array:
    """-ln WER."""
    from scipy.ndimage import map_coordinates

    coefficients = _uniform(thermal_stability, spread)
    scaled = tau / horizon(overdrive)
    row = overdrive * ((FINE_OVERDRIVES - 1) / OVERDRIVE_RANGE[1])
    column = np.minimum(scaled, 1.0) * (FINE_TIMES - 1)
    place = np.stack([row.ravel(), column.ravel()])
    found = map_coordinates(coefficients, place, order=3, prefilter=False, mode="mirror")
    inside = np.exp(found).reshape(scaled.shape) - OFFSET
    beyond = scaled > 1.0
    if beyond.any():
        slope = (inside + OFFSET) * _spline(thermal_stability).ev(overdrive, 1.0, dy=1)
        inside = inside + np.where(beyond, slope * (scaled - 1.0), 0.0)
    result: Array = np.where(tau > 0.0, np.maximum(inside, 0.0), 0.0)
    return result


@lru_cache(maxsize=64)
def _uniform(thermal_stability: float, spread: float) -> Array:
    """Cubic spline coefficients on a fine uniform grid: a look-up is one call of SciPy's."""
    from scipy.ndimage import spline_filter

    overdrives = np.linspace(*OVERDRIVE_RANGE, FINE_OVERDRIVES)
    times = np.linspace(0.0, 1.0, FINE_TIMES)
    if spread == 0.0:
        values = _spline(thermal_stability)(overdrives, times)
    else:
        i, share = np.meshgrid(overdrives, times, indexing="ij")
        mean = _quadrature(i, share * horizon(i), thermal_stability, spread)
        values = np.log(-np.log(np.minimum(mean, 1.0)) + OFFSET)
    result: Array = spline_filter(values, order=3, mode="mirror")
    return result


@lru_cache(maxsize=64)
def _spline(thermal_stability: float) -> "RectBivariateSpline":
    """The table at one thermal stability, by Lagrange interpolation over its nodes."""
    from scipy.interpolate import RectBivariateSpline

    nodes, at = np.sqrt(STABILITY_NODES), np.sqrt(thermal_stability)
    weights = [
        np.prod((at - np.delete(nodes, k)) / (nodes[k] - np.delete(nodes, k)))
        for k in range(len(nodes))
    ]
    return RectBivariateSpline(OVERDRIVES, TIMES, np.tensordot(weights, _table(), axes=1), s=0)


@lru_cache(maxsize=1)
def _table() -> Array:
    """From disk, or built and put there. Shape `(stabilities, overdrives, times)`."""
    file = cache_folder() / f"write_error_table_{VERSION}.npz"
    found = _read(file)
    if found is None:
        found = build_table()
        _write(file, found)
    return found


def build_table() -> Array:
    """Solve every curve of the table. Shape `(stabilities, overdrives, times)`."""
    table = np.empty((len(STABILITY_NODES), len(OVERDRIVES), len(TIMES)))
    for row, thermal_stability in enumerate(STABILITY_NODES):
        for column, overdrive in enumerate(OVERDRIVES):
            left = survival(
                float(overdrive),
                TIMES * horizon(overdrive),
                thermal_stability=float(thermal_stability),
                cells=int(CELLS[column]),
                steps_between=STEPS_BETWEEN,
            )
            table[row, column] = np.log(-np.log(np.minimum(left, 1.0)) + OFFSET)
    return table


def cache_folder() -> Path:
    """Where tables are kept: the platform's cache folder of the user."""
    if os.environ.get("XDG_CACHE_HOME"):
        base = Path(os.environ["XDG_CACHE_HOME"])
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path.home() / ".cache"
    return base / "mram-dse"


def _read(file: Path) -> Array | None:
    """The table of a sound file of this version; None where there is none."""
    try:
        with np.load(io.BytesIO(file.read_bytes()), allow_pickle=False) as stored:
            table: Array = stored["table"]
            digest = str(stored["sha256"])
    except (OSError, ValueError, KeyError, EOFError):
        return None
    except Exception as error:
        if type(error).__name__ == "BadZipFile":
            return None
        raise
    expected = (len(STABILITY_NODES), len(OVERDRIVES), len(TIMES))
    sound = table.shape == expected and _digest(table) == digest
    return table if sound else None


def _write(file: Path, table: Array) -> None:
    """Keep the table: written beside and renamed, so two processes may do it at once."""
    buffer = io.BytesIO()
    np.savez(buffer, table=table, sha256=np.array(_digest(table)))
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        with os.fdopen(handle, "wb") as stream:
            stream.write(buffer.getvalue())
        os.replace(temporary, file)
    except OSError:
        return  # A cache that cannot be written costs a few seconds at the next start, no more.


def _digest(table: Array) -> str:
    """Digest of the numbers and of the grid that they stand on."""
    grid = (STABILITY_NODES, OVERDRIVES, TIMES, CELLS, np.array([VERSION, STEPS_BETWEEN, OFFSET]))
    content = b"".join(
        np.ascontiguousarray(part, dtype=float).tobytes() for part in (*grid, table)
    )
    return hashlib.sha256(content).hexdigest()
