"""The claim of 15-22x less system energy, at equal capacity and at equal area."""

from collections.abc import Callable, Sequence

from dse.claims.assumed import elements
from dse.claims.bracket import SCOPES, Bracket, mean
from dse.claims.claim import Claim, Grid, short, span, verdict
from dse.claims.energy_grids import by_array, by_capacity, by_memory, by_network, needed_leakage
from dse.claims.suite import MIB, Case, Scope, own_scale
from dse.claims.where import CLAIMED, where, where_grid
from evaluators.design import DataKind
from evaluators.memories import ROADMAPS


def energy_claim(
    bracket: Bracket, *, equal: str, more: tuple[str, ...] = (), grids: tuple[Grid, ...] = ()
) -> Claim:
    """System energy over the suite at equal `capacity` or `area`.

    `more` goes with the reasons, `grids` with the tables.
    """
    return Claim(
        name=f"energy at equal {equal}",
        paper=f"up to {CLAIMED[0]:g}-{CLAIMED[1]:g}x less system energy at equal {equal}",
        ours=_ours(bracket),
        holds=where(bracket),
        headline=_headline(bracket),
        verdict="; ".join(
            f"{name} {verdict(bracket.ratios(bracket.all(gate=gate), 'energy_j'), CLAIMED[0])}"
            for gate, name in {1.0: "periphery on:", 0.0: "idle periphery off:"}.items()
        ),
        untold=(
            "node and transistors (leakage), capacity, whether MACs and DRAM count, whether the "
            "MRAM's periphery leaks, the networks"
        ),
        why=(*_shares(bracket), *_limits(bracket), elements(bracket), *_writes(bracket))
        + (_equal_area(bracket) if equal == "area" else ())
        + more,
        grids=(
            by_network(bracket),
            by_memory(bracket),
            by_capacity(bracket),
            by_array(bracket),
            needed_leakage(bracket, CLAIMED[0]),
            where_grid(bracket),
            *grids,
        ),
        figures=_figures(bracket),
    )


def _ours(bracket: Bracket) -> str:
    """Over networks, roadmaps and leakages; then the means, then everything else as well."""
    cases = bracket.own()
    spans = [f"{name} {span(bracket.ratios(cases, scope))}" for scope, name in SCOPES.items()]
    means = [
        f"{roadmap} {short(mean(bracket.own_ratios(bracket.own(roadmap=roadmap), 'energy_j')))}x"
        for roadmap in ROADMAPS
    ]
    sizes = bracket.capacities
    whole = span(bracket.ratios(bracket.all(gate=1.0), "energy_j"))
    return (
        f"{bracket.scenario.baseline_capacity_bytes // MIB} MiB, error-free writes: "
        f"{', '.join(spans)}; system's mean over the suite {', '.join(means)}. All memories and "
        f"arrays, {sizes[0] // MIB}-{sizes[-1] // MIB} MiB: system {whole}"
    )


def _headline(bracket: Bracket) -> str:
    cases, size = bracket.own(), bracket.scenario.baseline_capacity_bytes // MIB
    largest, every = bracket.capacities[-1] // MIB, bracket.all(gate=1.0)
    system, whole = (span(bracket.ratios(found, "energy_j")) for found in (cases, every))
    gated = short(max(bracket.ratios(bracket.all(gate=0.0), "energy_j")))
    return (
        f"system {system}, scratchpad + DRAM {span(bracket.ratios(cases, 'memory_energy_j'))} at "
        f"{size} MiB; with all memories and arrays up to {largest} MiB system {whole}, idle "
        f"periphery off up to {gated}x"
    )


def _shares(bracket: Bracket) -> tuple[str, ...]:
    """Where SRAM's energy goes, and how little a perfect memory would leave of it."""
    lines = []
    for roadmap in ROADMAPS:
        cases = bracket.own(roadmap=roadmap)
        scale = own_scale(bracket.scenario, roadmap)
        parts: dict[str, Callable[[Case, float], float]] = {
            "scratchpad leakage": _leakage_j,
            "accumulator and array leakage": _common_leakage_j,
            "MACs": lambda case, _: case.sram.without.mac_j,
            "DRAM": lambda case, _: case.sram.without.dram_j,
        }
        told = [f"{name} {_of_sram(cases, scale, part)}" for name, part in parts.items()]
        free = span(c.free_memory_ratio(scale) for c in cases)
        lines.append(
            f"{roadmap}: of the SRAM system's energy goes to {', '.join(told)}. A scratchpad that "
            f"costs nothing at all would win {free}."
        )
    return tuple(lines)


