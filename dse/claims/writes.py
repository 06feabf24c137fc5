"""The claim of more than 2x less write energy, at the cell and at the array."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dse.claims.claim import Claim, Grid, short, span
from dse.claims.suite import Memory
from dse.results import gentle_writes
from dse.si import si
from evaluators.design import DataKind, SystolicArray, WriteCondition
from evaluators.device import cell, nominal_write, write_cost
from evaluators.device.write import NOMINAL_LONGEST_PULSE_S, write_energy_j
from evaluators.energy import DesignBatch, baseline_design, regions
from evaluators.memories import ROADMAPS
from evaluators.scenario import Scenario

Array = NDArray[np.float64]

GAINS: Final = (1.5, gentle_writes.CLAIMED, 2.5, 3.0, 4.0)
SHORTEST_PULSE_S: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Writes:
    """Writes of one cell by condition: mean error rate, energy of a bit, energy of a word.

    `word_j` belongs to the roadmap it was asked for and includes the array's periphery, whose
    wires shrink with the cell as the write current falls. Shape `(n,)` each.
    """

    voltage_v: Array
    pulse_width_s: Array
    error_rate: Array
    bit_j: Array
    word_j: Array

    def surest(self, energy_j: Array, most_j: float) -> int | None:
        """The write of the least error rate that takes at most `most_j`."""
        errors = np.where(energy_j <= most_j, self.error_rate, np.inf)
        best = int(np.argmin(errors))
        return best if np.isfinite(errors[best]) else None

    def condition(self, place: int) -> WriteCondition:
        """One of the writes. [-]"""
        return WriteCondition(
            voltage_v=float(self.voltage_v[place]), pulse_width_s=float(self.pulse_width_s[place])
        )


def references(scenario: Scenario) -> dict[str, WriteCondition]:
    """The error-free write, and the cell's margined one where it has one."""
    device = cell(scenario.cell)
    found = {"nominal": nominal_write(device, write_corner_k=scenario.written_at_k)}
    if device.margin_write is not None:
        found["margined"] = device.margin_write
    return found


def relaxed_write(scenario: Scenario) -> WriteCondition:
    """The surest write that takes half of the error-free write's energy in the cell."""
    found = writes(scenario, ROADMAPS[0])
    own = priced(scenario, ROADMAPS[0], [references(scenario)["nominal"]])
    place = found.surest(found.bit_j, float(own.bit_j[0]) / gentle_writes.CLAIMED)
    return found.condition(0 if place is None else place)


@lru_cache(maxsize=8)
def writes(scenario: Scenario, roadmap: str) -> Writes:
    """Every write of interest: no harder than the hardest reference, and up to 10 ns."""
    device = cell(scenario.cell)
    ends_v, ends_s = device.write_range(
        temperature_k=scenario.written_at_k,
        lowest_overdrive=1.2,
        highest_voltage_v=max(w.voltage_v for w in references(scenario).values()),
        pulse_widths_s=(SHORTEST_PULSE_S, NOMINAL_LONGEST_PULSE_S),
    )
    volts, pulses = np.meshgrid(np.linspace(*ends_v, 121), np.geomspace(*ends_s, 49))
    pulses = np.clip(pulses, *ends_s)
    conditions = [
        WriteCondition(voltage_v=float(v), pulse_width_s=float(t))
        for v, t in zip(volts.ravel(), pulses.ravel(), strict=True)
    ]
    return priced(scenario, roadmap, conditions)


def priced(scenario: Scenario, roadmap: str, conditions: list[WriteCondition]) -> Writes:
    """Errors at the write corner, energies at the scenario's temperature; of random data."""
    device = cell(scenario.cell)
    volts = np.array([c.voltage_v for c in conditions])
    pulses = np.array([c.pulse_width_s for c in conditions])
    errors = write_cost(
        device, voltage_v=volts, pulse_width_s=pulses, temperature_k=scenario.written_at_k
    ).error_probability
    bit_j = write_energy_j(
        device, voltage_v=volts, pulse_width_s=pulses, temperature_k=scenario.temperature_k
    )
    return Writes(
        voltage_v=volts,
        pulse_width_s=pulses,
        error_rate=errors,
        bit_j=bit_j,
        word_j=_word_j(replace(scenario, roadmap=roadmap), conditions),
    )


