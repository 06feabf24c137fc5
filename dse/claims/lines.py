"""The answer in plain words: at most six lines, a figure that will be quoted first and alone."""

from collections.abc import Sequence

from dse.claims.best import Best
from dse.claims.bracket import Bracket, mean
from dse.claims.claim import Claim, short, span
from dse.claims.suite import MIB, own_scale
from dse.claims.where import CLAIMED, Configuration, configurations
from dse.results.gentle_writes import CLAIMED as HALVED
from evaluators.memories import ROADMAPS


def plain_lines(
    bracket: Bracket, best: Sequence[Best], claims: Sequence[Claim]
) -> tuple[str, ...]:
    """What the model answers, before any table.

    Args:
        bracket: the cases of equal capacity.
        best: each memory at its own best.
        claims: without the trained ones; those of density and write energy are told.
    """
    told = {claim.name: claim for claim in claims}
    lines = [
        _same_capacity(bracket),
        _own_best(best),
        _claimed(bracket),
        f"Density: {told['density'].headline}, where the abstract says 3-4x.",
        _half_write(bracket, told["write energy"]),
    ]
    return tuple(lines)


def less(ratio: float) -> str:
    """A ratio of SRAM's over STT-MRAM's energy as words. [-]"""
    if ratio >= 1.0:
        return f"{short(ratio)}x less"
    return f"{short(1.0 / ratio)}x more"


def _same_capacity(bracket: Bracket) -> str:
    size = bracket.scenario.baseline_capacity_bytes // MIB
    first: list[str] = []
    spread: list[str] = []
    for roadmap in ROADMAPS:
        cases = bracket.own(roadmap=roadmap)
        ratios = bracket.own_ratios(cases, "energy_j")
        first.append(f"{less(mean(ratios))} {'' if first else 'energy '}with {roadmap}")
        slower = mean([case.slowdown for case in cases])
        spread.append(f"{roadmap} {span(ratios)} in {short(slower)}x the time")
    return (
        f"{', '.join(first)} transistors: a training step with STT-MRAM against SRAM of the same "
        f"{size} MiB, banks and mats, written without errors (networks: {'; '.join(spread)})."
    )


def _own_best(best: Sequence[Best]) -> str:
    sram = [one for one in best if one.ratio < 1.0]
    means = [
        f"{roadmap} {less(mean([one.ratio for one in best if one.roadmap == roadmap]))}"
        for roadmap in ROADMAPS
    ]
    return (
        f"SRAM needs less energy for {len(sram)} of {len(best)} pairs of network and transistors "
        f"where each has the capacity, banks and mats that suit it best (STT-MRAM in the mean: "
        f"{', '.join(means)})."
    )


def _claimed(bracket: Bracket) -> str:
    every = configurations(bracket, "energy_j")
    on = [c for c in every if c.gate == 1.0]
    off = [c for c in every if c.gate == 0.0]
    return (
        f"{CLAIMED[0]:g}-{CLAIMED[1]:g}x less system energy in the suite's mean: "
        f"{_reached(on)} while the periphery leaks, {_reached(off)} with idle periphery off."
    )


def _reached(found: Sequence[Configuration]) -> str:
    held = [c for c in found if c.mean >= CLAIMED[0]]
    if held:
        return f"in {len(held)} of {len(found)} configurations"
    most = max(found, key=lambda c: c.mean)
    return f"in none of {len(found)} configurations (at most {short(most.mean)}x: {most})"


def _half_write(bracket: Bracket, claim: Claim) -> str:
    """What half the write energy costs in errors, and is worth in the system."""
    rate = claim.figures[f"nominal, {HALVED:g}x"]["cell"]
    gains = []
    for roadmap in ROADMAPS:
        whole, half = (bracket.own(roadmap=roadmap, memory=name) for name in bracket.memories[:2])
        scale = own_scale(bracket.scenario, roadmap)
        ratios = [
            1.0 - less_j.mram.energy_j("energy_j", scale) / full.mram.energy_j("energy_j", scale)
            for full, less_j in zip(whole, half, strict=True)
        ]
        gains.append(100.0 * sum(ratios) / len(ratios))
    failed = "is out of reach" if rate is None else f"lets one write in {1.0 / rate:,.0f} fail"
    return (
        f"Half the write energy of a bit {failed}; in the system it is worth "
        f"{span(gains, ' %')} of the energy."
    )
