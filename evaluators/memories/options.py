"""The memories' part of a scenario: what is the same for every design of a study."""

from dataclasses import dataclass
from typing import Literal

from evaluators.checks import STRICT, check_fields, check_range


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryOptions:
    """Word width, wires, where the leakage figure comes from, power gating, off-chip memory."""

    __pydantic_config__ = STRICT

    word_bits: int = 256
    wire: Literal["repeated", "unrepeated"] = "repeated"
    leakage_source: Literal["nvsim", "cacti"] = "nvsim"
    leakage_scale: float = 1.0
    gate: float = 1.0
    dram: str = "hbm2"
    cell_area_f2: float | None = None

    def __post_init__(self) -> None:
        check_fields(
            self,
            {
                "leakage_scale": (0.0, 1000.0),
                "gate": (0.0, 1.0),
            },
        )
        if self.cell_area_f2 is not None:
            check_range("cell_area_f2", self.cell_area_f2, 4.0, 1000.0)
