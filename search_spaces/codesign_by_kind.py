"""As `heterogeneous_writes`, with the cell as an axis: one for each kind of data."""

from dataclasses import replace
from typing import Final

from evaluators.design import DesignPoint
from search_spaces import regions
from search_spaces.axes import Axis, Space, Values
from search_spaces.cell_axes import cell_axes, with_cell
from search_spaces.heterogeneous_writes import SPACE as HETEROGENEOUS_WRITES


class CodesignByKind:
    """Diameter, write condition, scheme, code, technology and reliable bits by data kind."""

    question = "Does each kind of data want a cell of its own?"

    def axes(self, *, bits: int) -> tuple[Axis, ...]:
        """The axes for a number format of `bits` bits."""
        by_kind = [axis for kind in regions.KINDS for axis in cell_axes(f"{kind}_")]
        return (*by_kind, *HETEROGENEOUS_WRITES.axes(bits=bits))

    def decode(self, values: Values) -> DesignPoint:
        """The design at `values`."""
        design = HETEROGENEOUS_WRITES.decode(values)
        memory = design.memory.each(
            lambda kind, region: with_cell(region, values, f"{kind.value}_")
        )
        return replace(design, memory=memory)


SPACE: Final[Space] = CodesignByKind()
