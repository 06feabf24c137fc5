"""A cell that was measured: write errors and energies from a table, for owners of silicon."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluators.checks import check_range
from evaluators.design import WriteCondition
from evaluators.device.decay import Decay, check_hold
from evaluators.device.interface import Range
from evaluators.device.measured_table import read_table
from evaluators.device.schemes import WriteScheme
from evaluators.device.write import NOMINAL_ERROR_RATE, WriteCost, corrected_cost

Array = NDArray[np.float64]

MEASURED_ENDURANCE_WRITES: Final = 1e12
"""Endurance of a cell whose write has no voltage law (measured, or fixed); assumed."""


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
        # Error rates fall exponentially with voltage and energies grow as powers of the pulse.
        places = np.stack([at_v, np.log(at_s)], axis=-1)
        grid = (volts, np.log(pulses))
        found = RegularGridInterpolator(grid, np.moveaxis(self.logarithms, 0, -1))(places)
        figures = np.exp(found).reshape((*at_v.shape, 3))
        return figures[..., 0], figures[..., 1], figures[..., 2]

    def nominal_write(
        self, *, write_corner_k: float = 300.0, error_rate: float = NOMINAL_ERROR_RATE
    ) -> WriteCondition:
        """The cheapest measured write whose mean error rate is at most `error_rate`. [-]

        The corner is that of the measurement, whatever `write_corner_k` says.

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

    @property
    def source(self) -> str:
        """Where its figures are from: the file that the study names."""
        return f"measured, {self.name}"

    @property
    def knows_current(self) -> bool:
        """A table has no circuit."""
        return False

    @property
    def margin_write(self) -> None:
        """None was declared."""
        return

    @property
    def endurance_law(self) -> str:
        """None: the endurance is one number."""
        return ""

    @property
    def parameters(self) -> dict[str, float]:
        """None: a table has no model."""
        return {}

    def write_cost(
        self,
        *,
        voltage_v: ArrayLike,
        pulse_width_s: ArrayLike,
        temperature_k: float,
        overdrive_spread: float | None,
        scheme: WriteScheme,
        word_bits: int,
    ) -> WriteCost:
        """As measured: at the temperature and over the cells of the measurement; one mean energy.

        All numbers: [-].

        Raises:
            ValueError: outside the grid, or a scheme that needs the switching times of each cell.
        """
        self._check_scheme(scheme)
        to_ap, to_p, energy = self.at(voltage_v, pulse_width_s)
        unknown = np.full(np.shape(energy), np.nan)
        latency = np.broadcast_to(np.asarray(pulse_width_s, dtype=float), energy.shape).copy()
        cost = WriteCost(
            error_probability_p_to_ap=to_ap,
            error_probability_ap_to_p=to_p,
            energy_p_to_ap_j=energy,
            energy_ap_to_p_j=energy,
            energy_unchanged_p_j=energy,
            energy_unchanged_ap_j=energy,
            energy_j=energy,
            latency_s=latency,
            overdrive_p_to_ap=unknown,
            overdrive_ap_to_p=unknown,
            attempts_per_word=np.ones(energy.shape),
            verify_reads_per_word=np.zeros(energy.shape),
        )
        return corrected_cost(cost, scheme.ecc)

    def write_energy_j(
        self,
        *,
        voltage_v: ArrayLike,
        pulse_width_s: ArrayLike,
        temperature_k: float,
        ones_share: float,
        changed_share: float,
        scheme: WriteScheme,
    ) -> Array:
        """Energy of a bit of the data that were measured. [J]"""
        self._check_scheme(scheme)
        return self.at(voltage_v, pulse_width_s)[2]

    def _check_scheme(self, scheme: WriteScheme) -> None:
        if scheme.kind == "terminated" or scheme.attempts > 1:
            raise ValueError(
                f"`write_scheme` must be 'single' for the measured cell {self.name!r}, as the "
                f"switching times of its cells are not known, got {scheme.kind!r}"
            )

    def write_range(
        self,
        *,
        temperature_k: float,
        lowest_overdrive: float = 1.5,
        highest_voltage_v: float | None = None,
        pulse_widths_s: Range = (1e-9, 20e-9),
    ) -> tuple[Range, Range]:
        """Voltages and pulses that were measured. [V], [s]"""
        volts, pulses = self.voltages_v, self.pulse_widths_s
        return (float(volts[0]), float(volts[-1])), (float(pulses[0]), float(pulses[-1]))

    def write_current_a(self, voltage_v: ArrayLike) -> Array:
        """Not known.

        Raises:
            ValueError: always.
        """
        return self.area_f2(voltage_v=voltage_v, node_nm=1.0)

    def area_f2(self, *, voltage_v: ArrayLike, node_nm: ArrayLike) -> Array:
        """Not known, as the current is not.

        Raises:
            ValueError: always.
        """
        raise ValueError(
            f"`scenario.memory.cell_area_f2` must be given for the measured cell {self.name!r}, "
            f"as its current is not known, got nothing"
        )

    def endurance_at(self, *, voltage_v: ArrayLike, pulse_width_s: ArrayLike) -> Array:
        """One number, `assumed`. [-]"""
        shape = np.broadcast_shapes(np.shape(voltage_v), np.shape(pulse_width_s))
        return np.full(shape, MEASURED_ENDURANCE_WRITES)

    def decay(
        self,
        *,
        hold_time_s: float,
        reads_per_value: float,
        temperature_k: float,
        stability_spread: float | None = None,
    ) -> Decay:
        """None: retention was not measured, and counts as long enough (`assumed`). [-]"""
        check_hold(hold_time_s, reads_per_value)
        return Decay(to_one=0.0, to_zero=0.0)

    def figures(self, temperature_k: float) -> dict[str, float]:
        """None: a table has no model."""
        return {}


def read_measured_cell(file: str | Path) -> MeasuredCell:
    """Read a CSV with the columns voltage_v, pulse_width_s, both error probabilities, energy_j.

    Where no write failed, a column `trials` says of how many; the rate counts as one in so many.

    Raises:
        ValueError: a missing column, a cell that holds no figure in its range, a rate of 0 without
            `trials`, or a grid with holes.
    """
    path = Path(file)
    rows = read_table(path)
    volts, pulses = np.unique(rows[:, 0]), np.unique(rows[:, 1])
    order = np.lexsort((rows[:, 1], rows[:, 0]))
    points: set[tuple[float, float]] = set()
    for v, t in rows[:, :2].tolist():
        if (v, t) in points:
            raise ValueError(
                f"{str(path)!r} must hold each point once, got {v:g} V, {t:g} s twice"
            )
        points.add((v, t))
    if len(rows) != len(volts) * len(pulses) or min(len(volts), len(pulses)) < 2:
        holes = ((v, t) for v in volts.tolist() for t in pulses.tolist() if (v, t) not in points)
        lacks = next((f"; it lacks {v:g} V, {t:g} s" for v, t in holes), "")
        raise ValueError(
            f"{str(path)!r} must hold a full grid of at least 2 x 2 voltages and pulses, got "
            f"{len(rows)} rows for {len(volts)} voltages and {len(pulses)} pulses{lacks}"
        )
    logs = np.log(rows[order][:, 2:]).T.reshape(3, len(volts), len(pulses))
    return MeasuredCell(name=path.stem, voltages_v=volts, pulse_widths_s=pulses, logarithms=logs)
