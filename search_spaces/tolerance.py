"""How much write error each kind of data bears: probabilities given directly, without a cell."""

from typing import Final

from evaluators.design import DesignPoint, Region, SystolicArray
from search_spaces import number_formats, regions
from search_spaces.axes import Axis, Choice, Space, Values
from search_spaces.number_formats import BITS

RATES: Final = tuple(float(f"1e-{power}") for power in (7, 6, 5, 4, 3, 2, 1))
CAPACITY_BYTES: Final = 4 * 2**20


class Tolerance:
    """One faulty kind of data at a time; error probability, reliable bits, format, encoding."""

    question = "How much write error does each kind of data bear?"

    def axes(self, *, bits: int) -> tuple[Axis, ...]:
        """The axes; reliable bits up to the scenario's number format, any rate if it is named."""
        return (
            Choice(name="faulty_kind", options=(*regions.KINDS, "all"), seen_by_training=True),
            Choice(name="number_format", options=tuple(BITS), seen_by_training=True),
            Choice(name="encoding", options=("twos_complement", "sign_magnitude"),
                   seen_by_training=True),
            Choice(name="reliable_bits", options=tuple(range(bits)), seen_by_training=True),
            Choice(name="write_error_probability", options=RATES, span=(0.0, 1.0),
                   seen_by_training=True),
        )  # fmt: skip

    def decode(self, values: Values) -> DesignPoint:
        """The design at `values`; a float has an encoding of its own."""
        stored = str(values["number_format"])
        faulty = Region(
            technology="stt_mram",
            capacity_bytes=CAPACITY_BYTES,
            reliable_bits=int(values["reliable_bits"]),
            error_probability=float(values["write_error_probability"]),
        )
        sound = Region(technology="sram", capacity_bytes=CAPACITY_BYTES)
        return DesignPoint(
            array=SystolicArray(rows=128, cols=128),
            memory=regions.plan(
                {
                    kind: faulty if values["faulty_kind"] in (kind, "all") else sound
                    for kind in regions.KINDS
                }
            ),
            number_format=stored,  # type: ignore[arg-type]
            encoding=number_formats.encoding(stored, values),  # type: ignore[arg-type]
        )


SPACE: Final[Space] = Tolerance()
