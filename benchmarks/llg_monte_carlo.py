"""Independent evidence for the write error rate: stochastic LLG trajectories in three dimensions.

`python benchmarks/llg_monte_carlo.py [--json FILE] [--cells N]` integrates the stochastic
Landau-Lifshitz-Gilbert-Slonczewski equation by Heun's scheme (Stratonovich) and prints, for four
points with WER > 1e-3, the counted failures against the Fokker-Planck solution, in standard
errors. `switching_times` gives the same trajectories' times, which energies of pulses that end
by themselves are checked with.
"""

import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evaluators.device import write_error_rate

Array = NDArray[np.float64]

DAMPING: Final = 0.05
"""Only the time scale depends on it: with uniaxial symmetry the polar angle does not."""

TIME_STEP: Final = 0.05
"""In units of (1 + alpha^2) / (gamma mu0 Hk); a precession takes 2 pi of them."""

POINTS: Final = ((1.5, 3.0, 60.0), (2.0, 3.0, 60.0), (3.0, 2.0, 40.0), (1.2, 8.0, 40.0))
"""Overdrive, reduced pulse width, thermal stability."""


def start(cells: int, stability: float, random: np.random.Generator) -> Array:
    """Directions from the half-Boltzmann density around +z. Shape `(3, cells)`."""
    grid = np.linspace(0.0, 1.0, 200_001)
    density = np.exp(-stability * (1.0 - grid**2))
    cumulative = np.cumsum(density) / density.sum()
    z = np.interp(random.random(cells), cumulative, grid)
    angle = random.uniform(0.0, 2.0 * np.pi, cells)
    across = np.sqrt(1.0 - z**2)
    return np.stack([across * np.cos(angle), across * np.sin(angle), z])


def change(m: Array, noise: Array, overdrive: float | Array) -> Array:
    """dm/dt: precession, damping and spin torque towards -z. Shape `(3, cells)`."""
    field = noise.copy()
    field[2] += m[2]
    pull = field.copy()
    pull[2] -= overdrive
    turn = np.cross(m, field, axis=0)
    result: Array = -turn - DAMPING * np.cross(m, np.cross(m, pull, axis=0), axis=0)
    return result


def failures(overdrive: float, tau: float, stability: float, *, cells: int, seed: int) -> int:
    """Cells that are still on the starting side after the pulse."""
    for m, _ in trajectories(overdrive, tau, stability, cells=cells, seed=seed):
        last = m
    return int((last[2] > 0.0).sum())


def switching_times(
    overdrive: float | Array, tau: float, stability: float, *, cells: int, seed: int
) -> Array:
    """Reduced time at which each cell first leaves the starting side; the pulse where it never
    does. Shape `(cells,)`. [-]

    Args:
        overdrive: i, of all cells or of each. Shape `()` or `(cells,)`. [-]
        tau: reduced pulse width. [-]
        stability: Delta. [-]
        cells: trajectories.
        seed: of the generator.
    """
    times = np.full(cells, tau)
    for m, now in trajectories(overdrive, tau, stability, cells=cells, seed=seed):
        times = np.where(m[2] <= 0.0, np.minimum(times, now), times)
    return times


def trajectories(
    overdrive: float | Array, tau: float, stability: float, *, cells: int, seed: int
) -> Iterator[tuple[Array, float]]:
    """Directions of the cells, `(3, cells)`, and the reduced time, step by step."""
    random = np.random.default_rng(seed)
    m = start(cells, stability, random)
    steps = math.ceil(tau / DAMPING / TIME_STEP)
    step = tau / DAMPING / steps
    strength = math.sqrt(DAMPING / (stability * (1.0 + DAMPING**2)) / step)
    for number in range(1, steps + 1):
        noise = strength * random.standard_normal((3, cells))
        first = change(m, noise, overdrive)
        second = change(m + step * first, noise, overdrive)
        m = m + 0.5 * step * (first + second)
        m /= np.linalg.norm(m, axis=0)
        yield m, tau * number / steps


def measure(cells: int) -> list[dict[str, float]]:
    """Counted against expected failures at the four points."""
    rows = []
    for seed, (overdrive, tau, stability) in enumerate(POINTS):
        expected = float(write_error_rate(overdrive, tau, thermal_stability=stability))
        counted = failures(overdrive, tau, stability, cells=cells, seed=seed) / cells
        error = math.sqrt(expected * (1.0 - expected) / cells)
        rows.append(
            {
                "overdrive": overdrive,
                "reduced_pulse_width": tau,
                "thermal_stability": stability,
                "fokker_planck": expected,
                "monte_carlo": counted,
                "ratio": counted / expected,
                "standard_errors": (counted - expected) / error,
            }
        )
    return rows


def main() -> None:
    """Print the table; with `--json FILE` also write it."""
    words = sys.argv
    cells = int(words[words.index("--cells") + 1]) if "--cells" in words else 20_000
    rows = measure(cells)
    for row in rows:
        print(
            f"i {row['overdrive']:.1f}  tau {row['reduced_pulse_width']:.0f}  "
            f"Delta {row['thermal_stability']:.0f}: Fokker-Planck {row['fokker_planck']:.5f}, "
            f"Monte Carlo {row['monte_carlo']:.5f}, {row['standard_errors']:+.2f} standard errors"
        )
    if "--json" in words:
        Path(words[words.index("--json") + 1]).write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
