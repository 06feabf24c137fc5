"""From a design to all that training can see of it: the failure probability of every bit."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evaluators.design import BitErrors, DataKind, DesignPoint, ErrorProfile, Region
from evaluators.device import cell, write_cost
from evaluators.memories import technology
from evaluators.scenario import Scenario

STEPS_PER_DECADE: Final = 8
NO_HIT_BELOW: Final = 1e-12
"""A run of ours writes some 1e10 bits: below this rate not one of a hundred runs sees a hit."""


def error_profile(design: DesignPoint, scenario: Scenario) -> ErrorProfile:
    """The write error probabilities of a design at the scenario's write corner."""
    return ErrorProfile(
        **{kind.value: _bit_errors(design.memory[kind], scenario) for kind in DataKind}
    )


def snapped(profile: ErrorProfile) -> ErrorProfile:
    """The profile on the grid that is trained: 8 rates a decade, upwards, each direction alone.

    Rates below `NO_HIT_BELOW` are 0. Designs within one cell of the grid share one training.
    """
    return ErrorProfile(
        **{
            kind.value: BitErrors(
                to_one=tuple(_snapped(rate) for rate in errors.to_one),
                to_zero=tuple(_snapped(rate) for rate in errors.to_zero),
            )
            for kind, errors in profile
        }
    )


def snapped_rates(rates: NDArray[np.float64]) -> NDArray[np.float64]:
    """As `snapped`, for an array of rates of one direction."""
    return np.array([_snapped(float(rate)) for rate in np.ravel(rates)]).reshape(np.shape(rates))


def _snapped(rate: float) -> float:
    if rate < NO_HIT_BELOW:
        return 0.0
    step = math.ceil(STEPS_PER_DECADE * math.log10(rate) - 1e-9)
    return min(float(10.0 ** (step / STEPS_PER_DECADE)), 1.0)


def _bit_errors(region: Region, scenario: Scenario) -> BitErrors:
    """Errors of one region: the reliable, most significant bits never fail."""
    bits = scenario.bits
    if region.error_probability is not None:
        rates = (region.error_probability,) * max(bits - region.reliable_bits, 0)
        rates += (0.0,) * (bits - len(rates))
        return BitErrors(to_one=rates, to_zero=rates)
    if region.write is None or not technology(region.technology).follows_write_condition:
        return BitErrors.none(bits)
    cost = write_cost(
        cell(scenario.cell),
        voltage_v=region.write.voltage_v,
        pulse_width_s=region.write.pulse_width_s,
        temperature_k=scenario.write_corner_k,
    )
    unreliable = max(bits - region.reliable_bits, 0)
    reliable = (0.0,) * (bits - unreliable)
    return BitErrors(
        to_one=(float(cost.error_probability_p_to_ap),) * unreliable + reliable,
        to_zero=(float(cost.error_probability_ap_to_p),) * unreliable + reliable,
    )
