"""Bits of one value split between SRAM and STT-MRAM."""

from dataclasses import replace
from typing import Final

from evaluators.design import DataKind, DesignPoint, Region
from search_spaces import regions
from search_spaces.axes import Axis, Choice, Space, Values
from search_spaces.heterogeneous import SPACE as HETEROGENEOUS

MAT_BYTES: Final = 2**17
LARGEST_BYTES: Final = 2**25


class SplitBits:
    """As `heterogeneous`; reliable bits live in SRAM or are written at the nominal condition."""

    question = "Do the high bits belong into SRAM, beside an STT-MRAM for the low ones?"

    def axes(self, *, bits: int) -> tuple[Axis, ...]:
        """The axes for a number format of `bits` bits."""
        kept = [a for a in HETEROGENEOUS.axes(bits=bits) if not a.name.endswith("capacity_bytes")]
        smallest = bits * MAT_BYTES  # any number of bits then leaves whole mats
        powers = range(smallest.bit_length() - 1, LARGEST_BYTES.bit_length())
        capacities = tuple(2**power for power in powers)
        return (
            *kept,
            *(
                Choice(name=f"{kind}_reliable_in", options=("stt_mram", "sram"),
                       seen_by_training=False)
                for kind in regions.KINDS
            ),
            *regions.capacity_axes(capacities, step=smallest),
        )  # fmt: skip

    def decode(self, values: Values) -> DesignPoint:
        """The design at `values`."""
        design = HETEROGENEOUS.decode(values)

        def split(kind: DataKind, region: Region) -> Region:
            if region.write is None or not region.reliable_bits:
                return region
            where = str(values[f"{kind}_reliable_in"])
            return replace(region, reliable_in=where)  # type: ignore[arg-type]

        return replace(design, memory=design.memory.each(split))


SPACE: Final[Space] = SplitBits()
