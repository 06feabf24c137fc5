r"""Fokker-Planck equation of a perpendicular free layer under spin torque, and its solver.

In x = cos(theta), with tau = t / tau_D, overdrive i and D = 1 / (2 Delta):

    d rho / d tau = d/dx { (1 - x^2) [ (i - x) rho + D d rho / dx ] }

The magnetisation starts around x = +1 with the half-Boltzmann density exp(-Delta sin^2 theta); the
write error rate is the probability still found at x > 0. One formulation holds below and above the
critical current.

Source: W. H. Butler et al., IEEE Trans. Magn. 48 (2012) 4684, for the equation; solved here by
finite volumes with Scharfetter-Gummel fluxes and TR-BDF2.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

GAMMA: Final = 2.0 - np.sqrt(2.0)
"""Length of TR-BDF2's first stage; this value gives both stages the same matrix. [-]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mesh:
    """Finite volumes between faces uniform in theta. Shapes `(cells + 1,)`, `(cells,)`."""

    faces: Array
    centres: Array
    widths: Array


def mesh(cells: int) -> Mesh:
    """A mesh with a face at x = 0, where the probability is cut. [-]"""
    faces = np.cos(np.linspace(np.pi, 0.0, cells + 1))
    # The cosine of pi / 2 is 6e-17: a volume must not straddle the cut.
    faces[cells // 2] = 0.0
    return Mesh(faces=faces, centres=0.5 * (faces[1:] + faces[:-1]), widths=np.diff(faces))


def survival(
    overdrive: float,
    times: Array,
    *,
    thermal_stability: float,
    cells: int = 400,
    steps_between: int = 4,
) -> Array:
    """Probability not to have switched, at each time.

    Args:
        overdrive: i. [-]
        times: tau, ascending and uniform from 0. Shape `(n,)`. [-]
        thermal_stability: Delta. [-]
        cells: finite volumes; even. [-]
        steps_between: time steps from one time to the next. [-]

    Returns:
        Write error rate at each time, shape `(n,)`. [-]
    """
    curves = survival_curves(
        np.array([overdrive]),
        times[None],
        thermal_stability=thermal_stability,
        cells=cells,
        steps_between=steps_between,
    )
    result: Array = curves[0]
    return result


def survival_curves(
    overdrives: Array,
    times: Array,
    *,
    thermal_stability: float,
    cells: int = 400,
    steps_between: int = 4,
) -> Array:
    """As `survival`, for many overdrives at once.

    Args:
        overdrives: i of each curve. Shape `(k,)`. [-]
        times: tau of each curve, ascending and uniform from 0. Shape `(k, n)`. [-]
        thermal_stability: Delta. [-]
        cells: finite volumes; even.
        steps_between: time steps from one time to the next.

    Returns:
        Write error rate of each curve at each of its times, shape `(k, n)`. [-]
    """
    from scipy.linalg.lapack import dgttrf, dgttrs

    grid = mesh(cells)
    # One tridiagonal matrix holds all curves: the couplings between their blocks are zero.
    operators = [_operator(grid, float(i), thermal_stability) for i in overdrives]
    lower, diagonal, upper = (np.concatenate(rows) for rows in zip(*operators, strict=True))
    steps = (times[:, 1] - times[:, 0]) / steps_between
    stage = np.repeat(0.5 * GAMMA * steps, cells)
    factors = dgttrf(-stage[1:] * lower[1:], 1.0 - stage * diagonal, -stage[:-1] * upper[:-1])[:5]
    # TR-BDF2: a trapezoidal stage of length GAMMA, then the second-order backward formula.
    last, before = 1.0 / (GAMMA * (2.0 - GAMMA)), (1.0 - GAMMA) ** 2 / (GAMMA * (2.0 - GAMMA))
    density = np.tile(_start(grid, thermal_stability), len(overdrives))
    alive = grid.centres > 0.0
    left = np.empty(times.shape)
    left[:, 0] = 1.0
    for place in range(1, times.shape[1]):
        for _ in range(steps_between):
            # Stage 1, trapezoidal: (1 - s L) rho* = (1 + s L) rho.
            explicit = (1.0 + stage * diagonal) * density
            explicit[1:] += stage[1:] * lower[1:] * density[:-1]
            explicit[:-1] += stage[:-1] * upper[:-1] * density[1:]
            middle = dgttrs(*factors, explicit)[0]
            # Stage 2, BDF2 over both stages, with the same matrix.
            density = dgttrs(*factors, last * middle - before * density)[0]
        for row, curve in enumerate(density.reshape(-1, cells)):
            left[row, place] = curve[alive] @ grid.widths[alive]
    return left


def _operator(grid: Mesh, overdrive: float, thermal_stability: float) -> tuple[Array, ...]:
    """Rows of the tridiagonal rate matrix: lower, diagonal and upper. Shapes `(cells,)`."""
    spacing = np.diff(grid.centres)
    inner = grid.faces[1:-1]
    diffusion = 0.5 / thermal_stability
    # Exact potential difference between neighbouring centres: equilibrium stays Boltzmann's.
    drift = -(overdrive * spacing - 0.5 * np.diff(grid.centres**2)) / diffusion
    # Scharfetter-Gummel: exact flux of a constant drift between two centres.
    strength = (1.0 - inner**2) * diffusion / spacing
    rightward = strength * _bernoulli(-drift)
    leftward = strength * _bernoulli(drift)
    lower, diagonal, upper = (np.zeros(len(grid.centres)) for _ in range(3))
    # What leaves one volume enters its neighbour: probability is conserved.
    diagonal[:-1] -= rightward / grid.widths[:-1]
    upper[:-1] = leftward / grid.widths[:-1]
    diagonal[1:] -= leftward / grid.widths[1:]
    lower[1:] = rightward / grid.widths[1:]
    return lower, diagonal, upper


def _bernoulli(z: Array) -> Array:
    """z / (exp(z) - 1), regular at 0."""
    # Below 1e-12 the quotient loses its digits and the series has them all.
    small = np.abs(z) < 1e-12
    safe = np.where(small, 1.0, z)
    result: Array = np.where(small, 1.0 - 0.5 * z, safe / np.expm1(safe))
    return result


def _start(grid: Mesh, thermal_stability: float) -> Array:
    """Half-Boltzmann density around x = +1, normalised on the mesh."""

    # Mean over each cell by Simpson's rule: the density falls fast across the outermost cells.
    def density(x: Array) -> Array:
        result: Array = np.exp(-thermal_stability * (1.0 - x**2))
        return result

    left, right = grid.faces[:-1], grid.faces[1:]
    mean = (density(left) + 4.0 * density(grid.centres) + density(right)) / 6.0
    mean[grid.centres < 0.0] = 0.0
    result: Array = mean / (mean @ grid.widths)
    return result
