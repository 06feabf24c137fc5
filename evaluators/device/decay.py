"""What a stored bit suffers until it is read: thermal flips while it is held, and its reads.

Equations: docs/physics.md, "Decay of stored bits".
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from evaluators.checks import check_range
from evaluators.device.escape import OVERDRIVE_RANGE, STABILITY_RANGE, passage_rate

if TYPE_CHECKING:
    from evaluators.device.cell import Cell
    from evaluators.device.interface import AnyCell

Array = NDArray[np.float64]

SPREAD_NODES: Final = 201
"""Cells of a spread, evenly over ten deviations: weak cells decide, sigma Delta deviations off."""

WEAKEST_STABILITY: Final = 1.0
"""Cells of a wide spread that would have less than this count as having it. [-]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decay:
    """Probability that a stored bit reads flipped: a 0 `to_one`, a 1 `to_zero`. [-]"""

    to_one: float
    to_zero: float


def decay(
    cell: "AnyCell",
    *,
    hold_time_s: float,
    reads_per_value: float,
    temperature_k: float,
    stability_spread: float | None = None,
) -> Decay:
    """Probability that a bit is flipped when its value is read for the last time.

    Mean over cells of 1 - exp(-t_hold Gamma(0) - reads t_read Gamma(i_read)); the second term acts
    on the state that the read current pushes away from, and is left out for the other.

    Args:
        cell: the cell; a measured one does not decay.
        hold_time_s: from write to last read, at most the cell's retention. [s]
        reads_per_value: reads of each written value. [-]
        temperature_k: of the hottest chip that must hold. [K]
        stability_spread: relative standard deviation of Delta from cell to cell; None takes the
            cell's. [-]

    Returns:
        The two probabilities.

    Raises:
        ValueError: a hold time beyond the retention, or an argument out of range.

    Source: docs/physics.md, "Decay of stored bits".
    """
    return cell.decay(
        hold_time_s=hold_time_s,
        reads_per_value=reads_per_value,
        temperature_k=temperature_k,
        stability_spread=stability_spread,
    )


def modelled_decay(
    cell: "Cell",
    *,
    hold_time_s: float,
    reads_per_value: float,
    temperature_k: float,
    stability_spread: float | None,
) -> Decay:
    """As `decay`, by the equations of docs/physics.md."""
    check_hold(hold_time_s, reads_per_value)
    flips = Flips.of(cell, temperature_k=temperature_k, stability_spread=stability_spread)
    # p = 1 - exp(-t_hold Gamma(0) - n t_read Gamma(i_read)), cell by cell.
    held = hold_time_s * flips.idle_per_s
    if hold_time_s > flips.retention_s:
        raise ValueError(
            f"`hold_time_s` must be at most the retention of cell {cell.name!r} at "
            f"{temperature_k:g} kelvin, {flips.retention_s:.3g} seconds; hold for less (refresh), "
            f"at less heat, or take a larger `diameter_m`, got {hold_time_s:g}"
        )
    reads = reads_per_value * cell.read_pulse_width_s * flips.reading_per_s
    # The mean of the probability, not of the rate: a weak cell cannot lose more than its bit.
    idle = float(-np.expm1(-held) @ flips.shares)
    disturbed = float(-np.expm1(-held - reads) @ flips.shares)
    if cell.read_direction == "to_one":
        return Decay(to_one=disturbed, to_zero=idle)
    return Decay(to_one=idle, to_zero=disturbed)


def check_hold(hold_time_s: float, reads_per_value: float) -> None:
    """Refuse times and counts that no memory has.

    Raises:
        ValueError: with the name and the range.
    """
    check_range("hold_time_s", hold_time_s, 0.0, 1e12, "20 ms is written 20e-3")
    check_range("reads_per_value", reads_per_value, 0.0, 1e12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flips:
    """Rates of flipping of the cells of a spread, idle and while read, and the cells' shares.

    Shapes `(cells,)`. [1/s], [1/s], [-]; `retention_s` is that of the mean cell. [s]
    """

    retention_s: float
    idle_per_s: Array
    reading_per_s: Array
    shares: Array

    @staticmethod
    def of(cell: "Cell", *, temperature_k: float, stability_spread: float | None) -> "Flips":
        """The cells around a mean cell. [K], [-]

        Raises:
            ValueError: a stability or read voltage that the model does not reach.
        """
        spread = cell.stability_spread if stability_spread is None else stability_spread
        check_range("stability_spread", spread, 0.0, 0.2, "5 % is written 0.05")
        stability = checked_stability(cell, temperature_k)
        reading = cell.read_voltage_v / cell.critical_voltage_v(temperature_k)
        check_range("read_voltage_v", cell.read_voltage_v, 0.0,
                    OVERDRIVE_RANGE[1] * cell.critical_voltage_v(temperature_k),
                    "a read must stay below the critical voltage")  # fmt: skip
        deviations = np.linspace(-10.0, 10.0, SPREAD_NODES) if spread > 0.0 else np.zeros(1)
        # Delta (1 + sigma z), normal from cell to cell.
        each = np.maximum(stability * (1.0 + spread * deviations), WEAKEST_STABILITY)
        shares = np.exp(-0.5 * deviations**2)
        time_s = cell.reduced_time_s(temperature_k)
        return Flips(
            retention_s=float(time_s / passage_rate(0.0, stability)),
            idle_per_s=passage_rate(0.0, each) / time_s,
            reading_per_s=passage_rate(reading, each) / time_s,
            shares=shares / shares.sum(),
        )


def checked_stability(cell: "Cell", temperature_k: float) -> float:
    """Delta of the mean cell, if rates of escape are known for it. [-]

    Raises:
        ValueError: with the diameters that would do.
    """
    stability = cell.thermal_stability(temperature_k)
    low, high = STABILITY_RANGE
    if not low <= stability <= high:
        # Delta grows with the area of the junction, d^2.
        ends_m = [cell.diameter_m * (end / stability) ** 0.5 for end in (low, high)]
        raise ValueError(
            f"`diameter_m` of cell {cell.name!r} must be in [{ends_m[0]:.3g}, {ends_m[1]:.3g}] "
            f"metres for a thermal stability of {low:g} to {high:g} at {temperature_k:g} kelvin, "
            f"got {cell.diameter_m:g} (stability {stability:.3g})"
        )
    return stability
