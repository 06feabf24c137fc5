"""What a cell of a design's own brings, and which of its knobs: one at a time, and together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from dse.si import si
from dse.store import Scored
from evaluators.design import DataKind, DesignPoint, Region
from evaluators.energy import DesignBatch, evaluate_batch
from evaluators.scenario import Scenario, resolved

Change = Callable[[Region, Region], Region]
"""A region written error-free in the scenario's cell, and the design's, to one with a knob."""

KNOBS: Final[Mapping[str, Change]] = {
    "diameter": lambda plain, own: replace(plain, diameter_m=own.diameter_m),
    "write scheme": lambda plain, own: replace(
        plain, write_scheme=own.write_scheme, attempts=own.attempts
    ),
    "code": lambda plain, own: replace(plain, ecc=own.ecc),
    "gentler write": lambda plain, own: replace(plain, write=own.write),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class KnobGain:
    """How many times less energy the cells' writes of a step take, and less area the memories."""

    energy: float
    area: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CellGain:
    """A design beside the same memories written error-free in the scenario's cell. [J]"""

    write_j: float
    nominal_j: float
    together: KnobGain
    alone: Mapping[str, KnobGain]

    def in_words(self) -> str:
        """One sentence."""
        return (
            f"its cells' writes take {self.together.energy:.2g}x less energy than error-free "
            f"writes of the scenario's cell ({si(self.write_j, 'J')} against "
            f"{si(self.nominal_j, 'J')} a step), its memories {self.together.area:.2f}x less "
            f"area; alone: {self.knobs_in_words()}"
        )

    def knobs_in_words(self) -> str:
        """The knobs that change something, by their gain of energy."""
        knobs = sorted(self.alone.items(), key=lambda knob: -knob[1].energy)
        return ", ".join(
            f"{name} {gain.energy:.2g}x (area {gain.area:.2f}x)"
            for name, gain in knobs
            if gain != KnobGain(energy=1.0, area=1.0)
        )


def cell_gain(candidate: Scored, scenario: Scenario) -> CellGain | None:
    """The gains of a design whose regions have cells of their own; None where none has."""
    design = candidate.evaluation.design
    if not any(design.memory[kind].own_cell for kind in DataKind):
        return None
    designs = [design, _with(design, lambda plain, _: plain)]
    designs += [_with(design, change) for change in KNOBS.values()]
    report = evaluate_batch(DesignBatch.of(designs), resolved(design, scenario))
    energies, areas = report["write_energy_j"], report["memory_area_m2"]
    gains = [
        KnobGain(energy=float(energies[1] / energy), area=float(areas[1] / area))
        for energy, area in zip(energies, areas, strict=True)
    ]
    return CellGain(
        write_j=float(energies[0]),
        nominal_j=float(energies[1]),
        together=gains[0],
        alone=dict(zip(KNOBS, gains[2:], strict=True)),
    )


def _with(design: DesignPoint, change: Change) -> DesignPoint:
    """The design with one knob as it is, all others as in the scenario's cell."""

    def changed(_: DataKind, own: Region) -> Region:
        if not own.own_cell:
            return own
        plain = replace(
            own, write=None, diameter_m=None, write_scheme="single", attempts=1, ecc="none"
        )
        return change(plain, own)

    return replace(design, memory=design.memory.each(changed))
