"""The designs that a study's others are set beside: all SRAM, and MRAM written error-free."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from evaluators.design import DesignPoint, SystolicArray
from evaluators.energy import baseline_design, nominal_design
from evaluators.evaluate import Evaluation, score
from evaluators.scenario import Scenario
from search_spaces.axes import Axis, Choice

DEFAULT_ARRAY: Final = 128
"""Rows and columns of the references' array, where the axes allow it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """The two designs of `baseline_capacity_bytes` that every search begins with."""

    baseline: DesignPoint
    nominal: DesignPoint

    @classmethod
    def of(cls, axes: Sequence[Axis], scenario: Scenario) -> "References":
        """On the array of `DEFAULT_ARRAY`, or on the largest that the axes allow."""
        sizes = {axis.name: axis.options for axis in axes if isinstance(axis, Choice)}

        def size(name: str) -> int:
            allowed = [int(option) for option in sizes.get(name, (DEFAULT_ARRAY,))]
            return DEFAULT_ARRAY if DEFAULT_ARRAY in allowed else max(allowed)

        array = SystolicArray(rows=size("array_rows"), cols=size("array_cols"))
        return cls(
            baseline=baseline_design(scenario, array), nominal=nominal_design(scenario, array)
        )

    def scored(self, name: str, scenario: Scenario) -> Evaluation:
        """The evaluation of one of them, without a training.

        Args:
            name: `baseline` or `nominal`.
            scenario: under which they are scored.
        """
        return _scored(getattr(self, name), scenario)


@lru_cache(maxsize=64)
def _scored(design: DesignPoint, scenario: Scenario) -> Evaluation:
    return score([design], scenario)[0]
