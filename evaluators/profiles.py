"""From a design to all that training can see of it: the failure probability of every bit."""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from evaluators.accelerator import AcceleratorOptions, TrainingStep, most_reads
from evaluators.design import (
    BitErrors,
    DataKind,
    DesignPoint,
    ErrorProfile,
    Region,
    WriteCondition,
)
from evaluators.device import decay, schemes, write_cost
from evaluators.networks import network
from evaluators.scenario import Scenario, cell_at, technology_of


class Written(NamedTuple):
    """What write errors before any code depend on."""

    write: WriteCondition
    diameter_m: float | None
    scheme: str
    attempts: int
    technology: str = ""  # where the scenario gives that a cell of its own

    @classmethod
    def of(cls, region: Region, scenario: Scenario) -> "Written | None":
        """That of a region's unreliable bits; None without a write of their own."""
        if region.write is None:
            return None
        # A pulse that ends by itself fails as the whole pulse does.
        scheme = "single" if region.write_scheme == "terminated" else region.write_scheme
        own = region.technology if region.technology in (scenario.cells or {}) else ""
        return cls(region.write, region.diameter_m, scheme, region.attempts, own)


Rates = dict[Written, tuple[float, float]]

STEPS_PER_DECADE: Final = 8
LEAST_RATIO: Final = 0.1
"""A direction that fails yet less often adds so few errors to the other's, less than a tenth and
less than a cell of the grid, that it is not worth a training of its own."""

NO_HIT_BELOW: Final = 1e-12
"""A run of ours writes some 1e10 bits: below this rate not one of a hundred runs sees a hit."""


def error_profile(design: DesignPoint, scenario: Scenario) -> ErrorProfile:
    """The write error probabilities of a design at the scenario's write corner."""
    return error_profiles([design], scenario)[0]


def error_profiles(designs: Sequence[DesignPoint], scenario: Scenario) -> list[ErrorProfile]:
    """As `error_profile`, for many designs at once."""
    rates = _rates({c for design in designs for c in _conditions(design, scenario)}, scenario)
    return [
        ErrorProfile(
            **{
                kind.value: _bit_errors(design.memory[kind], kind, scenario, rates)
                for kind in DataKind
            }
        )
        for design in designs
    ]


def snapped(profile: ErrorProfile, design: DesignPoint) -> ErrorProfile:
    """The profile on the grid that is trained: 8 rates a decade, upwards, each direction alone.

    A probability that the `design` gives by itself, without a cell, is trained as it is.

    The direction that fails less often counts as failing at least `LEAST_RATIO` times as often
    as the other, and rates below `NO_HIT_BELOW` are 0. Designs within one cell of the grid share
    one training.
    """
    return ErrorProfile(
        **{
            kind.value: _snapped_errors(errors)
            if design.memory[kind].error_probability is None else errors
            for kind, errors in profile
        }
    )  # fmt: skip


@lru_cache(maxsize=65536)
def _snapped_errors(errors: BitErrors) -> BitErrors:
    written = _snapped_pairs(errors.to_one, errors.to_zero)
    held = _snapped_pairs(errors.decay_to_one, errors.decay_to_zero)
    return BitErrors(
        to_one=written[0], to_zero=written[1], decay_to_one=held[0], decay_to_zero=held[1]
    )


