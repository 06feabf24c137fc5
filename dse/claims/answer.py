"""All claims: the analytical ones computed now, the trained ones read from stored results."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dse.claims.arrays import access_claim, conditions, curves, density_claim, leakage_claim
from dse.claims.assumed import assumed_grid
from dse.claims.best import best_capacities, best_line
from dse.claims.bracket import Bracket
from dse.claims.claim import Claim
from dse.claims.energy import energy_claim
from dse.claims.lines import plain_lines
from dse.claims.retention import retention_claim
from dse.claims.suite import NETWORKS, Memory, sweep
from dse.claims.trained import trained_claims
from dse.claims.wear import wear_claim
from dse.claims.writes import relaxed_write, write_claim
from dse.mistakes import UserError
from dse.study import Study, read_study
from evaluators.memories import technology


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """All claims, the answer in plain lines, and the brackets of cases behind those on energy."""

    conditions: str
    lines: tuple[str, ...]
    claims: tuple[Claim, ...]
    equal_capacity: Bracket
    equal_area: Bracket


def answers(studies: Path, folder: Path, networks: Sequence[str] = NETWORKS) -> Answers:
    """All claims: the analytical ones computed now, the trained ones read from stored results.

    Args:
        studies: folder of `iso_capacity.toml` and `iso_area.toml`, whose scenarios and memories
            are taken, and of the studies that train.
        folder: where results live.
        networks: the suite.

    Raises:
        UserError: a study is missing or has a mistake, or a network or memory cannot be scored.
    """
    if not studies.is_dir():
        raise UserError(f"no folder {str(studies)!r}; `--studies` names that of iso_capacity.toml")
    capacity, area = (read_study(studies / f"iso_{what}.toml") for what in ("capacity", "area"))
    trained = trained_claims(studies, folder)
    try:
        return _answers(capacity, area, networks, trained)
    except ValueError as error:
        raise UserError(str(error)) from None


def _answers(
    capacity: Study, area: Study, networks: Sequence[str], trained: tuple[Claim, ...]
) -> Answers:
    brackets = [
        Bracket(study=study, cases=sweep(study, memories(study), networks=networks))
        for study in (capacity, area)
    ]
    found, scenario = curves(capacity), capacity.scenario
    best = best_capacities(capacity, memories(capacity)[0], networks)
    retention = retention_claim(scenario)
    claims = (
        density_claim(found, scenario),
        *([] if retention is None else [retention]),
        leakage_claim(found, scenario),
        access_claim(found),
        wear_claim(brackets[0]),
        energy_claim(
            brackets[0],
            equal="capacity",
            more=(best_line(best),),
            grids=(assumed_grid(capacity, networks),),
        ),
        energy_claim(brackets[1], equal="area"),
        write_claim(scenario),
    )
    return Answers(
        conditions=conditions(capacity, networks),
        lines=plain_lines(brackets[0], best, claims),
        claims=(*claims, *trained),
        equal_capacity=brackets[0],
        equal_area=brackets[1],
    )


def memories(study: Study) -> tuple[Memory, ...]:
    """The study's STT-MRAMs; those that are written at a condition also at half the energy.

    Raises:
        UserError: the study has none.
    """
    found = []
    for name in study.technologies:
        tech = technology(name)
        if tech.family == "sram":
            continue
        found.append(Memory(label=name, technology=name))
        if tech.follows_write_condition:
            write = relaxed_write(study.scenario)
            found.append(Memory(label=f"{name}, half write", technology=name, write=write))
    if not found:
        raise UserError(f"study {study.name!r} offers no STT-MRAM on its axes")
    return tuple(found)
