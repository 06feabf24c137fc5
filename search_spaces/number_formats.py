"""As `heterogeneous`, with the number format and its encoding as axes."""

from dataclasses import replace
from typing import Final

from evaluators.design import DesignPoint
from search_spaces.axes import Axis, Choice, Space, Values
from search_spaces.heterogeneous import SPACE as HETEROGENEOUS

BITS: Final = {"int8": 8, "int16": 16, "bf16": 16, "fp8_e4m3": 8, "fp8_e5m2": 8}
FLOATS: Final = ("bf16", "fp8_e4m3", "fp8_e5m2")
"""Formats with an encoding of their own."""


def encoding(stored: str, values: Values) -> str:
    """The encoding at `values`; none is said of a float."""
    return "" if stored in FLOATS else str(values["encoding"])


class NumberFormats:
    """The axes of `heterogeneous`, integers in two encodings, or floats."""

    question = "Which number format goes best with write errors?"

    def axes(self, *, bits: int) -> tuple[Axis, ...]:
        """The axes; shares of reliable bits stand for their number in the widest format."""
        del bits
        return (
            Choice(name="number_format", options=tuple(BITS), seen_by_training=True),
            Choice(name="encoding", options=("twos_complement", "sign_magnitude"),
                   seen_by_training=True),
            *HETEROGENEOUS.axes(bits=max(BITS.values())),
        )  # fmt: skip

    def decode(self, values: Values) -> DesignPoint:
        """The design at `values`; a format has no more reliable bits than bits."""
        stored = str(values["number_format"])
        kept = {
            name: min(int(value), BITS[stored]) if name.endswith("_reliable_bits") else value
            for name, value in values.items()
        }
        return replace(
            HETEROGENEOUS.decode(kept),
            number_format=stored,  # type: ignore[arg-type]
            encoding=encoding(stored, values),  # type: ignore[arg-type]
        )


SPACE: Final[Space] = NumberFormats()
