"""Designs that every search begins with: all SRAM, nominal writes, the user's own."""

from dataclasses import dataclass
from typing import Any

from dse.study import Study
from evaluators.design import DesignPoint
from search_spaces.axes import Choice, Value


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
    references = study.references
    unsaid = {
        axis.name: axis.default
        for axis in study.open_axes
        if isinstance(axis, Choice) and axis.default is not None
    }
    own = [{**unsaid, **values} for values in study.designs]
    return [
        Proposal(source="baseline", values={}, design=references.baseline),
        Proposal(source="nominal", values={}, design=references.nominal),
        *(Proposal(source="user", values=values, design=study.design(values)) for values in own),
    ]
