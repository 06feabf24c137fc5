"""All three kinds of data share one technology and one write condition."""

from typing import Final

from evaluators.design import DesignPoint
from search_spaces import regions
from search_spaces.axes import Axis, Choice, Space, Values


class Homogeneous:
    """One technology, one write condition, one number of reliable bits."""

    question = "What does one memory technology for all data bring?"

    def axes(self, *, bits: int) -> tuple[Axis, ...]:
        """The axes for a number format of `bits` bits."""
        return (
            *regions.write_axes(),
            Choice(name="technology", options=("sram", "stt_mram"), plugin="technology",
                   seen_by_training=True),
            Choice(name="reliable_bits", options=tuple(range(bits + 1)), seen_by_training=True),
            *regions.array_axes(),
            *regions.capacity_axes(),
            *regions.organisation_axes(),
        )  # fmt: skip

    def decode(self, values: Values) -> DesignPoint:
        """The design at `values`."""
        write = regions.write_condition(values)
        return DesignPoint(
            array=regions.array(values),
            memory=regions.plan(
                {
                    kind: regions.region(
                        str(values["technology"]),
                        int(values[f"{kind}_capacity_bytes"]),
                        write=write,
                        reliable_bits=int(values["reliable_bits"]),
                    )
                    for kind in regions.KINDS
                },
                values,
            ),
        )


SPACE: Final[Space] = Homogeneous()
