"""Endurance: how long the suite may train until a cell wears out."""

from typing import Final

from dse.claims.bracket import Bracket
from dse.claims.claim import Claim, Grid, short, span
from evaluators.device import cell, endurance_writes, nominal_write
from evaluators.scenario import Scenario

DAY_S: Final = 86400.0
YEARS: Final = 5.0
WANTED_S: Final = YEARS * 365.25 * DAY_S
"""A machine's life; assumed."""


def wear_claim(bracket: Bracket) -> Claim:
    """Lifetime at the suite's write rates, and the endurance that five years need."""
    rows, lives, needs = [], {}, []
    for memory in bracket.memories:
        cases = bracket.own(memory=memory)
        days = [case.mram.without.lifetime_s / DAY_S for case in cases]
        rates = [c.mram.without.writes_per_cell / c.mram.without.time_s for c in cases]
        needed = [rate * WANTED_S for rate in rates]
        lives[memory] = days
        needs += needed
        rows.append(
            (memory, span(days, ""), span(rates, ""), f"{min(needed):.1e}-{max(needed):.1e}")
        )
    first, endured = next(iter(lives.values())), _endured(bracket.scenario)
    return Claim(
        name="endurance",
        paper="(not in the abstract) a scratchpad is written all the time",
        ours=f"{span(first, ' days')} of training without a pause, or "
        f"{span((d / 365.25 for d in first), ' years')}",
        holds=f"a cell endures {max(needs):.0e} writes for {short(YEARS)} years of the most "
        f"writing network, with writes spread evenly over the region",
        headline=f"{span(first, ' days')} without a pause",
        verdict=f"if cells endure {endured:.0e} writes",
        untold="endurance, and how writes are spread",
        why=(_assumption(bracket.scenario, endured),),
        grids=(
            Grid(
                title="Wear of the most written region, all roadmaps and networks",
                heads=("memory", "days", "writes a second", f"writes in {YEARS:g} years"),
                rows=tuple(rows),
            ),
        ),
        figures={"lifetime_days": lives, "writes_in_five_years": [min(needs), max(needs)]},
    )  # fmt: skip


def _endured(scenario: Scenario) -> float:
    """Error-free writes that a cell of the scenario endures."""
    device = cell(scenario.cell)
    write = nominal_write(device, write_corner_k=scenario.written_at_k)
    return float(
        endurance_writes(device, voltage_v=write.voltage_v, pulse_width_s=write.pulse_width_s)
    )


def _assumption(scenario: Scenario, endured: float) -> str:
    device = cell(scenario.cell)
    law = f": {device.endurance_law}" if device.endurance_law else ""
    return (
        f"Endurance is assumed, {endured:.1e} error-free writes{law}; no measured law of voltage "
        f"is known. Lifetime is proportional to it, and to the capacity."
    )
