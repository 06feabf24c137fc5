"""Axes and decoding of the cell itself: its diameter, how words are written, which code."""

from dataclasses import replace
from typing import Final

from evaluators.design import ECCS, WRITE_SCHEMES, Region
from search_spaces.axes import Axis, Choice, Values

DIAMETERS_M: Final = (36e-9, 38e-9, 41e-9, 45e-9)
DIAMETER_SPAN_M: Final = (27e-9, 45e-9)
"""Down to a cell that forgets within a step, up to one that keeps its bits for ten years."""

ATTEMPTS: Final = (2, 3)


def cell_axes(prefix: str = "") -> tuple[Axis, ...]:
    """Diameter of the junction, write scheme, writes of a word at most, error-correcting code.

    `attempts` counts under `verified` alone: the other schemes write once.
    """
    return (
        Choice(name=f"{prefix}diameter_m", options=DIAMETERS_M, span=DIAMETER_SPAN_M,
               seen_by_training=True, default=45e-9),
        Choice(name=f"{prefix}write_scheme", options=WRITE_SCHEMES, seen_by_training=True,
               default="single"),
        Choice(name=f"{prefix}attempts", options=ATTEMPTS, seen_by_training=True, default=2),
        Choice(name=f"{prefix}ecc", options=ECCS, seen_by_training=True, default="none"),
    )  # fmt: skip


def with_cell(region: Region, values: Values, prefix: str = "") -> Region:
    """The region with the cell at `values`; one without a write condition has none."""
    if region.write is None:
        return region
    scheme = str(values[f"{prefix}write_scheme"])
    return replace(
        region,
        diameter_m=float(values[f"{prefix}diameter_m"]),
        write_scheme=scheme,  # type: ignore[arg-type]
        attempts=int(values[f"{prefix}attempts"]) if scheme == "verified" else 1,
        ecc=str(values[f"{prefix}ecc"]),  # type: ignore[arg-type]
    )