def _word_j(scenario: Scenario, conditions: list[WriteCondition]) -> Array:
    """Energy of a written word of the activations' region. [J]"""
    sram = baseline_design(scenario, SystolicArray(rows=1, cols=1))
    designs = []
    for condition in conditions:
        mram = Memory(label="stt_mram", technology="stt_mram", write=condition)
        designs.append(replace(sram, memory=mram.everywhere(sram.memory)))
    return regions.region_cost(
        DesignBatch.of(designs), DataKind.ACTIVATION, scenario
    ).write_energy_j


def write_claim(scenario: Scenario) -> Claim:
    """What error rate buys twice the write energy, in the cell and in the array."""
    rows, rates = [], {}
    for name, reference in references(scenario).items():
        for gain in GAINS:
            found = {lvl: _bought(scenario, reference, gain, lvl) for lvl in ("cell", *ROADMAPS)}
            rows.append((f"{name}, {short(gain)}x", *(told for told, _ in found.values())))
            rates[name, gain] = {level: rate for level, (_, rate) in found.items()}
    return Claim(
        name="write energy",
        paper="more than 2x less write energy with a lower voltage and a shorter pulse",
        ours="; ".join(
            f"2x against the {name} write costs a mean error rate of {_told(rate['cell'])} in "
            f"the cell, {'/'.join(_told(rate[r]) for r in ROADMAPS)} ({'/'.join(ROADMAPS)}) with "
            f"the array's periphery"
            for (name, gain), rate in rates.items()
            if gain == gentle_writes.CLAIMED
        ),
        holds=(
            "training bears that error rate (see the rows that train), and the reference write "
            "has no margin to give away: the more margin, the fewer errors 2x costs"
        ),
        headline="; ".join(
            f"against {name}: error rate {_told(rate['cell'])} (cell), "
            f"{_told(rate[ROADMAPS[0]])} (array, {ROADMAPS[0]})"
            for (name, gain), rate in rates.items()
            if gain == gentle_writes.CLAIMED
        ),
        verdict="at those error rates",
        untold="the write it starts from (voltage, pulse, margin), cell or array, error rates",
        why=_why(scenario),
        grids=(
            Grid(
                title="Least mean error rate of a bit that buys a gain of write energy (write)",
                heads=("against", "cell", *(f"array, {r}" for r in ROADMAPS)),
                rows=tuple(rows),
            ),
        ),
        figures={f"{name}, {gain:g}x": rate for (name, gain), rate in rates.items()},
    )


def _told(rate: float | None) -> str:
    return "out of reach" if rate is None else f"{rate:.0e}"


def _bought(
    scenario: Scenario, reference: WriteCondition, gain: float, level: str
) -> tuple[str, float | None]:
    roadmap = ROADMAPS[0] if level == "cell" else level
    found, own = writes(scenario, roadmap), priced(scenario, roadmap, [reference])
    energies, most = (
        (found.bit_j, own.bit_j[0]) if level == "cell" else (found.word_j, own.word_j[0])
    )
    place = found.surest(energies, float(most) / gain)
    if place is None:
        return "out of reach", None
    rate = float(found.error_rate[place])
    write = found.condition(place)
    return f"{rate:.0e}, {write.voltage_v:.2f}V {write.pulse_width_s * 1e9:.1f}ns", rate


def _why(scenario: Scenario) -> tuple[str, ...]:
    lines = []
    bits = scenario.memory.word_bits
    for name, reference in references(scenario).items():
        own = {r: priced(scenario, r, [reference]) for r in ROADMAPS}
        shares = [100.0 * (1.0 - bits * o.bit_j[0] / o.word_j[0]) for o in own.values()]
        first = own[ROADMAPS[0]]
        lines.append(
            f"The {name} write, {reference.voltage_v:.3g} V and "
            f"{si(reference.pulse_width_s, 's')}, takes {si(float(first.bit_j[0]), 'J')} a bit at "
            f"a mean error rate of {first.error_rate[0]:.0e}; periphery is "
            f"{span(shares, ' %')} of a written word."
        )
    return tuple(lines)
