"""As `heterogeneous`, with the cell as an axis: one for all kinds of data."""

from dataclasses import replace
from typing import Final

from evaluators.design import DesignPoint
from search_spaces.axes import Axis, Space, Values
from search_spaces.cell_axes import cell_axes, with_cell
from search_spaces.heterogeneous import SPACE as HETEROGENEOUS


class Codesign:
    """One diameter, write condition, scheme and code; technology and reliable bits by kind."""

    question = "What should the cell of a training scratchpad look like?"

    def axes(self, *, bits: int) -> tuple[Axis, ...]:
        """The axes for a number format of `bits` bits."""
        return (*cell_axes(), *HETEROGENEOUS.axes(bits=bits))

    def decode(self, values: Values) -> DesignPoint:
        """The design at `values`."""
        design = HETEROGENEOUS.decode(values)
        memory = design.memory.each(lambda _, region: with_cell(region, values))
        return replace(design, memory=memory)


SPACE: Final[Space] = Codesign()
