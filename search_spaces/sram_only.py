"""The baseline's own space: SRAM for all data, array size, capacities, banks and mats free."""

from typing import Final

from evaluators.design import DesignPoint, Region
from search_spaces import regions
from search_spaces.axes import Axis, Space, Values


class SramOnly:
    """Array size and capacities; nothing is ever written wrongly."""

    question = "How good can an all-SRAM scratchpad be?"

    def axes(self, *, bits: int) -> tuple[Axis, ...]:
        """The axes; they do not depend on the number format."""
        return (
            *regions.array_axes(), *regions.capacity_axes(), *regions.organisation_axes(),
        )  # fmt: skip

    def decode(self, values: Values) -> DesignPoint:
        """The design at `values`."""
        return DesignPoint(
            array=regions.array(values),
            memory=regions.plan(
                {
                    kind: Region(
                        technology="sram", capacity_bytes=int(values[f"{kind}_capacity_bytes"])
                    )
                    for kind in regions.KINDS
                },
                values,
            ),
        )


SPACE: Final[Space] = SramOnly()
