"""What one write costs, and how often it fails."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluators.checks import check_range
from evaluators.design import WriteCondition
from evaluators.device.cell import AnyCell, Cell
from evaluators.device.measured import MeasuredCell
from evaluators.device.write_error_table import (
    OVERDRIVE_RANGE,
    REDUCED_PULSE_RANGE,
    mean_write_error_rate,
    write_error_rate,
)

Array = NDArray[np.float64]

NOMINAL_ERROR_RATE: Final = 1e-9
"""Mean write error rate of a write that counts as error-free."""

NOMINAL_LONGEST_PULSE_S: Final = 20e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteCost:
    """Figures of one written bit, by direction; all arrays have the shape of the conditions.

    Parallel (P) stores 0, antiparallel (AP) stores 1. `energy_unchanged_p_j` is a 0 written over a
    0, `energy_unchanged_ap_j` a 1 over a 1. `energy_j` is the mean over random data.
    """

    error_probability_p_to_ap: Array
    error_probability_ap_to_p: Array
    energy_p_to_ap_j: Array
    energy_ap_to_p_j: Array
    energy_unchanged_p_j: Array
    energy_unchanged_ap_j: Array
    energy_j: Array
    latency_s: Array
    overdrive_p_to_ap: Array
    overdrive_ap_to_p: Array

    @property
    def error_probability(self) -> Array:
        """Mean of both directions. [-]"""
        return 0.5 * (self.error_probability_p_to_ap + self.error_probability_ap_to_p)

    def energy_for_data_j(self, *, ones_share: ArrayLike, changed_share: ArrayLike) -> Array:
        """Mean energy of a bit, given what is written. [J]

        Args:
            ones_share: share of ones among the written bits. [-]
            changed_share: share of bits that change, half of them in each direction. [-]
        """
        ones, half = np.asarray(ones_share, float), 0.5 * np.asarray(changed_share, float)
        check_range("ones_share", ones, 0.0, 1.0)
        check_range(
            "changed_share", 2.0 * half, 0.0, 2.0 * float(np.min(np.minimum(ones, 1 - ones)))
        )
        changed = half * (self.energy_p_to_ap_j + self.energy_ap_to_p_j)
        kept_ones = (ones - half) * self.energy_unchanged_ap_j
        kept_zeros = (1.0 - ones - half) * self.energy_unchanged_p_j
        result: Array = changed + kept_ones + kept_zeros
        return result


def write_cost(
    cell: AnyCell,
    *,
    voltage_v: ArrayLike,
    pulse_width_s: ArrayLike,
    temperature_k: float,
    overdrive_spread: float | None = None,
) -> WriteCost:
    """Errors, energies and latency of writes.

    Args:
        cell: the cell.
        voltage_v: across junction and transistor. Shape `(n,)`. [V]
        pulse_width_s: duration. Shape `(n,)`. [s]
        temperature_k: of the cell; cold is the worst case for errors. [K]
        overdrive_spread: relative standard deviation from cell to cell; None takes the cell's. [-]

    Returns:
        Figures of shape `(n,)`.

    Raises:
        ValueError: outside the model's range, with name, range and value.
    """
    if isinstance(cell, MeasuredCell):
        return _measured_cost(cell, voltage_v, pulse_width_s)
    check_range("voltage_v", voltage_v, 0.05, 3.0, "1.1 V is written 1.1")
    check_range("pulse_width_s", pulse_width_s, 1e-10, 1e-6, "4 ns is written 4e-9")
    check_range("temperature_k", temperature_k, 200.0, 450.0)
    spread = cell.overdrive_spread if overdrive_spread is None else overdrive_spread
    check_range("overdrive_spread", spread, 0.0, 0.2, "5 % is written 0.05")
    volts, pulse = np.broadcast_arrays(
        np.asarray(voltage_v, dtype=float), np.asarray(pulse_width_s, dtype=float)
    )
    stability = cell.thermal_stability(temperature_k)
    tau = pulse / cell.reduced_time_s(temperature_k)
    critical = cell.critical_voltage_v(temperature_k)
    junctions = _junctions(cell, volts)
    hard, easy = junctions.p_hard_v / critical, junctions.ap_easy_v / critical
    energies = _energies(cell, volts, pulse, temperature_k, junctions)
    return WriteCost(
        error_probability_p_to_ap=mean_write_error_rate(
            hard, tau, thermal_stability=stability, spread=spread
        ),
        error_probability_ap_to_p=mean_write_error_rate(
            easy, tau, thermal_stability=stability, spread=spread
        ),
        **energies,
        energy_j=0.25 * sum(energies.values(), np.zeros(volts.shape)),
        latency_s=pulse.copy(),
        overdrive_p_to_ap=hard,
        overdrive_ap_to_p=easy,
    )


def _measured_cost(
    cell: MeasuredCell, voltage_v: ArrayLike, pulse_width_s: ArrayLike
) -> WriteCost:
    """As measured: at the temperature and over the cells of the measurement; one mean energy."""
    to_ap, to_p, energy = cell.at(voltage_v, pulse_width_s)
    unknown = np.full(np.shape(energy), np.nan)
    return WriteCost(
        error_probability_p_to_ap=to_ap,
        error_probability_ap_to_p=to_p,
        energy_p_to_ap_j=energy,
        energy_ap_to_p_j=energy,
        energy_unchanged_p_j=energy,
        energy_unchanged_ap_j=energy,
        energy_j=energy,
        latency_s=np.broadcast_to(np.asarray(pulse_width_s, dtype=float), energy.shape).copy(),
        overdrive_p_to_ap=unknown,
        overdrive_ap_to_p=unknown,
    )


def write_energy_j(
    cell: AnyCell,
    *,
    voltage_v: ArrayLike,
    pulse_width_s: ArrayLike,
    temperature_k: float,
    ones_share: float = 0.5,
    changed_share: float = 0.5,
) -> Array:
    """Mean energy of a written bit, without the cost of its error rate. [J]

    Args:
        cell: the cell.
        voltage_v: across junction and transistor. Shape `(n,)`. [V]
        pulse_width_s: duration. Shape `(n,)`. [s]
        temperature_k: of the cell. [K]
        ones_share: share of ones among the written bits; random data have half. [-]
        changed_share: share of bits that change, half of them in each direction. [-]
    """
    if isinstance(cell, MeasuredCell):
        return cell.at(voltage_v, pulse_width_s)[2]
    volts, pulse = np.broadcast_arrays(
        np.asarray(voltage_v, dtype=float), np.asarray(pulse_width_s, dtype=float)
    )
    energies = _energies(cell, volts, pulse, temperature_k, _junctions(cell, volts))
    half = 0.5 * changed_share
    result: Array = (
        half * (energies["energy_p_to_ap_j"] + energies["energy_ap_to_p_j"])
        + (ones_share - half) * energies["energy_unchanged_ap_j"]
        + (1.0 - ones_share - half) * energies["energy_unchanged_p_j"]
    )
    return result


@dataclass(frozen=True, slots=True, kw_only=True)
class _Junctions:
    """Voltages across the junction: in state P or AP, written to AP (hard) or to P (easy). [V]"""

    p_hard_v: Array
    ap_hard_v: Array
    ap_easy_v: Array


def _junctions(cell: Cell, volts: Array) -> _Junctions:
    parallel, series = cell.resistance_p_ohm, cell.transistor_p_to_ap_ohm
    return _Junctions(
        p_hard_v=volts * (parallel / (parallel + series)),
        ap_hard_v=_junction_ap(cell, volts, series),
        ap_easy_v=_junction_ap(cell, volts, cell.transistor_ap_to_p_ohm),
    )


def _energies(
    cell: Cell, volts: Array, pulse: Array, temperature_k: float, junctions: _Junctions
) -> dict[str, Array]:
    """The four cases of old state and polarity; a bit that switches does so at the median time."""
    stability, time_s = cell.thermal_stability(temperature_k), cell.reduced_time_s(temperature_k)
    critical = cell.critical_voltage_v(temperature_k)
    hard, easy = junctions.p_hard_v / critical, junctions.ap_easy_v / critical
    switch_hard = np.minimum(_median_tau(stability, hard) * time_s, pulse)
    switch_easy = np.minimum(_median_tau(stability, easy) * time_s, pulse)
    series_hard, series_easy = cell.transistor_p_to_ap_ohm, cell.transistor_ap_to_p_ohm
    to_ap_p = volts**2 / (cell.resistance_p_ohm + series_hard)
    to_p_p = volts**2 / (cell.resistance_p_ohm + series_easy)
    to_ap_ap = volts * junctions.ap_hard_v / cell.resistance_ap_ohm(junctions.ap_hard_v)
    to_p_ap = volts * junctions.ap_easy_v / cell.resistance_ap_ohm(junctions.ap_easy_v)
    return {
        "energy_p_to_ap_j": to_ap_p * switch_hard + to_ap_ap * (pulse - switch_hard),
        "energy_ap_to_p_j": to_p_ap * switch_easy + to_p_p * (pulse - switch_easy),
        "energy_unchanged_ap_j": to_ap_ap * pulse,
        "energy_unchanged_p_j": to_p_p * pulse,
    }


def _junction_ap(cell: Cell, volts: Array, series_ohm: float) -> Array:
    """Voltage across an antiparallel junction, whose resistance depends on it. [V]

    Newton's method on v (R(v) + R_T) = V R(v), from a guess that is within a tenth.
    """
    parallel, half_squared = cell.resistance_p_ohm, cell.tmr_half_voltage_v**2
    share = (1.0 + cell.tmr_ratio) * parallel
    junction = volts * (share / (share + series_ohm))
    for _ in range(5):
        fall = 1.0 / (1.0 + junction * junction / half_squared)
        resistance = parallel * (1.0 + cell.tmr_ratio * fall)
        slope = -2.0 * parallel * cell.tmr_ratio * fall * fall * junction / half_squared
        residual = junction * (resistance + series_ohm) - volts * resistance
        junction = junction - residual / (resistance + series_ohm + (junction - volts) * slope)
    return junction


def _median_tau(stability: float, overdrive: Array) -> Array:
    """Reduced time at which half of the cells have switched. [-]"""
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


@lru_cache(maxsize=64)
def nominal_write(cell: AnyCell, *, write_corner_k: float = 300.0) -> WriteCondition:
    """The write that counts as error-free and takes a cell the least energy.

    Of `error_free_writes`, up to 20 ns; `evaluators.energy.system_nominal_write` has the one that
    takes the whole system the least.

    Raises:
        ValueError: no voltage in the model's range reaches that rate.
    """
    if isinstance(cell, MeasuredCell):
        return cell.nominal_write(error_rate=NOMINAL_ERROR_RATE)
    writes = error_free_writes(cell, write_corner_k=write_corner_k)
    cost = write_cost(
        cell,
        voltage_v=[write.voltage_v for write in writes],
        pulse_width_s=[write.pulse_width_s for write in writes],
        temperature_k=write_corner_k,
    )
    return writes[int(np.argmin(cost.energy_j))]


def error_free_writes(
    cell: AnyCell, *, write_corner_k: float = 300.0
) -> tuple[WriteCondition, ...]:
    """For every pulse of 1 to 20 ns, in tenths, the lowest voltage that counts as error-free.

    In millivolts, rounded up: the mean write error rate is at most 1e-9 at the cold corner. A
    measured cell has the one write that it was measured to have.

    Raises:
        ValueError: no voltage in the model's range reaches that rate.
    """
    if isinstance(cell, MeasuredCell):
        return (cell.nominal_write(error_rate=NOMINAL_ERROR_RATE),)
    pulses = np.arange(1e-9, NOMINAL_LONGEST_PULSE_S * 1.0001, 0.1e-9)
    highest = min(_highest_v(cell, write_corner_k), 3.0)
    low, high = np.full(pulses.shape, 0.1), np.full(pulses.shape, highest)

    def failing(volts: Array) -> NDArray[np.bool_]:
        cost = write_cost(
            cell, voltage_v=volts, pulse_width_s=pulses, temperature_k=write_corner_k
        )
        result: NDArray[np.bool_] = cost.error_probability > NOMINAL_ERROR_RATE
        return result

    reachable = ~failing(high)
    if not reachable.any():
        raise ValueError(
            f"cell {cell.name!r}: no write up to {highest:.2f} V and "
            f"{NOMINAL_LONGEST_PULSE_S * 1e9:.0f} ns reaches a mean error rate of "
            f"{NOMINAL_ERROR_RATE:g} at `write_corner_k` {write_corner_k:g} kelvin with "
            f"`overdrive_spread` {cell.overdrive_spread:g}"
        )
    for _ in range(24):
        middle = 0.5 * (low + high)
        bad = failing(middle)
        low, high = np.where(bad, middle, low), np.where(bad, high, middle)
    volts = np.minimum(np.ceil(high * 1000.0) / 1000.0, highest)
    return tuple(
        WriteCondition(voltage_v=float(volt), pulse_width_s=float(np.round(pulse, 12)))
        for volt, pulse in zip(volts[reachable], pulses[reachable], strict=True)
    )


def _highest_v(cell: Cell, temperature_k: float) -> float:
    """Voltage at which the easy direction's overdrive reaches the end of the table. [V]"""
    limit = OVERDRIVE_RANGE[1] * cell.critical_voltage_v(temperature_k)
    current = limit / float(cell.resistance_ap_ohm(limit))
    return 0.999 * min(
        limit + current * cell.transistor_ap_to_p_ohm,
        limit * (1.0 + cell.transistor_p_to_ap_ohm / cell.resistance_p_ohm),
    )
