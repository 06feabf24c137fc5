"""What is the same for every candidate of a study."""

from dataclasses import dataclass, field, replace
from typing import Literal

from evaluators.accelerator import AcceleratorOptions
from evaluators.checks import STRICT, check_fields
from evaluators.design import DesignPoint
from evaluators.device import Cell
from evaluators.memories import MemoryOptions
from evaluators.training import TrainingRecipe

NumberFormat = Literal["int8", "int16", "bf16", "fp8_e4m3", "fp8_e5m2"]
Sizing = Literal["free", "iso_capacity", "iso_area"]
BITS: dict[str, int] = {"int8": 8, "int16": 16, "bf16": 16, "fp8_e4m3": 8, "fp8_e5m2": 8}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Workload, technology and assumptions under which designs are scored.

    `roadmap` names the transistors: docs/decisions/0014-default-roadmap.md says why LOP.
    """

    __pydantic_config__ = STRICT

    network: str
    batch_size: int = 32
    number_format: NumberFormat = "int8"
    cell: str | Cell = "emram_28nm"
    node_nm: int = 22
    roadmap: str = "LOP"
    temperature_k: float = 350.0
    write_corner_k: float = 300.0
    sizing: Sizing = "free"
    baseline_capacity_bytes: int = 8 * 2**20
    memory: MemoryOptions = field(default_factory=MemoryOptions)
    accelerator: AcceleratorOptions = field(default_factory=AcceleratorOptions)
    training: TrainingRecipe = field(default_factory=TrainingRecipe)

    def __post_init__(self) -> None:
        check_fields(
            self,
            {
                "batch_size": (1, 2**20),
                "temperature_k": (200.0, 450.0),
                "write_corner_k": (200.0, 450.0),
                "baseline_capacity_bytes": (2**18, 2**36, "8 MiB is written 8388608"),
            },
        )

    @property
    def bits(self) -> int:
        """Bits of one stored value. [bits]"""
        return BITS[self.number_format]


def resolved(design: DesignPoint, scenario: Scenario) -> Scenario:
    """The scenario with the number format and encoding that a design asks for."""
    number_format = design.number_format or scenario.number_format
    encoding = design.encoding or scenario.training.encoding
    if (number_format, encoding) == (scenario.number_format, scenario.training.encoding):
        return scenario
    recipe = replace(scenario.training, encoding=encoding)
    return replace(scenario, number_format=number_format, training=recipe)
