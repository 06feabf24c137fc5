"""From a design to all that training can see of it: the failure probability of every bit."""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np

from evaluators.design import (
    BitErrors,
    DataKind,
    DesignPoint,
    ErrorProfile,
    Region,
    WriteCondition,
)
from evaluators.device import cell, write_cost
from evaluators.memories import technology
from evaluators.scenario import Scenario

Rates = dict[WriteCondition, tuple[float, float]]

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
    rates = _rates({c for design in designs for c in _conditions(design)}, scenario)
    return [
        ErrorProfile(
            **{kind.value: _bit_errors(design.memory[kind], scenario, rates) for kind in DataKind}
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
    pairs = [snapped_pair(a, b) for a, b in zip(errors.to_one, errors.to_zero, strict=True)]
    return BitErrors(to_one=tuple(a for a, _ in pairs), to_zero=tuple(b for _, b in pairs))


def snapped_pair(to_one: float, to_zero: float) -> tuple[float, float]:
    """As `snapped`, for the two directions of one bit. [-]"""
    least = LEAST_RATIO * max(to_one, to_zero)
    return _snapped(max(to_one, least)), _snapped(max(to_zero, least))


def _snapped(rate: float) -> float:
    if rate < NO_HIT_BELOW:
        return 0.0
    step = math.ceil(STEPS_PER_DECADE * math.log10(rate) - 1e-9)
    return min(float(10.0 ** (step / STEPS_PER_DECADE)), 1.0)


def _conditions(design: DesignPoint) -> list[WriteCondition]:
    """The write conditions that decide errors of a design."""
    regions = [design.memory[kind] for kind in DataKind]
    return [r.write for r in regions if r.write is not None and _follows(r)]


def _follows(region: Region) -> bool:
    return (
        region.error_probability is None and technology(region.technology).follows_write_condition
    )


def _rates(conditions: set[WriteCondition], scenario: Scenario) -> Rates:
    """Error probability of each condition, to 1 and to 0."""
    if not conditions:
        return {}
    listed = sorted(conditions, key=lambda c: (c.voltage_v, c.pulse_width_s))
    cost = write_cost(
        cell(scenario.cell),
        voltage_v=np.array([c.voltage_v for c in listed]),
        pulse_width_s=np.array([c.pulse_width_s for c in listed]),
        temperature_k=scenario.write_corner_k,
    )
    pairs = zip(cost.error_probability_p_to_ap, cost.error_probability_ap_to_p, strict=True)
    return {c: (float(one), float(zero)) for c, (one, zero) in zip(listed, pairs, strict=True)}


def _bit_errors(region: Region, scenario: Scenario, rates: Rates) -> BitErrors:
    """Errors of one region: the reliable, most significant bits never fail."""
    bits = scenario.bits
    to_one = to_zero = 0.0
    if region.error_probability is not None:
        to_one = to_zero = region.error_probability
    elif region.write is not None and _follows(region):
        to_one, to_zero = rates[region.write]
    return _errors(to_one, to_zero, max(bits - region.reliable_bits, 0), bits)


@lru_cache(maxsize=65536)
def _errors(to_one: float, to_zero: float, unreliable: int, bits: int) -> BitErrors:
    """Errors in the `unreliable` least significant bits."""
    reliable = (0.0,) * (bits - unreliable)
    return BitErrors(
        to_one=(to_one,) * unreliable + reliable, to_zero=(to_zero,) * unreliable + reliable
    )
