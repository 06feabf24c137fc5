"""Each kind of data has a write condition of its own, beside its memory and reliable bits."""

from typing import Final

from evaluators.design import DesignPoint
from search_spaces import regions
from search_spaces.axes import Axis, Space, Values


class HeterogeneousWrites:
    """Voltage, pulse width, technology, reliable bits and capacity by data kind; array size."""

    question = "What does it bring to write each kind of data as hard as it needs?"

    def axes(self, *, bits: int) -> tuple[Axis, ...]:
        """The axes for a number format of `bits` bits."""
        by_kind: list[Axis] = []
        for kind in regions.KINDS:
            by_kind += regions.write_axes(f"{kind}_")
            by_kind.append(regions.technology_axis(kind))
            by_kind.append(regions.reliable_bits_axis(kind, bits))
        return (*by_kind, *regions.array_axes(), *regions.capacity_axes(),
                *regions.organisation_axes())  # fmt: skip

    def decode(self, values: Values) -> DesignPoint:
        """The design at `values`."""
        return DesignPoint(
            array=regions.array(values),
            memory=regions.plan(
                {
                    kind: regions.region(
                        str(values[f"{kind}_technology"]),
                        int(values[f"{kind}_capacity_bytes"]),
                        write=regions.write_condition(values, f"{kind}_"),
                        reliable_bits=int(values[f"{kind}_reliable_bits"]),
                    )
                    for kind in regions.KINDS
                },
                values,
            ),
        )


SPACE: Final[Space] = HeterogeneousWrites()
