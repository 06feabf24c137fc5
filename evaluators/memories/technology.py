"""What a memory technology is; each of ours is one file."""

from dataclasses import dataclass, replace
from typing import Literal

from evaluators import plugins
from evaluators.checks import check_range


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedWrite:
    """A write without a voltage law: energy of one bit and pulse width, taken as error-free."""

    energy_j: float
    pulse_width_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Technology:
    """A memory technology.

    `cell_area_f2` None lets the area follow the write current of the plan. `fixed_write` is for
    technologies that are compared at their published write; a technology of family `stt_mram`
    without one is written at the region's write condition.
    """

    name: str
    family: Literal["sram", "stt_mram"]
    cell_area_f2: float | None
    source: str
    fixed_write: FixedWrite | None = None

    def __post_init__(self) -> None:
        if self.cell_area_f2 is not None:
            check_range("cell_area_f2", self.cell_area_f2, 4.0, 1000.0)

    @property
    def non_volatile(self) -> bool:
        """Whether idle periphery may be switched off without losing data."""
        return self.family == "stt_mram"

    @property
    def follows_write_condition(self) -> bool:
        """Whether a region's write condition says how its bits are written."""
        return self.family == "stt_mram" and self.fixed_write is None


def technology(name: str) -> Technology:
    """The technology called `name`; `package.module:TECHNOLOGY` is the user's own, so renamed.

    Raises:
        UnknownNameError: no such technology; names the known ones and the nearest.
    """
    found = plugins.TECHNOLOGY.load(name)
    if not isinstance(found, Technology):
        raise plugins.UnknownNameError(
            f"technology {name!r} must be an evaluators.memories.Technology"
        )
    return found if found.name == name else replace(found, name=name)
