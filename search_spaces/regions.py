"""Axes and decoding that the spaces share: arrays, capacities, write conditions."""

from typing import Final

from evaluators.design import DataKind, MemoryPlan, Region, SystolicArray, WriteCondition
from search_spaces.axes import Axis, Choice, Range, Values

KINDS: Final = tuple(kind.value for kind in DataKind)
ARRAY_SIZES: Final = (16, 32, 64, 128, 256)
CAPACITIES_BYTES: Final = tuple(2**power for power in range(19, 26))
"""512 KiB (the smallest STT-MRAM mat) to 32 MiB, powers of two."""


def write_axes(prefix: str = "") -> tuple[Axis, ...]:
    """Write voltage and pulse width; the useful range of docs/physics.md."""
    return (
        Range(
            name=f"{prefix}write_voltage_v",
            low=0.5,
            high=1.3,
            example="0.9 V is written 0.9",
            seen_by_training=True,
        ),
        Range(
            name=f"{prefix}pulse_width_s",
            low=2e-9,
            high=20e-9,
            log=True,
            example="4 ns is written 4e-9",
            seen_by_training=True,
        ),
    )


def array_axes() -> tuple[Axis, ...]:
    """Rows and columns of the systolic array."""
    return (
        Choice(name="array_rows", options=ARRAY_SIZES, seen_by_training=False),
        Choice(name="array_cols", options=ARRAY_SIZES, seen_by_training=False),
    )


def reliable_bits_axis(kind: str, bits: int) -> Axis:
    """How many of a value's high bits are written reliably, of one kind of data."""
    options = tuple(range(bits + 1))
    return Choice(name=f"{kind}_reliable_bits", options=options, seen_by_training=True)


def technology_axis(kind: str) -> Axis:
    """Which memory holds one kind of data."""
    return Choice(name=f"{kind}_technology", options=("sram", "stt_mram"), plugin="technology",
                  seen_by_training=True)  # fmt: skip


def capacity_axes(options: tuple[int, ...] = CAPACITIES_BYTES) -> tuple[Axis, ...]:
    """Capacity of each kind's region."""
    return tuple(
        Choice(name=f"{kind}_capacity_bytes", options=options, sized=True, seen_by_training=False)
        for kind in KINDS
    )


def array(values: Values) -> SystolicArray:
    """The systolic array at `values`."""
    return SystolicArray(rows=int(values["array_rows"]), cols=int(values["array_cols"]))


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


def plan(regions: dict[str, Region]) -> MemoryPlan:
    """The memory plan of three regions by kind."""
    return MemoryPlan(**regions)
