"""What the energy ratio owes to the assumptions that are not part of the bracket."""

from collections.abc import Iterable
from dataclasses import replace

from dse.claims.bracket import Bracket, mean
from dse.claims.claim import Grid, short, span
from dse.claims.suite import Case, Scored, arrays_of, own_scale
from dse.study import Study
from evaluators.energy import assumptions, nominal_design, sized
from evaluators.energy.logic import LEAKAGE_DENSITY_RATIO, element_leakage_w
from evaluators.memories import ROADMAPS


def assumed_grid(study: Study, networks: Iterable[str]) -> Grid:
    """The suite's mean with one other assumption changed, at the study's own roadmap."""
    found: dict[tuple[str, str], list[float]] = {}
    for network in networks:
        scenario = replace(study.scenario, network=network)
        design = sized(nominal_design(scenario, arrays_of(study)[0]), scenario)
        for effect in assumptions.effects(design, scenario):
            found.setdefault((effect.assumption, effect.value), []).append(effect.ratio)
    return Grid(
        title=f"System energy at {study.scenario.roadmap}, one assumption changed (suite's mean; "
        f"least and most network)",
        heads=("assumption", "value", "ratio"),
        rows=tuple(
            (assumption, value, f"{short(mean(ratios))} ({span(ratios, '')})")
            for (assumption, value), ratios in found.items()
        ),
    )


def elements(bracket: Bracket) -> str:
    """What the processing elements' leakage, the same on both sides, takes from the ratio."""
    told = []
    for roadmap in ROADMAPS:
        scale = own_scale(bracket.scenario, roadmap)
        cases = bracket.own(roadmap=roadmap)
        whole = mean([case.ratio("energy_j", scale) for case in cases])
        unit = replace(
            bracket.scenario,
            roadmap=roadmap,
            memory=replace(bracket.scenario.memory, leakage_source="nvsim", leakage_scale=1.0),
        )
        element_w = scale * element_leakage_w(unit)
        without = mean([_without_elements(case, scale, element_w) for case in cases])
        told.append(f"{roadmap} {short(without)}x instead of {short(whole)}x")
    return (
        f"A processing element leaks {LEAKAGE_DENSITY_RATIO:g} of what SRAM of its area does "
        f"(assumed), the same on both sides: without it the mean of the system would be "
        f"{', '.join(told)}."
    )


def _without_elements(case: Case, scale: float, element_w: float) -> float:
    rows, cols = case.array

    def rest(side: Scored) -> float:
        leaked = rows * cols * element_w * side.without.time_s
        return side.energy_j("energy_j", scale) - leaked

    return rest(case.sram) / rest(case.mram)
