"""What a memory technology is; each of ours is one file."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Final, Literal

from evaluators import plugins
from evaluators.checks import brief, check_range, check_text
from evaluators.memories.own_arrays import OwnArray


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedWrite:
    """A write without a voltage law: energy of one bit, pulse width, and how often a bit fails.

    `error_probability` holds in both directions, of every bit; 0 is error-free.
    """

    energy_j: float
    pulse_width_s: float
    error_probability: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Technology:
    """A memory technology.

    `cell_area_f2` None lets the area follow the write current of the plan. `fixed_write` is for
    technologies that are compared at their published write; a technology of family `stt_mram`
    without one is written at the region's write condition.

    `hold_time_s` is how long its cells keep a bit: a step that lasts longer refreshes them. None
    is for ever, or as the scenario says of cells of a region's own.

    `arrays` are its own: area, energies, latencies and leakage at capacities that another tool or
    a chip tells, at whatever node, temperature and roadmap they hold; without them its arrays are
    NVSim's of its family. `label` is its name in prose; nothing is `name`.
    """

    name: str
    family: Literal["sram", "stt_mram"]
    cell_area_f2: float | None
    source: str
    fixed_write: FixedWrite | None = None
    hold_time_s: float | None = None
    arrays: tuple[OwnArray, ...] = ()
    label: str = ""

    def mistakes(self) -> list[str]:
        """Fields that no technology has, each with its rule, unit and remedy.

        Asked for where a technology is named, so that one wrong one does not hide its neighbours
        in the same module.
        """
        checks: list[Callable[[], None]] = [
            partial(check_text, "name", self.name),
            partial(check_text, "source", self.source),
            partial(_check_family, self.family),
            self._check_area,
            self._check_hold,
            self._check_arrays,
        ]
        write: object = self.fixed_write
        if isinstance(write, FixedWrite):
            checks += [partial(check_range, f"fixed_write.{field}", getattr(write, field), *limits)
                       for field, limits in WRITE_RANGES.items()]  # fmt: skip
        elif write is not None:
            got = brief(write)
            checks.append(partial(_refuse, f"`fixed_write` must be a FixedWrite, got {got}"))
        found = []
        for check in checks:
            try:
                check()
            except ValueError as error:
                found.append(str(error))
        return found

    def _check_area(self) -> None:
        if self.cell_area_f2 is not None:
            check_range("cell_area_f2", self.cell_area_f2, 4.0, 1000.0, "54 F^2 is written 54.0")
        elif self.family != "stt_mram" or self.fixed_write is not None:
            raise ValueError(
                "`cell_area_f2` must be given in [4, 1000] squared feature sizes, as no write "
                "current of a plan decides it, got None"
            )

    def _check_hold(self) -> None:
        if self.hold_time_s is None:
            return
        check_range("hold_time_s", self.hold_time_s, 1e-7, 1e3, "77 us is written 77e-6")
        if self.fixed_write is None:
            raise ValueError(
                "`hold_time_s` needs a `fixed_write`, as cells written at a design's voltage have "
                f"the retention of their diameter, got {self.hold_time_s:g}"
            )

    def _check_arrays(self) -> None:
        arrays: object = self.arrays
        if not isinstance(arrays, tuple) or not all(isinstance(a, OwnArray) for a in arrays):
            raise ValueError(f"`arrays` must be a tuple of OwnArray, got {brief(arrays)}")
        sizes = [one.capacity_bytes for one in self.arrays]
        if len(set(sizes)) != len(sizes):
            raise ValueError(f"`arrays` must have different capacities, got {brief(sizes)}")

    @property
    def non_volatile(self) -> bool:
        """Whether idle periphery may be switched off without losing data."""
        return self.family == "stt_mram" and self.hold_time_s is None

    @property
    def follows_write_condition(self) -> bool:
        """Whether a region's write condition says how its bits are written."""
        return self.family == "stt_mram" and self.fixed_write is None


WRITE_RANGES: Final[dict[str, tuple[float, float, str]]] = {
    "energy_j": (1e-18, 1e-8, "0.2 pJ is written 0.2e-12"),
    "pulse_width_s": (1e-11, 1e-3, "10 ns is written 10e-9"),
    "error_probability": (0.0, 1.0, "never is written 0.0"),
}
"""Least and most of a bit's fixed write: from voltage-controlled cells to flash."""

FAMILIES: Final = ("sram", "stt_mram")


def _check_family(family: object) -> None:
    if family not in FAMILIES:
        raise ValueError(
            f"`family` must be 'sram' or 'stt_mram', got {brief(family)}; another memory that "
            f"keeps its data takes 'stt_mram', whose periphery it then has, with a `fixed_write`"
        )


def _refuse(words: str) -> None:
    raise ValueError(words)


def technology(name: str) -> Technology:
    """The technology called `name`; `package.module:TECHNOLOGY` is the user's own, so renamed.

    Raises:
        UnknownNameError: no such technology; names the known ones and the nearest.
        ValueError: figures that no technology has; all of them at once.
    """
    return _named(name) if plugins.is_dotted(name) else _ours(name)


@cache
def _ours(name: str) -> Technology:
    """One of ours: asked for with every region, and checked once."""
    return _named(name)


def _named(name: str) -> Technology:
    found = plugins.TECHNOLOGY.load(name)
    if not isinstance(found, Technology):
        raise plugins.UnknownNameError(
            f"technology {name!r} must be an evaluators.memories.Technology"
        )
    wrong = found.mistakes()
    if wrong:
        raise ValueError(f"technology {brief(name)}: {'; '.join(wrong)}")
    label = found.label or ("" if found.name == name else found.name)
    return replace(found, name=name, label=label)
