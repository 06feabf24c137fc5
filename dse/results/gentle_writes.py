"""How much write energy a design's gentler writes save, and which kind of data allows it.

Energies are the cells' own, without periphery, as in the claim of the source. A design stands
beside itself with every MRAM bit written error-free, so that what moves to SRAM is not taken for a
gentler write; and beside an all-MRAM design of its array and capacities, written error-free.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dse.store import Scored
from evaluators.design import BitErrors, DataKind, DesignPoint, Region, WriteCondition
from evaluators.device import cell
from evaluators.energy import DesignBatch, nominal, step
from evaluators.memories import technology
from evaluators.scenario import Scenario, cell_of, resolved

CLAIMED: Final = 2.0
"""The source's factor of write energy."""

PLURALS: Final = {
    DataKind.ACTIVATION: "activations",
    DataKind.WEIGHT: "weights",
    DataKind.ERROR: "errors",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class KindWrites:
    """One kind of data: its cells' writes of a step, as designed and error-free.

    `error_rate` is the mean of the bits that are not written reliably, `reliable_bits` how many
    are. `sram` says that the kind's memory has no MRAM cells.
    """

    kind: DataKind
    write_j: float
    nominal_j: float
    error_rate: float
    reliable_bits: int
    sram: bool

    @property
    def gain(self) -> float:
        """How many times less than error-free; 1 where nothing is written to MRAM. [-]"""
        return self.nominal_j / self.write_j if self.write_j > 0.0 else 1.0

    @property
    def saved_j(self) -> float:
        """Energy saved against error-free writes. [J]"""
        return self.nominal_j - self.write_j


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteGain:
    """A design's writes beside the error-free ones; `all_mram_j` with all kinds in MRAM. [J]"""

    candidate: Scored
    kinds: tuple[KindWrites, ...]
    all_mram_j: float

    @property
    def write_j(self) -> float:
        """The cells' writes of a step. [J]"""
        return sum(kind.write_j for kind in self.kinds)

    @property
    def nominal_j(self) -> float:
        """The same memories written error-free. [J]"""
        return sum(kind.nominal_j for kind in self.kinds)

    @property
    def gain(self) -> float:
        """How many times less than the same memories written error-free. [-]"""
        return self.nominal_j / self.write_j if self.write_j > 0.0 else 1.0

    def share(self, kind: KindWrites) -> float:
        """Of what is saved, the part that a kind saves. [-]"""
        saved = self.nominal_j - self.write_j
        return kind.saved_j / saved if saved > 0.0 else 0.0

    @property
    def allowed_by(self) -> KindWrites:
        """The kind that saves most."""
        return max(self.kinds, key=lambda kind: kind.saved_j)

    def in_words(self) -> str:
        """Each kind in MRAM: its gain, its error rate and its part of what is saved."""
        told = []
        for kind in self.kinds:
            name = PLURALS[kind.kind]
            if kind.sram:
                told.append(f"{name} in SRAM")
                continue
            many = f"{kind.reliable_bits} high bit{'s' * (kind.reliable_bits > 1)}"
            reliable = f" with {many} reliable" if kind.reliable_bits else ""
            told.append(
                f"{name} {kind.gain:.2g}x less at an error rate of {kind.error_rate:.0e}"
                f"{reliable} ({100.0 * self.share(kind):.0f} % of what is saved)"
            )
        return ", ".join(told)


def chosen_writes(candidate: Scored) -> dict[DataKind, WriteCondition]:
    """The kinds some of whose bits are written at a condition of the design's own.

    Not those whose bits are all reliable, nor memories whose write is given.
    """
    memory, profile = candidate.evaluation.design.memory, candidate.evaluation.profile
    return {
        kind: write
        for kind in DataKind
        if profile is not None
        and (write := memory[kind].write) is not None
        and memory[kind].reliable_bits < profile[kind].bits
        and by_a_cell(memory[kind].technology, profile[kind])
    }


def by_a_cell(name: str, errors: BitErrors) -> bool:
    """Whether a cell's errors are those of a technology's bits: a fixed write has one rate."""
    fixed = technology(name).fixed_write
    return fixed is None or max(errors.to_one) != fixed.error_probability


def gentlest(gains: Sequence[WriteGain]) -> WriteGain | None:
    """Of the designs that reach the source's factor the one that saves most; else the best gain.

    So a design that writes little to MRAM does not stand for one that writes all of it there.
    """
    reached = [gain for gain in gains if gain.gain >= CLAIMED]
    if reached:
        return max(reached, key=lambda gain: gain.nominal_j - gain.write_j)
    return max(gains, key=lambda gain: gain.gain, default=None)


def write_gains(candidates: Sequence[Scored], scenario: Scenario) -> list[WriteGain]:
    """The gains of those candidates that write some kind of data to MRAM at a condition."""
    groups: dict[Scenario, list[int]] = {}
    for row, candidate in enumerate(candidates):
        if chosen_writes(candidate):
            scored_under = resolved(candidate.evaluation.design, scenario)
            groups.setdefault(scored_under, []).append(row)
    gains: dict[int, WriteGain] = {}
    for scored_under, rows in groups.items():
        gains |= zip(rows, _gains([candidates[row] for row in rows], scored_under), strict=True)
    return [gains[row] for row in sorted(gains)]


def _gains(members: list[Scored], scenario: Scenario) -> list[WriteGain]:
    """Of designs that are scored under the same scenario."""
    designs = [candidate.evaluation.design for candidate in members]
    batch = DesignBatch.of(
        [*designs, *(_error_free(d, scenario) for d in designs), *(_all_mram(d) for d in designs)]
    )
    energies = step.cell_write_energies_j(batch, scenario).reshape(len(DataKind), 3, len(members))
    return [
        WriteGain(
            candidate=candidate,
            kinds=tuple(
                _kind_writes(candidate, kind, energies[row, :2, column], scenario.bits)
                for row, kind in enumerate(DataKind)
            ),
            all_mram_j=float(energies[:, 2, column].sum()),
        )
        for column, candidate in enumerate(members)
    ]


def _kind_writes(
    candidate: Scored, kind: DataKind, energies: NDArray[np.float64], bits: int
) -> KindWrites:
    region, profile = candidate.evaluation.design.memory[kind], candidate.evaluation.profile
    assert profile is not None
    return KindWrites(
        kind=kind,
        write_j=float(energies[0]),
        nominal_j=float(energies[1]),
        error_rate=_error_rate(profile[kind], region.reliable_bits),
        reliable_bits=min(region.reliable_bits, bits),
        sram=region.technology == "sram",
    )


def _error_free(design: DesignPoint, scenario: Scenario) -> DesignPoint:
    """The design with the error-free single write of its cell wherever a write is chosen."""
    plain = {"diameter_m": None, "write_scheme": "single", "attempts": 1, "ecc": "none"}

    def single(region: Region) -> Region:
        device = cell(cell_of(scenario, region.technology))
        write = nominal.scenario_nominal(device, scenario)
        return replace(region, write=write, **plain)  # type: ignore[arg-type]

    memory = design.memory.each(lambda _, r: single(r) if r.write else r)
    return replace(design, memory=memory)


def _all_mram(design: DesignPoint) -> DesignPoint:
    memory = design.memory.each(
        lambda _, region: Region(
            technology="stt_mram",
            capacity_bytes=region.capacity_bytes,
            buffer_bytes=region.buffer_bytes,
        )
    )
    return replace(design, memory=memory)


def _error_rate(errors: BitErrors, reliable_bits: int) -> float:
    """Mean over both directions of the bits that are not reliable."""
    kept = max(errors.bits - reliable_bits, 0)
    pairs = [*errors.to_one[:kept], *errors.to_zero[:kept]]
    return sum(pairs) / len(pairs) if pairs else 0.0
