"""The error-free write that a scenario calls nominal: the cell's own, or the system's."""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Final

from evaluators.design import SystolicArray, WriteCondition
from evaluators.device import AnyCell, Cell, nominal_write
from evaluators.scenario import Scenario

ARRAY: Final = SystolicArray(rows=128, cols=128)
"""For which the system's write is found: one write for all designs, whatever their array."""


def scenario_nominal(device: AnyCell, scenario: Scenario) -> WriteCondition:
    """The error-free write of reliable bits, and of regions without a write of their own.

    The cell's takes least energy of the cells; with `nominal_write` "system" it is the one with
    which the nominal design's step takes least energy, on an array of 128 x 128. A measured cell
    has one.
    """
    if scenario.nominal_write == "cell" or not isinstance(device, Cell):
        return nominal_write(device, write_corner_k=scenario.written_at_k)
    return _of_system(replace(scenario, cell=device, cells=None, nominal_write="cell"))


Finder = Callable[[Scenario, SystolicArray], WriteCondition]
_FINDERS: Final[list[Finder]] = []


def finds_the_systems(finder: Finder) -> Finder:
    """Marks what finds the system's write: it scores whole steps, which need this module."""
    _FINDERS[:] = [finder]
    return finder


@lru_cache(maxsize=256)
def _of_system(scenario: Scenario) -> WriteCondition:
    return _FINDERS[0](scenario, ARRAY)
