"""A design beside the all-SRAM baseline of its own capacity, and what holds it back."""

from collections.abc import Sequence
from dataclasses import dataclass

from evaluators.baseline import sram_twin
from evaluators.energy import EnergyReport

from dse.mistakes import UserError
from dse.record import Candidate, Record
from dse.si import si
from evaluators.evaluate import Evaluation, score
from evaluators.scenario import Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class AgainstSram:
    """A design's energy beside that of its all-SRAM twin: same array, same capacities."""

    candidate: Candidate
    design: EnergyReport
    twin: EnergyReport

    @property
    def ratio(self) -> float:
        """How many times less energy than the twin. [-]"""
        return self.twin.energy_j / self.design.energy_j


def against_sram(candidates: Sequence[Candidate], scenario: Scenario) -> list[AgainstSram]:
    """Each evaluated candidate beside its all-SRAM twin, in order."""
    scored = [c for c in candidates if c.evaluation.energy is not None]
    if not scored:
        return []
    twins = score([sram_twin(c.evaluation.design) for c in scored], scenario)
    return [
        AgainstSram(candidate=c, design=_energy(c.evaluation), twin=_energy(twin))
        for c, twin in zip(scored, twins, strict=True)
    ]


def verdict(record: Record, candidates: Sequence[Candidate], loss_limit: float = 0.01) -> str:
    """One line: the best design against SRAM of equal capacity, or what holds MRAM back."""
    compared = against_sram(
        [c for c in candidates if uses_mram(c) and _loss(c) <= loss_limit],
        record.study.scenario,
    )
    if not compared:
        return (
            f"No design with STT-MRAM loses at most {100 * loss_limit:g} points of accuracy on "
            f"this front: write errors hold it back; more reliable bits or a harder write help."
        )
    best = max(compared, key=lambda pair: pair.ratio)
    numbers = (
        f"{si(best.design.energy_j, 'J')} against {si(best.twin.energy_j, 'J')} a training step"
    )
    if best.ratio > 1.0:
        return (
            f"Best STT-MRAM design within {100 * loss_limit:g} point: #{best.candidate.number} "
            f"uses {best.ratio:.2f}x less energy than all-SRAM of equal capacity ({numbers}; "
            f"bound: {best.design.bound})."
        )
    return (
        f"STT-MRAM does not win here: the best, #{best.candidate.number}, uses "
        f"{1 / best.ratio:.2f}x the energy of all-SRAM of equal capacity ({numbers}); "
        f"{_obstacle(best)} holds it back (bound: {best.design.bound})."
    )


def uses_mram(candidate: Candidate) -> bool:
    """Whether any region is not SRAM."""
    memory = candidate.evaluation.design.memory
    return any(r.technology != "sram" for r in (memory.activation, memory.weight, memory.error))


def _loss(candidate: Candidate) -> float:
    training = candidate.evaluation.training
    return training.accuracy_loss if training else 0.0


def _obstacle(pair: AgainstSram) -> str:
    """The component whose energy grows most from the twin to the design."""
    grown = {
        name: value - pair.twin.components()[name]
        for name, value in pair.design.components().items()
    }
    worst = max(grown, key=lambda name: grown[name])
    return f"{worst} (+{si(grown[worst], 'J')})"


def _energy(evaluation: Evaluation) -> EnergyReport:
    if evaluation.energy is None:
        raise UserError(f"this design cannot be scored: {evaluation.reason}")
    return evaluation.energy
