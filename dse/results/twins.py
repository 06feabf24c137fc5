"""The all-SRAM twins of a whole front, kept so that who only reads need not score them again."""

from collections.abc import Sequence
from typing import Final

from dse.results.fronts import Front
from dse.results.point import Point
from dse.results.slice_points import scenario_of
from dse.results.sram_twin import AgainstSram, against_sram
from dse.store import Scored
from dse.store.going_on import check_models
from evaluators.energy import EnergyReport

TWINS: Final = "twins"


def beside_sram(front: Front) -> list[AgainstSram]:
    """Every scored design of a front beside its all-SRAM twin, in its order."""
    check_models(front.record.models, front.record.study.name, "compared with SRAM")
    points = _scored(front)

    def twins() -> list[EnergyReport]:
        return [pair.twin for pair in against_sram(points, scenario_of(front.record))]

    return _paired(points, front.kept.solved(TWINS, list[EnergyReport], twins))


def one_beside_sram(front: Front, design: Scored) -> list[AgainstSram]:
    """One design beside its twin; nothing where it was not scored."""
    known = front.kept.known(TWINS, list[EnergyReport])
    points = _scored(front)
    if known is not None and design in points:
        place = points.index(design)
        return _paired(points[place : place + 1], known[place : place + 1])
    return against_sram([design], front.record.study.scenario)


def _scored(front: Front) -> list[Point]:
    return [point for point in front.candidates if point.evaluation.energy is not None]


def _paired(points: Sequence[Point], twins: Sequence[EnergyReport]) -> list[AgainstSram]:
    return [
        AgainstSram(candidate=point, design=energy, twin=twin)
        for point, twin in zip(points, twins, strict=True)
        if (energy := point.evaluation.energy) is not None
    ]
