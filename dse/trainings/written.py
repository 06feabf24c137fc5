"""How often a study's values are physically written before they are used: one account for all.

Training sees one count a kind of data and phase, the largest over all arrays and capacities that
the study may choose: so whatever strategy `nested` solves beside a training has been trained with
no fewer faults than its own writes make.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dse.study import Study
from evaluators.design import DataKind, DesignPoint
from evaluators.energy import DesignBatch, counted, sized
from evaluators.scenario import Scenario
from evaluators.training import WritesPerValue
from search_spaces.axes import Axis, Choice, Value, representatives

DRAWN: Final = 64
"""Designs at random that are looked at beside those that differ in one axis."""

KEPT: Final = 9
"""Capacities of a kind that stand for more of them: the ends and what lies evenly between."""


def counted_writes(study: Study, scenario: Scenario) -> WritesPerValue:
    """The largest counts over what a study may choose, under one number format. [-]

    Raises:
        ValueError: none of its designs can be sized.
    """
    designs: list[DesignPoint] = []
    reason = ValueError(f"study {study.name!r} has no design to count the writes of")
    for values in _looked_at(study):
        try:
            designs.append(sized(study.design(values), scenario))
        except ValueError as error:  # a combination of axes that no search will keep
            reason = error
    if not designs:
        raise reason
    return counted.most_writes(_combined(DesignBatch.of(designs)), scenario)


def _looked_at(study: Study) -> list[Mapping[str, Value]]:
    """Designs that differ in one axis from a first one, some at random, and the user's own."""
    axes = study.open_axes
    first: dict[str, Value] = {axis.name: representatives(axis)[0] for axis in axes}
    values: list[Mapping[str, Value]] = [
        {**first, axis.name: option} for axis in axes for option in representatives(axis)
    ]
    random = np.random.default_rng(0)
    values += [{axis.name: _drawn(axis, random) for axis in axes} for _ in range(DRAWN)]
    return [first, *values, *study.designs]


def _drawn(axis: Axis, random: np.random.Generator) -> Value:
    options = representatives(axis)
    if isinstance(axis, Choice):
        return options[int(random.integers(len(options)))]
    return float(random.uniform(axis.low, axis.high))


def _combined(looked_at: DesignBatch) -> DesignBatch:
    """Every combination of the arrays, depths and capacities of some designs."""
    parts = [looked_at.rows, looked_at.cols, looked_at.depth_words]
    parts += [looked_at.regions[kind].capacity_bytes for kind in DataKind]
    grids = np.meshgrid(*map(_few, parts), indexing="ij")
    rows, cols, depths, *capacities = (grid.reshape(-1) for grid in grids)
    batch = looked_at.part(np.zeros(len(rows), dtype=np.intp))
    regions = {
        kind: replace(batch.regions[kind], capacity_bytes=capacity)
        for kind, capacity in zip(DataKind, capacities, strict=True)
    }
    return replace(batch, rows=rows, cols=cols, depth_words=depths, regions=regions)


def _few(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """The distinct values; of many the ends and some between."""
    distinct = np.unique(values)
    if len(distinct) <= KEPT:
        return distinct
    return distinct[np.linspace(0, len(distinct) - 1, KEPT).round().astype(np.intp)]
