"""What one write costs, and how often it fails."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluators.checks import check_range
from evaluators.design import WriteCondition
from evaluators.device.interface import AnyCell
from evaluators.device.pulses import Pulses, words_that_need
from evaluators.device.schemes import SINGLE, WriteScheme, corrected_error_probability
from evaluators.device.write_error_table import OVERDRIVE_RANGE

if TYPE_CHECKING:
    from evaluators.device.cell import Cell

Array = NDArray[np.float64]

WORD_BITS: Final = 256
"""Bits that are written and read back together, unless told otherwise."""

NOMINAL_ERROR_RATE: Final = 1e-9
"""Mean write error rate of a write that counts as error-free."""

NOMINAL_LONGEST_PULSE_S: Final = 20e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteCost:
    """Figures of one written bit, by direction; all arrays have the shape of the conditions.

    Parallel (P) stores 0, antiparallel (AP) stores 1. `energy_unchanged_p_j` is a 0 written over a
    0, `energy_unchanged_ap_j` a 1 over a 1. `energy_j` is the mean over random data.
    Energies are of a stored bit, check bits of a code as well; the reads of `verified` are counted
    in `verify_reads_per_word` and cost what the array's reads cost.
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
    attempts_per_word: Array
    verify_reads_per_word: Array

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
    scheme: WriteScheme = SINGLE,
    word_bits: int = WORD_BITS,
) -> WriteCost:
    """Errors, energies and latency of writes.

    Args:
        cell: the cell.
        voltage_v: across junction and transistor. Shape `(n,)`. [V]
        pulse_width_s: duration. Shape `(n,)`. [s]
        temperature_k: of the cell; cold is the worst case for errors. [K]
        overdrive_spread: relative standard deviation from cell to cell; None takes the cell's. [-]
        scheme: how words are written. Errors are those left after its last attempt and after its
            code; energies and latency are means over bits and words.
        word_bits: bits that are read back together; counts under `verified` alone. [-]

    Returns:
        Figures of shape `(n,)`.

    Raises:
        ValueError: outside the model's range, with name, range and value.
    """
    return cell.write_cost(
        voltage_v=voltage_v,
        pulse_width_s=pulse_width_s,
        temperature_k=temperature_k,
        overdrive_spread=overdrive_spread,
        scheme=scheme,
        word_bits=word_bits,
    )


def modelled_cost(
    cell: "Cell",
    *,
    voltage_v: ArrayLike,
    pulse_width_s: ArrayLike,
    temperature_k: float,
    overdrive_spread: float | None,
    scheme: WriteScheme,
    word_bits: int,
) -> WriteCost:
    """As `write_cost`, by the equations of docs/physics.md. [-]"""
    check_range("temperature_k", temperature_k, 200.0, 450.0)
    check_range("word_bits", word_bits, 1, 65536)
    pulses = _pulses(cell, voltage_v, pulse_width_s, temperature_k, overdrive_spread)
    hard, easy = pulses.circuit.hard_overdrive, pulses.circuit.easy_overdrive
    # Random data: the four cases of old state and polarity are equally likely.
    energies = pulses.energies(scheme)
    cases = {
        "energy_p_to_ap_j": energies.p_to_ap_j,
        "energy_ap_to_p_j": energies.ap_to_p_j,
        "energy_unchanged_ap_j": energies.unchanged_ap_j,
        "energy_unchanged_p_j": energies.unchanged_p_j,
    }
    # left[k]: bits of each direction that are wrong after k + 1 attempts.
    left = [
        (pulses.errors(hard, k), pulses.errors(easy, k)) for k in range(1, scheme.attempts + 1)
    ]
    # physics.md, "Write schemes": q_k, half of the bits of random data change.
    needing = [words_that_need(0.5 * (a + b), word_bits) for a, b in left[:-1]]
    ones = np.ones(pulses.pulse_s.shape)
    attempts = sum(needing, ones)
    return corrected_cost(
        WriteCost(
            error_probability_p_to_ap=left[-1][0],
            error_probability_ap_to_p=left[-1][1],
            **cases,
            energy_j=0.25 * sum(cases.values(), np.zeros(pulses.pulse_s.shape)),
            latency_s=pulses.pulse_s * attempts,
            overdrive_p_to_ap=hard,
            overdrive_ap_to_p=easy,
            attempts_per_word=attempts,
            # Nothing is done with what a read after the last attempt would say.
            verify_reads_per_word=sum(needing[:-1], ones) if needing else 0.0 * ones,
        ),
        scheme.ecc,
    )


def corrected_cost(cost: WriteCost, ecc: str) -> WriteCost:
    """The errors that a code leaves; all other bits of a word are counted as changing."""
    if ecc == "none":
        return cost
    others = cost.error_probability
    return replace(
        cost,
        error_probability_p_to_ap=corrected_error_probability(
            cost.error_probability_p_to_ap, ecc=ecc, others=others
        ),
        error_probability_ap_to_p=corrected_error_probability(
            cost.error_probability_ap_to_p, ecc=ecc, others=others
        ),
    )


