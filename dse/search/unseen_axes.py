"""Axes that training does not see, as options of a grid that is solved for each choice."""

from collections.abc import Sequence
from dataclasses import replace
from math import prod
from typing import Final

from dse.mistakes import UserError
from dse.search.seen_axes import changes_designs
from dse.study import Study
from search_spaces.axes import Axis, Choice

MOST_COMBINATIONS: Final = 2_000_000
"""Of unseen axes: each takes about a kilobyte of the driver."""


def as_options(study: Study, axis: Axis) -> Choice:
    """An unseen axis as options; one that changes no design (how SRAM is written) has one.

    Raises:
        UserError: a range that changes designs.
    """
    if isinstance(axis, Choice):
        idle = axis.seen_by_training and not changes_designs(study, axis)
        return replace(axis, options=axis.options[:1]) if idle else axis
    if not changes_designs(study, axis):
        return Choice(name=axis.name, options=(axis.low,))
    raise UserError(
        f"strategy 'nested' solves `axes.{axis.name}` on a grid, as training does not see it: "
        f"give it one value in [axes], or take strategy 'joint'"
    )


def check_size(axes: Sequence[Choice], shared: int) -> None:
    """Refuse a grid that would fill the memory of a machine before anything is proposed.

    Args:
        axes: of the grid.
        shared: combinations of axes solved beside them. [-]

    Raises:
        UserError: more than `MOST_COMBINATIONS`.
    """
    count = shared * prod(len(axis.options) for axis in axes)
    if count <= MOST_COMBINATIONS:
        return
    largest = sorted(axes, key=lambda axis: -len(axis.options))[:4]
    told = ", ".join(f"`{axis.name}` {len(axis.options)}" for axis in largest)
    raise UserError(
        f"strategy 'nested' solves every combination of the axes that training does not see, "
        f"{count:,} in this study (values: {told}, ...) and at most {MOST_COMBINATIONS:,}: give "
        f"some of them fewer values in [axes], or take strategy 'joint'"
    )
