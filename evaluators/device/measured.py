"""A cell that was measured: write errors and energies from a table, for owners of silicon."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluators.checks import check_range
from evaluators.design import WriteCondition

Array = NDArray[np.float64]

COLUMNS: Final = (
    "voltage_v",
    "pulse_width_s",
    "error_probability_p_to_ap",
    "error_probability_ap_to_p",
    "energy_j",
)


@dataclass(frozen=True, kw_only=True, eq=False)
class MeasuredCell:
    """Measurements on a full grid of voltages and pulses.

    `logarithms` holds ln of the two error probabilities and of the energy on the grid, shape
    `(3, voltages, pulses)`: they interpolate linearly in voltage and in the pulse's logarithm.
    """

    name: str
    voltages_v: Array
    pulse_widths_s: Array
    logarithms: Array

    def at(self, voltage_v: ArrayLike, pulse_width_s: ArrayLike) -> tuple[Array, Array, Array]:
        """Error probabilities P to AP and AP to P, and energy of a bit of random data. [-, -, J]

        Args:
            voltage_v: write voltage. Shape `(n,)`. [V]
            pulse_width_s: duration. Shape `(n,)`. [s]

        Raises:
            ValueError: outside the measured grid.
        """
        from scipy.interpolate import RegularGridInterpolator

        volts, pulses = self.voltages_v, self.pulse_widths_s
        check_range("voltage_v", voltage_v, volts[0], volts[-1], f"as {self.name} was measured")
        check_range("pulse_width_s", pulse_width_s, pulses[0], pulses[-1],
                    f"as {self.name} was measured")  # fmt: skip
        at_v, at_s = np.broadcast_arrays(
            np.asarray(voltage_v, dtype=float), np.asarray(pulse_width_s, dtype=float)
        )
        places = np.stack([at_v, np.log(at_s)], axis=-1)
        grid = (volts, np.log(pulses))
        found = RegularGridInterpolator(grid, np.moveaxis(self.logarithms, 0, -1))(places)
        figures = np.exp(found).reshape((*at_v.shape, 3))
        return figures[..., 0], figures[..., 1], figures[..., 2]

    def nominal_write(self, *, error_rate: float = 1e-9) -> WriteCondition:
        """The cheapest measured write whose mean error rate is at most `error_rate`. [-]

        Raises:
            ValueError: none was measured.
        """
        rates = np.exp(self.logarithms[:2]).mean(axis=0)
        energy = np.where(rates <= error_rate, self.logarithms[2], np.inf)
        if not np.isfinite(energy).any():
            raise ValueError(
                f"cell {self.name!r}: no measured write has an error rate of `error_rate` = "
                f"{error_rate:g} or less; the lowest is {rates.min():g}"
            )
        row, column = np.unravel_index(int(np.argmin(energy)), energy.shape)
        return WriteCondition(
            voltage_v=float(self.voltages_v[row]),
            pulse_width_s=float(self.pulse_widths_s[column]),
        )


def read_measured_cell(file: str | Path) -> MeasuredCell:
    """Read a CSV with the columns voltage_v, pulse_width_s, both error probabilities, energy_j.

    Raises:
        ValueError: a missing column, a value out of range, or a grid with holes.
    """
    path = Path(file)
    if not path.is_file():
        raise ValueError(f"cell {str(path)!r}: there is no such file of measurements")
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        missing = [c for c in COLUMNS if c not in (reader.fieldnames or ())]
        if missing:
            raise ValueError(f"{str(path)!r} lacks the columns {', '.join(missing)}")
        rows = np.array([[float(row[c] or "nan") for c in COLUMNS] for row in reader])
    if not len(rows):
        raise ValueError(f"{str(path)!r} holds no measurement")
    for place, name in enumerate(COLUMNS):
        low, high = (0.0, 1.0) if "probability" in name else (1e-30, 1e3)
        check_range(name, rows[:, place], low, high)
    volts, pulses = np.unique(rows[:, 0]), np.unique(rows[:, 1])
    order = np.lexsort((rows[:, 1], rows[:, 0]))
    if len(rows) != len(volts) * len(pulses) or min(len(volts), len(pulses)) < 2:
        raise ValueError(
            f"{str(path)!r} must hold a full grid of at least 2 x 2 voltages and pulses, got "
            f"{len(rows)} rows for {len(volts)} voltages and {len(pulses)} pulses"
        )
    # A rate of 0 was not seen to fail: it counts as far below any rate that matters.
    logs = np.log(np.maximum(rows[order][:, 2:], 1e-300)).T.reshape(3, len(volts), len(pulses))
    return MeasuredCell(name=path.stem, voltages_v=volts, pulse_widths_s=pulses, logarithms=logs)