def _of_sram(cases: Sequence[Case], scale: float, part: Callable[[Case, float], float]) -> str:
    return span((100.0 * part(c, scale) / c.sram.energy_j("energy_j", scale) for c in cases), " %")


def _leakage_j(case: Case, scale: float) -> float:
    scope: Scope = "scratchpad_energy_j"
    return case.sram.energy_j(scope, scale) - case.sram.energy_j(scope, 0.0)


def _common_leakage_j(case: Case, scale: float) -> float:
    memories_j = case.sram.with_nvsim.leakage_j - case.sram.without.leakage_j
    return case.sram.without.leakage_j + scale * memories_j - _leakage_j(case, scale)


def _limits(bracket: Bracket) -> tuple[str, ...]:
    """What leakage can give at most, and what slower accesses take away."""
    first = bracket.own(roadmap=ROADMAPS[0])
    scale = own_scale(bracket.scenario, ROADMAPS[0])
    depth = bracket.scenario.accelerator.accumulator_depth_words
    return (
        f"Were leakage all that counts, {ROADMAPS[0]} would give "
        f"{span(c.limit('scratchpad_energy_j') for c in first)} in the scratchpad and "
        f"{span(c.limit('energy_j') for c in first)} in the system, whose accumulator "
        f"({depth} words a column) is SRAM on both sides: without gating, no leakage gives more.",
        f"STT-MRAM takes {span(c.slowdown for c in first)} the time of SRAM with as many banks of "
        f"the same mats: each is busy for the pulse as well. At SRAM's time the system would win "
        f"{span(_at_sram_time(c, scale) for c in first)}.",
    )


def _at_sram_time(case: Case, scale: float) -> float:
    """The ratio in system energy if STT-MRAM leaked for no longer than SRAM does."""
    mram = case.mram
    leak_j = mram.without.leakage_j + scale * (mram.with_nvsim.leakage_j - mram.without.leakage_j)
    saved = leak_j * (1.0 - 1.0 / case.slowdown)
    return case.sram.energy_j("energy_j", scale) / (mram.energy_j("energy_j", scale) - saved)


def _writes(bracket: Bracket) -> tuple[str, ...]:
    """How much of STT-MRAM's energy its writes are."""
    lines = []
    for scope in ("energy_j", "scratchpad_energy_j"):
        shares = [
            100.0
            * sum(getattr(case.mram.without, f"{kind}_write_j") for kind in DataKind)
            / case.mram.energy_j(scope, own_scale(bracket.scenario, case.roadmap))
            for case in bracket.own()
        ]
        lines.append(span(shares, " %"))
    return (
        f"Writes are {lines[0]} of the STT-MRAM system's energy and {lines[1]} of the "
        f"scratchpad's, over all roadmaps: what a gentler write can save at most.",
    )


def _equal_area(bracket: Bracket) -> tuple[str, ...]:
    cases = bracket.own(memory=None)
    grown = [case.mram_capacity_bytes / case.capacity_bytes for case in cases]
    moved = [case.mram.without.dram_bytes / case.sram.without.dram_bytes for case in cases]
    largest = bracket.all(capacity_bytes=bracket.capacities[-1], gate=1.0)
    far = [case.mram.without.dram_bytes / case.sram.without.dram_bytes for case in largest]
    return (
        f"Equal area gives STT-MRAM {span(grown)} the capacity, by its cell, and with it more "
        f"leakage; off-chip traffic falls only to {span(moved)} of SRAM's "
        f"({span(far)} at {bracket.capacities[-1] // MIB} MiB).",
    )


def _figures(bracket: Bracket) -> dict[str, object]:
    """Every case: ratios at the study's leakage, and the least and most of its bracket."""
    return {
        "study": bracket.study.name,
        "cases": [
            {
                "network": case.network,
                "roadmap": case.roadmap,
                "memory": case.memory,
                "array": list(case.array),
                "capacity_bytes": case.capacity_bytes,
                "mram_capacity_bytes": case.mram_capacity_bytes,
                "gate": case.gate,
                "time_ratio": case.slowdown,
                **{name: _ratio(bracket, case, scope) for scope, name in SCOPES.items()},
            }
            for case in bracket.cases
        ],
    }


def _ratio(bracket: Bracket, case: Case, scope: Scope) -> dict[str, float]:
    every = bracket.ratios([case], scope)
    (own,) = bracket.own_ratios([case], scope)
    return {"ratio": own, "least": min(every), "most": max(every)}
