"""Tables that break the energy ratios down: by network, memory, capacity, and by leakage."""

from collections.abc import Mapping
from typing import Any

from dse.claims.bracket import SCOPES, Bracket, mean
from dse.claims.claim import Grid, short, span
from dse.claims.suite import MIB, Case, Scope, sram_leakage_w_per_mib
from dse.si import si
from evaluators.memories import ROADMAPS


def by_network(bracket: Bracket) -> Grid:
    """Each network at the study's leakage, and over the bracket of leakage."""
    rows = []
    for network in bracket.networks:
        cells = [
            _mean_and_span(bracket, "energy_j", network=network, roadmap=roadmap)
            for roadmap in ROADMAPS
        ]
        rows.append((network, *cells))
    return Grid(
        title="System energy, SRAM over STT-MRAM, error-free writes (over the leakage bracket)",
        heads=("network", *ROADMAPS),
        rows=tuple(rows),
    )


def by_memory(bracket: Bracket) -> Grid:
    """The suite's mean by memory."""
    return _by(
        bracket,
        {label: {"memory": label} for label in bracket.memories},
        head="memory",
        title="Mean of the suite by memory (least and most of the bracket)",
    )


def by_capacity(bracket: Bracket) -> Grid:
    """The suite's mean by capacity, with the MRAM's periphery on, and off when idle."""
    wanted = {
        f"{size // MIB} MiB{'' if gate else ', gated'}": {"capacity_bytes": size, "gate": gate}
        for gate in (1.0, 0.0)
        for size in bracket.capacities
    }
    return _by(
        bracket,
        wanted,
        head="SRAM",
        title="Mean of the suite by capacity (gated: idle MRAM periphery costs nothing)",
    )


def by_array(bracket: Bracket) -> Grid:
    """The suite's mean by array, at the largest capacity as well."""
    sizes = dict.fromkeys((bracket.scenario.baseline_capacity_bytes, bracket.capacities[-1]))
    wanted = {
        f"{rows}x{cols}, {size // MIB} MiB": {"array": (rows, cols), "capacity_bytes": size}
        for size in sizes
        for rows, cols in sorted(bracket.arrays)
    }
    return _by(
        bracket,
        wanted,
        head="array, SRAM",
        title="Mean of the suite by array (a smaller one computes longer and asks for less)",
    )


def needed_leakage(bracket: Bracket, ratio: float) -> Grid:
    """Leakage of SRAM that gives a ratio, at the largest capacity and the first roadmap. [-]"""
    size, roadmap = max(c.capacity_bytes for c in bracket.own(capacity_bytes=None)), ROADMAPS[0]
    per_mib = sram_leakage_w_per_mib(bracket.scenario, roadmap)
    scopes: tuple[Scope, Scope] = ("energy_j", "memory_energy_j")
    rows = []
    for network in bracket.networks:
        cells = []
        for gate in (1.0, 0.0):
            (case,) = bracket.own(network=network, roadmap=roadmap, capacity_bytes=size, gate=gate)
            cells += [_needed(case, scope, ratio, per_mib) for scope in scopes]
        rows.append((network, *cells))
    return Grid(
        title=f"1 MiB of SRAM must leak so much for {ratio:g}x at {size // MIB} MiB, {roadmap} "
        f"(NVSim has {si(per_mib, 'W')})",
        heads=("network", "system", "scratchpad + DRAM", "system, gated", "scr. + DRAM, gated"),
        rows=tuple(rows),
    )


def _needed(case: Case, scope: Scope, ratio: float, per_mib_w: float) -> str:
    scale = case.scale_for(scope, ratio)
    if scale is None:
        return f"none: below {short(case.limit(scope))}x"
    return si(scale * per_mib_w, "W")


def _mean_and_span(bracket: Bracket, scope: Scope, **wanted: Any) -> str:
    cases = bracket.own(**wanted)
    if not cases:
        return "-"
    own = short(mean(bracket.own_ratios(cases, scope)))
    return f"{own} ({span(bracket.ratios(cases, scope), '')})"


def _by(
    bracket: Bracket, wanted: Mapping[str, Mapping[str, Any]], *, head: str, title: str
) -> Grid:
    rows = []
    scopes: tuple[Scope, Scope] = ("energy_j", "memory_energy_j")
    for name, properties in wanted.items():
        for scope in scopes:
            cells = [
                _mean_and_span(bracket, scope, roadmap=roadmap, **properties)
                for roadmap in ROADMAPS
            ]
            rows.append((name if scope == "energy_j" else "", SCOPES[scope], *cells))
    return Grid(title=title, heads=(head, "energy of", *ROADMAPS), rows=tuple(rows))
