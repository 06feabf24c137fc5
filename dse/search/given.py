"""Designs that every search begins with: all SRAM, nominal writes, the user's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from dse.study import Study
from evaluators.design import DesignPoint, SystolicArray
from evaluators.energy import baseline_design, nominal_design
from search_spaces.axes import Axis, Choice, Value

DEFAULT_ARRAY: Final = 128
"""Rows and columns of the baselines' array, where the axes allow it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A design to be evaluated, and the sampler's handle for telling the result."""

    source: str
    values: dict[str, Value]
    design: DesignPoint
    trial: Any = None
    asked: int = 0


def enqueued(study: Study) -> list[Proposal]:
    """The all-SRAM and the nominal-write MRAM design, then the user's own."""
    array = _baseline_array(study.open_axes)
    unsaid = {
        axis.name: axis.default
        for axis in study.open_axes
        if isinstance(axis, Choice) and axis.default is not None
    }
    own = [{**unsaid, **values} for values in study.designs]
    return [
        Proposal(source="baseline", values={}, design=baseline_design(study.scenario, array)),
        Proposal(source="nominal", values={}, design=nominal_design(study.scenario, array)),
        *(Proposal(source="user", values=values, design=study.design(values)) for values in own),
    ]


def _baseline_array(axes: Sequence[Axis]) -> SystolicArray:
    sizes = {axis.name: axis.options for axis in axes if isinstance(axis, Choice)}

    def size(name: str) -> int:
        allowed = [int(option) for option in sizes.get(name, (DEFAULT_ARRAY,))]
        return DEFAULT_ARRAY if DEFAULT_ARRAY in allowed else max(allowed)

    return SystolicArray(rows=size("array_rows"), cols=size("array_cols"))