def _snapped_pairs(
    to_one: tuple[float, ...], to_zero: tuple[float, ...]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    pairs = [snapped_pair(a, b) for a, b in zip(to_one, to_zero, strict=True)]
    return tuple(a for a, _ in pairs), tuple(b for _, b in pairs)


def snapped_pair(to_one: float, to_zero: float) -> tuple[float, float]:
    """As `snapped`, for the two directions of one bit. [-]"""
    least = LEAST_RATIO * max(to_one, to_zero)
    return _snapped(max(to_one, least)), _snapped(max(to_zero, least))


def _snapped(rate: float) -> float:
    if rate < NO_HIT_BELOW:
        return 0.0
    step = math.ceil(STEPS_PER_DECADE * math.log10(rate) - 1e-9)
    return min(float(10.0 ** (step / STEPS_PER_DECADE)), 1.0)


def _conditions(design: DesignPoint, scenario: Scenario) -> list[Written]:
    """The writes that decide errors of a design."""
    regions = [design.memory[kind] for kind in DataKind]
    found = [Written.of(region, scenario) for region in regions if _follows(region, scenario)]
    return [written for written in found if written is not None]


def _follows(region: Region, scenario: Scenario) -> bool:
    found = technology_of(scenario, region.technology)
    return region.error_probability is None and found.follows_write_condition


def _fixed_error(region: Region, scenario: Scenario) -> float:
    """How often a bit fails of a technology with one write; 0 where another rule holds. [-]"""
    if region.error_probability is not None:
        return 0.0
    write = technology_of(scenario, region.technology).fixed_write
    return 0.0 if write is None else write.error_probability


def _rates(conditions: set[Written], scenario: Scenario) -> Rates:
    """Error probability of each write, to 1 and to 0."""
    plain = {w for w in conditions if w.diameter_m is None and w.scheme == "single"}
    rates = {written: _own_rates(written, scenario) for written in conditions - plain}
    for name in sorted({written.technology for written in plain}):
        rates |= _rates_of({w for w in plain if w.technology == name}, scenario)
    return rates


@lru_cache(maxsize=4096)
def _own_rates(written: Written, scenario: Scenario) -> tuple[float, float]:
    """Of a cell or scheme of a region's own: several attempts take a while."""
    return _rates_of({written}, scenario)[written]


def _rates_of(conditions: set[Written], scenario: Scenario) -> Rates:
    """Of writes of one cell by one scheme."""
    if not conditions:
        return {}
    listed = sorted(conditions, key=lambda w: (w.write.voltage_v, w.write.pulse_width_s))
    _, diameter_m, scheme, attempts, name = listed[0]
    cost = write_cost(
        cell_at(scenario, diameter_m, name),
        voltage_v=np.array([w.write.voltage_v for w in listed]),
        pulse_width_s=np.array([w.write.pulse_width_s for w in listed]),
        temperature_k=scenario.written_at_k,
        scheme=schemes.WriteScheme(kind=scheme, attempts=attempts),
    )
    ones, zeros = cost.error_probability_p_to_ap, cost.error_probability_ap_to_p
    return {
        written: (float(one), float(zero))
        for written, one, zero in zip(listed, ones, zeros, strict=True)
    }


def _bit_errors(region: Region, kind: DataKind, scenario: Scenario, rates: Rates) -> BitErrors:
    """Errors of one region: the reliable, most significant bits never fail to be written."""
    bits = scenario.bits
    to_one = to_zero = 0.0
    decay_to_one = decay_to_zero = 0.0
    if region.error_probability is not None:
        to_one = to_zero = region.error_probability
    elif _follows(region, scenario):
        written = Written.of(region, scenario)
        if written is not None:
            to_one, to_zero = rates[written]
        if region.own_cell:
            suffered = Suffered(to_one, to_zero, *decay_of(region, kind, scenario))
            to_one, to_zero, decay_to_one, decay_to_zero = corrected(suffered, region, bits)
    unreliable = max(bits - region.reliable_bits, 0)
    fixed = _fixed_error(region, scenario)
    if fixed:  # its one write is that of every bit it holds
        to_one = to_zero = fixed
        unreliable = unreliable if region.reliable_in == "sram" else bits
    held = unreliable if region.reliable_in == "sram" else bits
    return _errors((to_one, to_zero), unreliable, (decay_to_one, decay_to_zero), held, bits)


@lru_cache(maxsize=65536)
def _errors(
    written: tuple[float, float],
    unreliable: int,
    decays: tuple[float, float],
    held: int,
    bits: int,
) -> BitErrors:
    """Write errors in the `unreliable` least significant bits, decay in the `held` ones."""
    to_one, to_zero = (_low(rate, unreliable, bits) for rate in written)
    decay_to_one, decay_to_zero = (_low(rate, held, bits) for rate in decays)
    return BitErrors(
        to_one=to_one, to_zero=to_zero, decay_to_one=decay_to_one, decay_to_zero=decay_to_zero
    )


def _low(rate: float, low: int, bits: int) -> tuple[float, ...]:
    return (rate,) * low + (0.0,) * (bits - low)


class Suffered(NamedTuple):
    """Probabilities of one bit: failed writes and decay, in both directions. [-]"""

    to_one: float
    to_zero: float
    decay_to_one: float
    decay_to_zero: float


def decay_of(region: Region, kind: DataKind, scenario: Scenario) -> tuple[float, float]:
    """Probabilities that a stored 0 reads as 1, and a 1 as 0; none without a diameter. [-]

    Raises:
        ValueError: a hold time beyond the retention, or a cell that the model does not reach.
    """
    if region.diameter_m is None:
        return 0.0, 0.0
    reads = reads_per_value(scenario, kind)
    return _decay_of(region.diameter_m, reads, region.technology, scenario)


@lru_cache(maxsize=4096)
def _decay_of(
    diameter_m: float, reads: float, name: str, scenario: Scenario
) -> tuple[float, float]:
    flipped = decay.decay(
        cell_at(scenario, diameter_m, name),
        hold_time_s=scenario.hold_time_s,
        reads_per_value=reads,
        temperature_k=scenario.hold_corner_k,
    )
    return flipped.to_one, flipped.to_zero


def reads_per_value(scenario: Scenario, kind: DataKind) -> float:
    """Reads of each written value of a kind: the scenario's, or the most of its network. [-]"""
    if scenario.reads_per_value is not None:
        return scenario.reads_per_value
    return _most_reads(scenario.network, scenario.batch_size, scenario.accelerator, scenario.bits)[
        kind
    ]


@lru_cache(maxsize=64)
def _most_reads(
    name: str, batch_size: int, options: AcceleratorOptions, bits: int
) -> dict[DataKind, float]:
    step = TrainingStep(network(name, batch_size), options, element_bytes=bits / 8)
    return most_reads(step)


def corrected(suffered: Suffered, region: Region, bits: int) -> Suffered:
    """What the region's code leaves; each other bit of a word counts as changing. [-]

    `bits`: of a value.

    Raises:
        ValueError: a number of bits in the region that does not fill words of the code.
    """
    if region.ecc == "none":
        return suffered
    beside = region.reliable_bits if region.reliable_in == "sram" else 0
    schemes.WriteScheme(ecc=region.ecc).check_format(max(bits - beside, 1))
    # A word's other bits fail as the mean of both directions does, by either cause.
    others = min(0.5 * sum(suffered), 1.0)
    return Suffered(*(
        float(schemes.corrected_error_probability(own, ecc=region.ecc, others=others))
        for own in suffered
    ))  # fmt: skip
