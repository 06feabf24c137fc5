"""Under which conditions the suite's mean lies where the source claims."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dse.claims.bracket import SCOPES, Bracket, mean
from dse.claims.claim import Grid, short, span
from dse.claims.suite import MIB, Case, Scope, leakage_scales, own_scale

CLAIMED: Final = (15.0, 22.0)
"""The source's factors."""

SHOWN: Final = 8
"""Configurations that are listed."""

GATES: Final = {1.0: "the MRAM's periphery always on", 0.0: "its idle periphery off"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """One set of conditions and the suite's ratios under it, by network."""

    roadmap: str
    array: tuple[int, int]
    capacity_bytes: int
    memory: str
    gate: float
    leakage: str
    own_leakage: bool
    ratios: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Geometric mean of the suite. [-]"""
        return mean(self.ratios)

    @property
    def claimed(self) -> bool:
        """Whether the mean lies where the source claims."""
        return CLAIMED[0] <= self.mean <= CLAIMED[1]

    def __str__(self) -> str:
        rows, cols = self.array
        return (
            f"{self.roadmap}, {rows}x{cols}, {self.capacity_bytes // MIB} MiB, {self.memory}, "
            f"leakage by {self.leakage}"
        )


def configurations(bracket: Bracket, scope: Scope) -> list[Configuration]:
    """Every set of conditions of the bracket, the study's own leakage first."""
    groups: dict[tuple[object, ...], list[Case]] = {}
    for case in bracket.cases:
        key = (case.roadmap, case.array, case.capacity_bytes, case.memory, case.gate)
        groups.setdefault(key, []).append(case)
    found = [
        Configuration(
            roadmap=cases[0].roadmap,
            array=cases[0].array,
            capacity_bytes=cases[0].capacity_bytes,
            memory=cases[0].memory,
            gate=cases[0].gate,
            leakage=name,
            own_leakage=scale == own_scale(bracket.scenario, cases[0].roadmap),
            ratios=tuple(case.ratio(scope, scale) for case in cases),
        )
        for cases in groups.values()
        for name, scale in leakage_scales(bracket.scenario, cases[0].roadmap).items()
    ]
    return sorted(found, key=lambda c: not c.own_leakage)


def where(bracket: Bracket) -> str:
    """For system and memory energy, with the MRAM's periphery on and gated."""
    scopes: tuple[Scope, Scope] = ("energy_j", "memory_energy_j")
    told = []
    for scope in scopes:
        every = configurations(bracket, scope)
        parts = [_told([c for c in every if c.gate == gate], name) for gate, name in GATES.items()]
        told.append(f"{SCOPES[scope]}: {'; '.join(parts)}")
    return f"the suite's mean lies within {CLAIMED[0]:g}-{CLAIMED[1]:g}x in {'. In '.join(told)}"


def _told(found: Sequence[Configuration], name: str) -> str:
    held = [c for c in found if c.claimed]
    if held:
        first = held[0]
        return (
            f"in {len(held)} of {len(found)} configurations with {name}, such as {first} "
            f"({span(first.ratios)})"
        )
    best = max(found, key=lambda c: c.mean)
    return f"in none of {len(found)} with {name} (at most {best.mean:.1f}x: {best})"


def where_grid(bracket: Bracket) -> Grid:
    """Configurations at the study's leakage whose mean in system energy is as claimed."""
    found = [c for c in configurations(bracket, "energy_j") if c.claimed]
    rows = [
        (
            c.roadmap,
            f"{c.array[0]}x{c.array[1]}",
            f"{c.capacity_bytes // MIB}",
            c.memory,
            c.leakage,
            "off" if c.gate == 0.0 else "on",
            f"{short(c.mean)} ({span(c.ratios, '')})",
        )
        for c in found[:SHOWN]
    ]
    return Grid(
        title=f"System energy's mean within {CLAIMED[0]:g}-{CLAIMED[1]:g}x "
        f"({min(SHOWN, len(found))} of {len(found)} configurations; least and most network)",
        heads=("roadmap", "array", "MiB", "memory", "leakage", "idle periphery", "ratio"),
        rows=tuple(rows),
    )
