"""Each kind of data chooses its memory and how many of its bits are written reliably."""

from typing import Final

from evaluators.design import DesignPoint
from search_spaces import regions
from search_spaces.axes import Axis, Space, Values


class Heterogeneous:
    """One write condition; technology, reliable bits and capacity by data kind; array size."""

    question = "Which data may live in STT-MRAM, and how hard must its bits be written?"

    def axes(self, *, bits: int) -> tuple[Axis, ...]:
        """The axes for a number format of `bits` bits."""
        return (
            *regions.write_axes(),
            *(regions.technology_axis(kind) for kind in regions.KINDS),
            *(regions.reliable_bits_axis(kind, bits) for kind in regions.KINDS),
            *regions.array_axes(),
            *regions.capacity_axes(),
            *regions.organisation_axes(),
        )

    def decode(self, values: Values) -> DesignPoint:
        """The design at `values`."""
        write = regions.write_condition(values)
        return DesignPoint(
            array=regions.array(values),
            memory=regions.plan(
                {
                    kind: regions.region(
                        str(values[f"{kind}_technology"]),
                        int(values[f"{kind}_capacity_bytes"]),
                        write=write,
                        reliable_bits=int(values[f"{kind}_reliable_bits"]),
                    )
                    for kind in regions.KINDS
                },
                values,
            ),
        )


SPACE: Final[Space] = Heterogeneous()
