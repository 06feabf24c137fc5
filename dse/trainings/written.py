"""How often a study's values are physically written before they are used: one account for all.

Training sees one count a kind of data and phase, the largest over all arrays and capacities that
the study may choose: so whatever strategy `nested` solves beside a training has been trained with
no fewer faults than its own writes make.
"""

from collections.abc import Mapping
from itertools import islice, product
from typing import Final

import numpy as np

from dse.study import Study
from evaluators.design import DesignPoint
from evaluators.energy import DesignBatch, most_writes, sized
from evaluators.scenario import Scenario
from evaluators.training import WritesPerValue
from search_spaces.axes import Axis, Choice, Value, representatives

DRAWN: Final = 64
"""Designs at random that are looked at beside those that differ in one axis."""

KEPT: Final = 9
"""Capacities of a kind that stand for more of them: the ends and what lies evenly between."""


def counted_writes(study: Study, scenario: Scenario) -> WritesPerValue:
    """The largest count over what a study may choose, under one number format."""
    designs = [sized(design, scenario) for design in _looked_at(study)]
    return most_writes(_combined(DesignBatch.of(designs)), scenario)


def _looked_at(study: Study) -> list[DesignPoint]:
    """Designs that differ in one axis from a first one, and some at random."""
    axes, decode = study.open_axes, study.decoder()
    first: dict[str, Value] = {axis.name: representatives(axis)[0] for axis in axes}
    values: list[Mapping[str, Value]] = [
        {**first, axis.name: option} for axis in axes for option in representatives(axis)
    ]
    random = np.random.default_rng(0)
    values += [{axis.name: _drawn(axis, random) for axis in axes} for _ in range(DRAWN)]
    return [decode(each) for each in (first, *values, *study.designs)]
