"""The memories' part of a scenario: what is the same for every design of a study."""

from dataclasses import dataclass, field
from typing import Final, Literal

from evaluators.checks import STRICT, check_fields, check_range

SRAM_CELL_F2: Final = {
    "nvsim": 146.0,  # NVSim's SRAM cell
    "silicon_dense": 0.092 / 0.022**2,  # 0.092 um^2 at 22 nm; Karl et al., ISSCC 2012
    "silicon_low_voltage": 0.108 / 0.022**2,  # 0.108 um^2 at 22 nm; the same
}
"""Area of the technology `sram`'s cell. [F^2]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class BitShares:
    """What is written: share of ones, and of bits that differ from what the cell held."""

    __pydantic_config__ = STRICT

    ones: float = 0.5
    changed: float = 0.5

    def __post_init__(self) -> None:
        check_range("ones", self.ones, 0.0, 1.0)
        most = 2.0 * min(self.ones, 1.0 - self.ones)
        check_range("changed", self.changed, 0.0, most + 1e-9, "at most twice the rarer value")


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryOptions:
    """Word width, wires, where the leakage figure comes from, sleep, off-chip memory, data.

    `gate` is the share of its leakage that idle STT-MRAM keeps, whose periphery may be switched
    off, `sram_gate` that of idle SRAM, whose cells may be put to sleep but keep their data; 1, the
    default, is no sleep. A bank that serves an access leaks all of it: with u the share of time
    that it is busy, L (u + (1 - u) gate).

    `sram_cell`: NVSim's cell of 146 F^2, or those of published 22 nm processes, high density
    (0.092 um^2, 190 F^2) and low voltage (0.108 um^2, 223 F^2). `cell_area_f2` is that of
    STT-MRAM cells, which else follows from the write current.

    `bit_statistics`: `given` takes the three shares as they stand (random data by default),
    `measured` replaces them by those of the study's fault-free training.
    """

    __pydantic_config__ = STRICT

    word_bits: int = 256
    wire: Literal["repeated", "unrepeated"] = "repeated"
    leakage_source: Literal["nvsim", "cacti"] = "nvsim"
    leakage_scale: float = 1.0
    gate: float = 1.0
    sram_gate: float = 1.0
    dram: str = "hbm2"
    sram_cell: Literal["nvsim", "silicon_dense", "silicon_low_voltage"] = "nvsim"
    cell_area_f2: float | None = None
    bit_statistics: Literal["given", "measured"] = "given"
    activation_bits: BitShares = field(default_factory=BitShares)
    weight_bits: BitShares = field(default_factory=BitShares)
    error_bits: BitShares = field(default_factory=BitShares)

    def __post_init__(self) -> None:
        check_fields(
            self,
            {
                "leakage_scale": (0.0, 1000.0),
                "gate": (0.0, 1.0),
                "sram_gate": (0.0, 1.0),
            },
        )
        if self.cell_area_f2 is not None:
            check_range("cell_area_f2", self.cell_area_f2, 4.0, 1000.0)
