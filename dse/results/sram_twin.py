"""A design beside the all-SRAM baseline of its own capacity, and what holds it back."""

from collections.abc import Sequence
from dataclasses import dataclass

from dse.mistakes import UserError
from dse.results.accuracy import LOSS_LIMIT, accuracy_lost
from dse.results.point import label_of
from dse.results.words import mram_name
from dse.si import si
from dse.store import Record, Scored
from dse.store.going_on import check_models
from evaluators.design import DataKind
from evaluators.energy import EnergyReport, sram_twin
from evaluators.evaluate import Evaluation, score
from evaluators.scenario import Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class AgainstSram:
    """A design's energy beside that of its all-SRAM twin: same array, same capacities."""

    candidate: Scored
    design: EnergyReport
    twin: EnergyReport

    @property
    def ratio(self) -> float:
        """How many times less energy than the twin. [-]"""
        return self.twin.energy_j / self.design.energy_j

    @property
    def memory_ratio(self) -> float:
        """The same without the parts that both share: MACs, accumulator, the array's leakage.

        The result: [-].
        """
        return self.twin.memory_energy_j / self.design.memory_energy_j


def against_sram(candidates: Sequence[Scored], scenario: Scenario) -> list[AgainstSram]:
    """Each evaluated candidate beside its all-SRAM twin, in order."""
    scored = [c for c in candidates if c.evaluation.energy is not None]
    if not scored:
        return []
    twins = score([sram_twin(c.evaluation.design, scenario) for c in scored], scenario)
    return [
        AgainstSram(candidate=c, design=_energy(c.evaluation), twin=_energy(twin))
        for c, twin in zip(scored, twins, strict=True)
    ]


def verdict(record: Record, candidates: Sequence[Scored], loss_limit: float = LOSS_LIMIT) -> str:
    """The least-energy STT-MRAM design against SRAM, and what holds STT-MRAM back. [-]

    Designs that lose more than `loss_limit` of accuracy do not count.
    """
    best = best_mram(record, candidates, loss_limit)
    if best is None and not any(uses_mram(c) for c in candidates):
        return "No design of this front uses MRAM."
    if best is None:
        return (
            f"No design with MRAM loses at most {100 * loss_limit:g} points of accuracy on "
            f"this front: write errors hold it back; more reliable bits or a harder write help."
        )
    accurate = _accurate(candidates, loss_limit)
    lines = [_against_twin(best, record.study.scenario)]
    least = min(accurate, key=lambda c: _energy(c.evaluation).energy_j)
    if not uses_mram(least):
        lines.append(_against_smaller(best, least))
    return " ".join(lines)


def best_mram(
    record: Record, candidates: Sequence[Scored], loss_limit: float = LOSS_LIMIT
) -> AgainstSram | None:
    """The least-energy design with STT-MRAM that keeps its accuracy; None where there is none.

    `loss_limit`: [-].
    """
    check_models(record.models, record.study.name, "compared with SRAM")
    mram = [c for c in _accurate(candidates, loss_limit) if uses_mram(c)]
    compared = against_sram(mram, record.study.scenario)
    return min(compared, key=lambda pair: pair.design.energy_j, default=None)


def _accurate(candidates: Sequence[Scored], loss_limit: float) -> list[Scored]:
    return [c for c in candidates if accuracy_lost(c) <= loss_limit and c.evaluation.energy]


def equal(scenario: Scenario) -> str:
    """What a design and its all-SRAM twin have in common."""
    return "area" if scenario.sizing == "iso_area" else "capacity"


def _against_twin(pair: AgainstSram, scenario: Scenario) -> str:
    numbers = f"{si(pair.design.energy_j, 'J')} against {si(pair.twin.energy_j, 'J')} a step"
    same, mram = equal(scenario), mram_name(pair.candidate.evaluation.design)
    if pair.ratio > 1.0:
        return (
            f"The best {mram} design, #{label_of(pair.candidate)}, needs {pair.ratio:.2f}x less "
            f"energy than all-SRAM of equal {same} ({numbers}; {pair.memory_ratio:.2f}x without "
            f"MACs and accumulator; bound: {pair.design.bound})."
        )
    return (
        f"{mram} does not win at equal {same}: its best, #{label_of(pair.candidate)}, "
        f"needs {1 / pair.ratio:.2f}x the energy of all-SRAM ({numbers}; "
        f"bound: {pair.design.bound}); "
        f"{_obstacle(pair.design, pair.twin)} holds it back."
    )


def _against_smaller(best: AgainstSram, least: Scored) -> str:
    report, mram = _energy(least.evaluation), mram_name(best.candidate.evaluation.design)
    return (
        f"But the least energy of all is all-SRAM #{label_of(least)} with "
        f"{least.evaluation.design.memory.capacity_bytes / 2**20:g} MiB "
        f"({si(report.energy_j, 'J')}): {mram} is held back by "
        f"{_obstacle(best.design, report)}."
    )


def uses_mram(candidate: Scored) -> bool:
    """Whether any region is not SRAM."""
    memory = candidate.evaluation.design.memory
    return any(memory[kind].technology != "sram" for kind in DataKind)


def _obstacle(design: EnergyReport, other: EnergyReport) -> str:
    """The component whose energy grows most from the other design to this one."""
    theirs = other.components()
    grown = {name: value - theirs[name] for name, value in design.components().items()}
    worst = max(grown, key=lambda name: grown[name])
    return f"{worst} (+{si(grown[worst], 'J')})"


def _energy(evaluation: Evaluation) -> EnergyReport:
    if evaluation.energy is None:
        raise UserError(f"this design cannot be scored: {evaluation.reason}")
    return evaluation.energy
