"""What is the same for every candidate of a study."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal

from evaluators.accelerator import AcceleratorOptions
from evaluators.checks import STRICT, brief, check_fields
from evaluators.design import DesignPoint
from evaluators.device import AnyCell, Cell, cell, retention
from evaluators.memories import MemoryOptions, Technology, technology
from evaluators.plugins import Named, name_of
from evaluators.training import TrainingRecipe

NumberFormat = Literal["int8", "int16", "bf16", "fp8_e4m3", "fp8_e5m2"]
Sizing = Literal["free", "iso_capacity", "iso_area"]
Nominal = Literal["cell", "system"]
BITS: dict[str, int] = {"int8": 8, "int16": 16, "bf16": 16, "fp8_e4m3": 8, "fp8_e5m2": 8}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Workload, technology and assumptions under which designs are scored.

    `roadmap` names the transistors: docs/decisions/0014-default-roadmap.md says why LOP.

    `cells` gives memory technologies cells of their own, by their names; all others that are
    written at a design's condition have `cell`. None is no such technology.

    Write errors are counted at `write_corner_k`, the coldest that a chip gets: its drivers know no
    temperature. Those of "operating" follow it, so `temperature_k` counts.

    `nominal_write` says whose energy the error-free write is least in: the cells', or the system's
    (`evaluators.energy.nominal`).

    Where a region names the diameter of its cells, their bits decay for `hold_time_s` at
    `hold_corner_k`, and by `reads_per_value` reads of every written value; None takes the most
    that arrays of 16 to 256 rows and columns need (`evaluators.accelerator.most_reads`). Cells are
    read at `read_voltage_v`; None is the cell's own.
    """

    __pydantic_config__ = STRICT

    network: Named
    batch_size: int = 32
    number_format: NumberFormat = "int8"
    cell: str | Cell = "emram_28nm"
    cells: Mapping[str, str | Cell] | None = field(default=None, hash=False)
    node_nm: int = 22
    roadmap: str = "LOP"
    temperature_k: float = 350.0
    write_corner_k: float | Literal["operating"] = 300.0
    nominal_write: Nominal = "cell"
    hold_corner_k: float = 350.0
    hold_time_s: float = 20e-3
    read_voltage_v: float | None = None
    reads_per_value: float | None = None
    sizing: Sizing = "free"
    baseline_capacity_bytes: int = 8 * 2**20
    memory: MemoryOptions = field(default_factory=MemoryOptions)
    accelerator: AcceleratorOptions = field(default_factory=AcceleratorOptions)
    training: TrainingRecipe = field(default_factory=TrainingRecipe)

    def __post_init__(self) -> None:
        object.__setattr__(self, "network", name_of(self.network, "network"))
        if not isinstance(self.cell, Cell):
            object.__setattr__(self, "cell", name_of(self.cell, "cell"))
        asked = {
            name: limits
            for name, limits in (("read_voltage_v", (1e-3, 1.0, "80 mV is written 0.08")),
                                 ("reads_per_value", (0.0, 1e12)),
                                 ("write_corner_k", (200.0, 450.0)))
            if getattr(self, name) not in (None, "operating")
        }  # fmt: skip
        check_fields(
            self,
            {
                "batch_size": (1, 2**20),
                "temperature_k": (200.0, 450.0),
                "hold_corner_k": (200.0, 450.0),
                "hold_time_s": (1e-9, 1e12, "20 ms is written 20e-3"),
                "baseline_capacity_bytes": (2**18, 2**36, "8 MiB is written 8388608"),
                **asked,
            },
        )
        if self.cells is not None:
            object.__setattr__(self, "cells", _named_cells(self.cells))
        if self.training.model == "network":
            trained = replace(self.training, model=self._trained_network())
            object.__setattr__(self, "training", trained)

    def _trained_network(self) -> str:
        """The network's name, where it can be the module that is trained."""
        if ":" not in self.network:
            raise ValueError(
                f"`training.model` is network, but {self.network!r} is no torch module, which "
                f"alone can be trained: name a network `package.module:build` that returns one "
                f"and its inputs, or another model"
            )
        return str(self.network)

    @property
    def written_at_k(self) -> float:
        """The temperature at which write errors are counted. [K]"""
        if self.write_corner_k == "operating":
            return self.temperature_k
        return self.write_corner_k

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


def _named_cells(cells: Mapping[str, str | Cell]) -> dict[str, str | Cell] | None:
    """By the names of technologies; None without any."""
    given: object = cells
    if not isinstance(given, Mapping):
        raise ValueError(f"`cells` must name technologies and their cells, got {brief(given)}")
    return {
        str(name_of(tech, "cells")): one if isinstance(one, Cell) else name_of(one, "cells")
        for tech, one in cells.items()
    } or None


def cell_of(scenario: Scenario, technology_name: str) -> str | Cell:
    """The cell of a technology: that of `cells`, or the scenario's."""
    return (scenario.cells or {}).get(technology_name, scenario.cell)


def technology_of(scenario: Scenario, name: str) -> Technology:
    """The technology called `name`; one with a cell in `cells` is written as that cell is.

    Raises:
        ValueError: a cell for a memory that has none; figures that no technology has.
    """
    found = technology(name)
    return _with_cell(found) if name in (scenario.cells or {}) else found


@lru_cache(maxsize=256)
def _with_cell(tech: Technology) -> Technology:
    if wrong := has_no_cell(tech):
        raise ValueError(f"`cells`: {wrong}")
    return replace(tech, fixed_write=None)


def has_no_cell(tech: Technology) -> str:
    """Why a technology can have no cell in `cells`; empty where it can."""
    if tech.family != "sram" and tech.hold_time_s is None:
        return ""
    kind = "SRAM" if tech.family == "sram" else "a memory that is refreshed"
    return (
        f"technology {tech.name!r} is {kind}, which no cell writes; leave it out, or name one of "
        f"family 'stt_mram' that keeps its data"
    )


def cell_at(
    scenario: Scenario, diameter_m: float | None, technology_name: str = "stt_mram"
) -> AnyCell:
    """The cell of a technology, as large as a region asks and read as the scenario does. [m]

    Raises:
        ValueError: a measured cell, whose size and read are those of the measurement.
    """
    name = cell_of(scenario, technology_name)
    return _cell_at(name, diameter_m, scenario.read_voltage_v, _stamp(name))


def _stamp(name: str | Cell) -> tuple[int, int, int]:
    """Of a file of measurements: another where its content is; else zeros."""
    if isinstance(name, Cell) or not name.endswith(".csv"):
        return 0, 0, 0
    try:
        told = os.stat(name)
    except OSError:  # told of where it is read
        return 0, 0, 0
    return told.st_ino, told.st_mtime_ns, told.st_size


@lru_cache(maxsize=256)
def _cell_at(
    name: str | Cell,
    diameter_m: float | None,
    read_voltage_v: float | None,
    stamp: tuple[int, int, int],
) -> AnyCell:
    del stamp  # a file that is edited is read again
    found = cell(name)
    for field_name, value in (("diameter_m", diameter_m), ("read_voltage_v", read_voltage_v)):
        if value is not None and not isinstance(found, Cell):
            raise ValueError(
                f"`{field_name}` needs a modelled cell, as {found.name!r} is what was measured; "
                f"leave it out, or take a cell such as 'emram_28nm', got {value:g}"
            )
    if isinstance(found, Cell):
        if diameter_m is not None:
            found = replace(found, diameter_m=diameter_m)
        if read_voltage_v is not None:
            found = retention.read_at(found, read_voltage_v=read_voltage_v)
    return found
