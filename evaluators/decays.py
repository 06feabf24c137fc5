"""What the bits of a region suffer while they are held, and what a code leaves of all errors."""

from functools import lru_cache
from typing import NamedTuple

from evaluators.accelerator import AcceleratorOptions, TrainingStep, most_reads
from evaluators.design import DataKind, Region
from evaluators.device.decay import decay
from evaluators.device.schemes import WriteScheme, corrected_error_probability
from evaluators.networks import network
from evaluators.scenario import Scenario, cell_at


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
    return _decay_of(region.diameter_m, reads_per_value(scenario, kind), scenario)


@lru_cache(maxsize=4096)
def _decay_of(diameter_m: float, reads: float, scenario: Scenario) -> tuple[float, float]:
    flipped = decay(
        cell_at(scenario, diameter_m),
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
    WriteScheme(ecc=region.ecc).check_format(max(bits - beside, 1))
    # A word's other bits fail as the mean of both directions does, by either cause.
    others = min(0.5 * sum(suffered), 1.0)
    return Suffered(*(
        float(corrected_error_probability(own, ecc=region.ecc, others=others))
        for own in suffered
    ))  # fmt: skip
