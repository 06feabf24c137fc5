"""Axes and decoding that the spaces share: arrays, capacities, write conditions."""

from dataclasses import replace
from functools import lru_cache
from typing import Final

from evaluators.design import DataKind, MemoryPlan, Region, SystolicArray, WriteCondition
from search_spaces.axes import Axis, Choice, Range, Values

KINDS: Final = tuple(kind.value for kind in DataKind)
ARRAY_SIZES: Final = (16, 32, 64, 128, 256)
SIZES: Final = (8, 1024)
"""Rows and columns within which a study may name others."""

MAT_BYTES: Final = 2**17
"""The smallest mat, of which capacities are made."""

LARGEST_BYTES: Final = 2**26
"""The largest capacity that the arrays' model reaches."""

VOLTAGES_V: Final = (0.05, 3.0)
PULSES_S: Final = (1e-10, 1e-6)
"""Writes that a modelled cell knows (`evaluators.design.WriteCondition`)."""

CAPACITIES_BYTES: Final = tuple(2**power for power in range(17, 26))
"""128 KiB (the smallest mat) to 32 MiB, powers of two."""

BANKS: Final = (1, 2, 4, 8, 16, 32)
MATS_KIB: Final = (128, 512)
BUFFERS_BYTES: Final = (0, *(2**power for power in range(17, 23)))
"""No SRAM in front of a region, or 128 KiB to 4 MiB of it."""

DEPTHS_WORDS: Final = (512, 1024, 2048, 4096)
"""Partial sums that each column's accumulator holds."""


def write_axes(prefix: str = "") -> tuple[Axis, ...]:
    """Write voltage and pulse width; the useful range of docs/physics.md."""
    return (
        Range(
            name=f"{prefix}write_voltage_v",
            low=0.5,
            high=1.3,
            example="0.9 V is written 0.9",
            seen_by_training=True,
            widest=VOLTAGES_V,
        ),
        Range(
            name=f"{prefix}pulse_width_s",
            low=2e-9,
            high=20e-9,
            log=True,
            example="4 ns is written 4e-9",
            seen_by_training=True,
            widest=PULSES_S,
        ),
    )


def array_axes() -> tuple[Axis, ...]:
    """Rows and columns of the systolic array."""
    return (
        *(
            Choice(name=f"array_{side}", options=ARRAY_SIZES, seen_by_training=False, span=SIZES,
                   step=1)
            for side in ("rows", "cols")
        ),
    )  # fmt: skip


def reliable_bits_axis(kind: str, bits: int) -> Axis:
    """How many of a value's high bits are written reliably, of one kind of data."""
    options = tuple(range(bits + 1))
    return Choice(name=f"{kind}_reliable_bits", options=options, seen_by_training=True)


def technology_axis(kind: str) -> Axis:
    """Which memory holds one kind of data."""
    return Choice(name=f"{kind}_technology", options=("sram", "stt_mram"), plugin="technology",
                  seen_by_training=True)  # fmt: skip


def capacity_axes(
    options: tuple[int, ...] = CAPACITIES_BYTES, *, step: int = MAT_BYTES
) -> tuple[Axis, ...]:
    """Capacity of each kind's region; a study may name other multiples of `step` bytes."""
    return tuple(
        Choice(name=f"{kind}_capacity_bytes", options=options, sized=True, seen_by_training=False,
               span=(step, LARGEST_BYTES), step=step)
        for kind in KINDS
    )  # fmt: skip


def organisation_axes() -> tuple[Axis, ...]:
    """Banks and mats of each region, whatever its memory, and the depth of the accumulator.

    A region has at most as many banks as mats, and smaller mats where its capacity asks for them.
    """
    return (
        *(
            Choice(name=f"{kind}_banks", options=BANKS, seen_by_training=False, default=16)
            for kind in KINDS
        ),
        *(
            Choice(name=f"{kind}_mat_kib", options=MATS_KIB, seen_by_training=False, default=128)
            for kind in KINDS
        ),
        Choice(name="accumulator_depth_words", options=DEPTHS_WORDS, seen_by_training=False,
               default=4096),
        *buffer_axes(),
    )  # fmt: skip


def buffer_axes() -> tuple[Axis, ...]:
    """The SRAM in front of each region; only where a study names it."""
    return tuple(
        Choice(name=f"{kind}_buffer_bytes", options=(0,), seen_by_training=False,
               default=0, on_request=BUFFERS_BYTES) for kind in KINDS
    )  # fmt: skip


def array(values: Values) -> SystolicArray:
    """The systolic array at `values`."""
    depth = values.get("accumulator_depth_words")
    return SystolicArray(
        rows=int(values["array_rows"]),
        cols=int(values["array_cols"]),
        accumulator_depth_words=None if depth is None else int(depth),
    )


def organised(region: Region, values: Values, kind: str) -> Region:
    """The region with banks, mats and buffer at `values`; values that do not say them leave it."""
    banks, mat_kib = values.get(f"{kind}_banks"), values.get(f"{kind}_mat_kib")
    return _organised(
        region,
        None if banks is None else int(banks),
        None if mat_kib is None else int(mat_kib),
        int(values.get(f"{kind}_buffer_bytes", 0)),
    )


@lru_cache(maxsize=8192)
def _organised(
    region: Region, banks: int | None, mat_kib: int | None, buffer_bytes: int
) -> Region:
    """Kept, as designs of a search share most of their regions."""
    return replace(
        region, banks=banks, mat_kib=mat_kib, buffer_bytes=buffer_bytes,  # type: ignore[arg-type]
    )  # fmt: skip


def write_condition(values: Values, prefix: str = "") -> WriteCondition:
    """The write condition at `values`."""
    return WriteCondition(
        voltage_v=float(values[f"{prefix}write_voltage_v"]),
        pulse_width_s=float(values[f"{prefix}pulse_width_s"]),
    )


def region(
    technology: str, capacity_bytes: int, *, write: WriteCondition, reliable_bits: int
) -> Region:
    """A region without the values that its technology does not have."""
    if technology == "sram":
        return Region(technology=technology, capacity_bytes=capacity_bytes)
    return Region(
        technology=technology,
        capacity_bytes=capacity_bytes,
        write=write,
        reliable_bits=reliable_bits,
    )


def plan(regions: dict[str, Region], values: Values | None = None) -> MemoryPlan:
    """The memory plan of three regions by kind, with the banks and mats at `values`."""
    given = values or {}
    return MemoryPlan(**{kind: organised(one, given, kind) for kind, one in regions.items()})
