"""The claims of the source beside the model's answers, computed when asked for."""

from dataclasses import dataclass
from pathlib import Path

from dse.claims.bracket import Bracket
from dse.claims.cells import access_claim, conditions, curves, density_claim, leakage_claim
from dse.claims.claim import Claim
from dse.claims.energy import energy_claim
from dse.claims.suite import NETWORKS, Memory, sweep
from dse.claims.trained import trained_claims
from dse.claims.wear import wear_claim
from dse.claims.writes import relaxed_write, write_claim
from dse.study import Study, read_study
from evaluators.memories import technology

__all__ = ["Answers", "Bracket", "Claim", "answers"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """All claims, and the brackets of cases behind the two on energy."""

    conditions: str
    claims: tuple[Claim, ...]
    equal_capacity: Bracket
    equal_area: Bracket


def answers(studies: Path, folder: Path) -> Answers:
    """All claims: the analytical ones computed now, the trained ones read from stored results.

    Args:
        studies: folder of `iso_capacity.toml` and `iso_area.toml`, whose scenarios and memories
            are taken, and of the studies that train.
        folder: where results live.

    Raises:
        UserError: a study is missing or has a mistake.
    """
    capacity, area = (read_study(studies / f"iso_{what}.toml") for what in ("capacity", "area"))
    brackets = [Bracket(study=s, cases=sweep(s, memories(s))) for s in (capacity, area)]
    found = curves(capacity)
    scenario = capacity.scenario
    return Answers(
        conditions=conditions(capacity, NETWORKS),
        claims=(
            density_claim(found, scenario),
            leakage_claim(found, scenario),
            access_claim(found),
            wear_claim(brackets[0]),
            energy_claim(brackets[0], equal="capacity"),
            energy_claim(brackets[1], equal="area"),
            write_claim(scenario),
            *trained_claims(studies, folder),
        ),
        equal_capacity=brackets[0],
        equal_area=brackets[1],
    )


def memories(study: Study) -> tuple[Memory, ...]:
    """The study's STT-MRAMs; those that are written at a condition also at half the energy."""
    found = []
    for name in study.technologies:
        tech = technology(name)
        if tech.family == "sram":
            continue
        found.append(Memory(label=name, technology=name))
        if tech.follows_write_condition:
            write = relaxed_write(study.scenario)
            found.append(Memory(label=f"{name}, half write", technology=name, write=write))
    return tuple(found)