def write_energy_j(
    cell: AnyCell,
    *,
    voltage_v: ArrayLike,
    pulse_width_s: ArrayLike,
    temperature_k: float,
    ones_share: float = 0.5,
    changed_share: float = 0.5,
    scheme: WriteScheme = SINGLE,
) -> Array:
    """Mean energy of a written bit, without the cost of its error rate. [J]

    Args:
        cell: the cell.
        voltage_v: across junction and transistor. Shape `(n,)`. [V]
        pulse_width_s: duration. Shape `(n,)`. [s]
        temperature_k: of the cell. [K]
        ones_share: share of ones among the written bits; random data have half. [-]
        changed_share: share of bits that change, half of them in each direction. [-]
        scheme: how words are written.

    Returns:
        Energy of a stored bit, shape `(n,)`. [J]
    """
    return cell.write_energy_j(
        voltage_v=voltage_v,
        pulse_width_s=pulse_width_s,
        temperature_k=temperature_k,
        ones_share=ones_share,
        changed_share=changed_share,
        scheme=scheme,
    )


def modelled_energy_j(
    cell: "Cell",
    *,
    voltage_v: ArrayLike,
    pulse_width_s: ArrayLike,
    temperature_k: float,
    ones_share: float,
    changed_share: float,
    scheme: WriteScheme,
) -> Array:
    """As `write_energy_j`, by the equations of docs/physics.md. [-]"""
    pulses = _pulses(cell, voltage_v, pulse_width_s, temperature_k, None)
    energies = pulses.energies(scheme)
    return energies.of_data_j(ones_share=ones_share, changed_share=changed_share)


def _pulses(
    cell: "Cell",
    voltage_v: ArrayLike,
    pulse_width_s: ArrayLike,
    temperature_k: float,
    overdrive_spread: float | None,
) -> Pulses:
    check_range("voltage_v", voltage_v, 0.05, 3.0, "1.1 V is written 1.1")
    check_range("pulse_width_s", pulse_width_s, 1e-10, 1e-6, "4 ns is written 4e-9")
    spread = cell.overdrive_spread if overdrive_spread is None else overdrive_spread
    check_range("overdrive_spread", spread, 0.0, 0.2, "5 % is written 0.05")
    volts, pulse = np.broadcast_arrays(
        np.asarray(voltage_v, dtype=float), np.asarray(pulse_width_s, dtype=float)
    )
    return Pulses.of(cell, volts, pulse.copy(), temperature_k=temperature_k, spread=spread)


@lru_cache(maxsize=64)
def nominal_write(cell: AnyCell, *, write_corner_k: float = 300.0) -> WriteCondition:
    """The write that counts as error-free and takes a cell the least energy.

    Of all pulses up to 20 ns, each at the lowest voltage (in millivolts, rounded up) whose mean
    write error rate is 1e-9 at the cold corner. `evaluators.energy.system_nominal` has
    the one of them that takes the whole system the least.

    Args:
        cell: the cell.
        write_corner_k: coldest chip, where errors are counted. [K]

    Raises:
        ValueError: no voltage in the model's range reaches that rate.
    """
    return cell.nominal_write(write_corner_k=write_corner_k)


def modelled_nominal(cell: "Cell", *, write_corner_k: float) -> WriteCondition:
    """As `nominal_write`, by bisection of the voltage of each pulse."""
    writes = error_free_writes(cell, write_corner_k=write_corner_k)
    cost = write_cost(
        cell,
        voltage_v=[write.voltage_v for write in writes],
        pulse_width_s=[write.pulse_width_s for write in writes],
        temperature_k=write_corner_k,
    )
    return writes[int(np.argmin(cost.energy_j))]


def error_free_writes(
    cell: "Cell", *, write_corner_k: float = 300.0
) -> tuple[WriteCondition, ...]:
    """For every pulse of 1 to 20 ns, in tenths, the lowest voltage that counts as error-free.

    Args:
        cell: a modelled cell.
        write_corner_k: coldest chip, where errors are counted. [K]

    Raises:
        ValueError: no voltage in the model's range reaches that rate.
    """
    pulses = np.arange(1e-9, NOMINAL_LONGEST_PULSE_S * 1.0001, 0.1e-9)
    # The junction has a part of the voltage, so the overdrive stays within the table.
    highest = min(OVERDRIVE_RANGE[1] * cell.critical_voltage_v(write_corner_k), 3.0)
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
    # Rounded up, so that the rate holds at the voltage that is told.
    volts = np.minimum(np.ceil(high * 1000.0) / 1000.0, highest)
    return tuple(
        WriteCondition(voltage_v=float(volt), pulse_width_s=float(np.round(pulse, 12)))
        for volt, pulse in zip(volts[reachable], pulses[reachable], strict=True)
    )
