"""The claims that need trainings, read from the stored results of studies."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dse.claims import models
from dse.claims.claim import Claim, short, verdict
from dse.mistakes import NotBegunError, UserError
from dse.results import (
    against_sram,
    conditions,
    front,
    scenario_of,
    tolerance,
    tolerance_maps,
    write_gains,
)
from dse.results.accuracy import LOSS_LIMIT, accuracy_lost
from dse.results.gentle_writes import CLAIMED, PLURALS, chosen_writes, gentlest
from dse.results.sram_twin import equal, uses_mram
from dse.results.verified import verification
from dse.store import Record, Scored, read_record
from dse.study import read_study
from evaluators.design import DataKind
from evaluators.energy import EnergyReport
from evaluators.evaluate import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a study's record says of a claim."""

    ours: str
    holds: str
    headline: str
    verdict: str
    why: tuple[str, ...] = ()
    figures: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedClaim:
    """A claim, the study that answers it, and how its record is read."""

    name: str
    paper: str
    untold: str
    study: str
    read: Callable[[Record], Answer]
    tested: Callable[[Record], Sequence[Scored]] | None = None
    """The designs that are trained on other models as well."""


def trained_claims(studies: Path, folder: Path) -> tuple[Claim, ...]:
    """The claims that need trainings; without results, the command that gets them.

    Raises:
        UserError: a study has a mistake.
    """
    return tuple(_claim(asked, studies, folder) for asked in TRAINED)


def _claim(asked: TrainedClaim, studies: Path, folder: Path) -> Claim:
    file = studies / f"{asked.study}.toml"
    study = read_study(file)
    try:
        record = read_record(study, folder)
        found = asked.read(record)
        done, goal = len(record.candidates), study.search.candidates
        goal = int(min(goal, study.candidates_at_most))
        so_far = "so far " if done < goal else ""
        trainings = (
            f"{done} of {goal} designs; {conditions.conditions(study.scenario)}: a small network, "
            f"trained briefly"
        )
    except UserError as error:
        missing = isinstance(error, NotBegunError)
        found = Answer(
            ours=f"no results yet: `dse run {file}`" if missing else str(error),
            holds="not known",
            headline="no results yet" if missing else "stored results cannot be read",
            verdict="`--trainings`" if missing else "not known",
            figures={},
        )
        trainings, so_far = "", ""
    return Claim(
        name=asked.name,
        paper=asked.paper,
        ours=found.ours,
        holds=found.holds,
        headline=found.headline,
        verdict=so_far + found.verdict,
        untold=asked.untold,
        why=(*found.why, *([f"Study {file}: {trainings}."] if trainings else [])),
        figures=found.figures,
        trained=True,
    )


def _write_energy(record: Record) -> Answer:
    """What loss of accuracy each gain of write energy costs; all designs have equal accesses."""
    pairs = {level: _gains(record, energy_j) for level, energy_j in LEVELS.items()}
    most = {
        level: max((gain for gain, loss in found if loss <= LOSS_LIMIT), default=0.0)
        for level, found in pairs.items()
    }
    twice = [loss for gain, loss in pairs["cell"] if gain >= CLAIMED]
    point = _surest_at_twice(record)
    lost = {} if point is None else models.losses(record, point)
    by_model = models.in_words(lost)
    answer = verdict(most.values(), CLAIMED)
    least = f"{100.0 * max(min(twice), 0.0):.2f} points" if twice else "not tried"
    told = f"{most['cell']:.2f}x in the cells, {most['array']:.2f}x with periphery"
    return Answer(
        ours=f"{told}, less than the error-free write at a loss of at most {100.0 * LOSS_LIMIT:g} "
        f"point; least loss at 2x and more in the cells: {least}",
        holds=" and ".join(
            f"{'2x or more' if gain >= CLAIMED else 'not to 2x'} ({level})"
            for level, gain in most.items()
        )
        + " at that loss",
        headline=f"{told}, at a loss of at most {100.0 * LOSS_LIMIT:g} point",
        verdict=answer if models.borne(lost) or answer == "no" else "in part",
        why=(f"Design #{point.number}, 2x and more: {by_model}.",) if point and by_model else (),
        figures={f"{level}_gain_and_loss": found for level, found in pairs.items()}
        | {"accuracy_loss_by_model": lost},
    )


def _surest_at_twice(record: Record) -> Scored | None:
    """Of designs whose cells take half of the error-free design's or less: least is lost."""
    nominal = record.candidates[1].evaluation.energy
    gentle = [
        c for c in record.candidates
        if c.evaluation.training and c.evaluation.energy and nominal and uses_mram(c)
        and _cell_write_j(nominal) >= CLAIMED * _cell_write_j(c.evaluation.energy)
    ]  # fmt: skip
    return min(gentle, key=accuracy_lost, default=None)


def _gains(record: Record, energy_j: Callable[[EnergyReport], float]) -> list[tuple[float, float]]:
    """How many times less than the error-free design's, and the loss, of each STT-MRAM design."""
    nominal = record.candidates[1].evaluation.energy
    if nominal is None:
        raise UserError("candidate 1, all-MRAM and error-free, was not scored")
    return sorted(
        (energy_j(nominal) / energy_j(c.evaluation.energy), c.evaluation.training.accuracy_loss)
        for c in record.candidates
        if c.evaluation.training and c.evaluation.energy and uses_mram(c)
    )


def _array_write_j(report: EnergyReport) -> float:
    """A step's scratchpad writes, periphery included. [J]"""
    return report.activation_write_j + report.weight_write_j + report.error_write_j


def _cell_write_j(report: EnergyReport) -> float:
    return report.write_energy_j


LEVELS: Final[dict[str, Callable[[EnergyReport], float]]] = {
    "cell": _cell_write_j,
    "array": _array_write_j,
}


def _tolerance(record: Record) -> Answer:
    maps = tolerance_maps(record)
    borne = {
        f"{found.kind}, {found.stored_as}, {bits} reliable": found.borne(bits)
        for found in maps
        for bits in found.reliable_bits
    }
    plain = {found.kind: found.borne(min(found.reliable_bits)) for found in maps}
    told = [f"{kind} {'none' if rate is None else f'{rate:.0e}'}" for kind, rate in plain.items()]
    others = [
        (kind, models.losses(record, point))
        for kind, point in tolerance.borne_alone(record).items()
    ]
    by_model = [(kind, models.in_words(lost)) for kind, lost in others]
    differ = len(set(plain.values())) > 1
    kept = all(models.borne(lost) for _, lost in others)
    return Answer(
        ours=f"without reliable bits and at most {100.0 * LOSS_LIMIT:g} point lost, bits may fail "
        f"with: {', '.join(told)}",
        holds="they differ" if differ else "they do not differ here",
        headline=", ".join(told),
        verdict=("yes" if kept else "in part") if differ else "no",
        why=(
            *tolerance.statements(maps),
            *(f"{PLURALS[DataKind(kind)].capitalize()} alone at {plain[kind]:.0e}, {words}."
              for kind, words in by_model if words),
        ),
        figures={**borne, "accuracy_loss_by_model": dict(others)},
    )  # fmt: skip


def _heterogeneous(record: Record) -> Answer:
    mixed = [c for c in record.candidates if _is_mixed(c) and c.evaluation.training]
    converged = [c for c in mixed if c.evaluation.status is Status.OK]
    accurate = [c for c in converged if accuracy_lost(c) <= LOSS_LIMIT]
    best = front(record)
    kept = [c for c in best.candidates if _is_mixed(c) and accuracy_lost(c) <= LOSS_LIMIT]
    pairs = against_sram(kept, record.study.scenario)
    least = min(pairs, key=lambda pair: pair.design.energy_j, default=None)
    told = ""
    if least is not None:
        told = (
            f"; that of least energy takes {short(least.ratio)}x less than all-SRAM of its array "
            f"and {equal(record.study.scenario)}, another up to "
            f"{short(max(pair.ratio for pair in pairs))}x less than its own"
        )
    return Answer(
        ours=f"{len(converged)} of {len(mixed)} mixed designs converge, {len(accurate)} lose at "
        f"most {100.0 * LOSS_LIMIT:g} point{told}",
        holds="for those designs" if accurate else "for none of the designs tried",
        headline=f"{len(converged)} of {len(mixed)} mixed designs converge",
        verdict="yes" if accurate else "no",
        figures={
            "mixed": len(mixed),
            "converged": len(converged),
            "accurate": len(accurate),
            "energy_ratios": [pair.ratio for pair in pairs],
        },
    )


def _gentle_writes(record: Record) -> Answer:
    """The front's gentlest writes that keep the accuracy, by the longer trainings if there are."""
    best = front(record)
    recipe, verified = verification(best)
    if recipe is None:
        losses: dict[Scored, float] = {point: accuracy_lost(point) for point in best.candidates}
        how = "not trained again: `dse verify` does"
    else:
        losses = {v.candidate: v.loss for v in verified if v.holds}
        how = (
            f"{len(losses)} of {len(verified)} designs hold when trained again, {recipe.steps} "
            f"steps and {recipe.seeds} seeds"
        )
    tried = [point for point in best.candidates if losses.get(point, 1.0) <= LOSS_LIMIT]
    top = gentlest(write_gains(tried, scenario_of(record)))
    if top is None:
        return Answer(
            ours=f"no design of the front writes MRAM within {100.0 * LOSS_LIMIT:g} point; {how}",
            holds="for none of the designs tried", headline="none", verdict="no",
            figures={"number": None, "verified": recipe is not None},
        )  # fmt: skip
    loss = 100.0 * max(losses[top.candidate], 0.0)
    lost = models.losses(record, top.candidate)
    by_model = models.in_words(lost)
    answer = verdict([top.gain], CLAIMED)
    told = f"{short(top.gain)}x less, {loss:.2f} points lost"
    return Answer(
        ours=f"design #{top.candidate.number} takes {short(top.gain)}x less than the same "
        f"memories written error-free and {short(top.all_mram_j / top.write_j)}x less than "
        f"all-MRAM written error-free, in the cells, at a loss of {loss:.2f} points; {how}",
        holds="2x or more" if top.gain >= CLAIMED else f"up to {short(top.gain)}x",
        headline=told,
        verdict=answer if models.borne(lost) or answer == "no" else "in part",
        why=(
            *((f"On the study's own, shorter trainings: {by_model}.",) if by_model else ()),
            f"What allows it: {top.in_words()}. Most of it: {PLURALS[top.allowed_by.kind]}.",
            *_alone(record),
        ),
        figures={
            "number": top.candidate.number,
            "gain": top.gain,
            "gain_against_all_mram": top.all_mram_j / top.write_j,
            "accuracy_loss": losses[top.candidate],
            "accuracy_loss_by_model": lost,
            "kinds": top.kinds,
            "verified": recipe is not None,
        },
    )  # fmt: skip


def _gentlest(record: Record) -> Scored | None:
    """The front's gentlest write within a point, as the study itself trained it."""
    kept = [point for point in front(record).candidates if accuracy_lost(point) <= LOSS_LIMIT]
    top = gentlest(write_gains(kept, scenario_of(record)))
    return None if top is None else top.candidate


def _alone(record: Record) -> tuple[str, ...]:
    """What the study's own designs lose that write one kind of data to MRAM, none reliably."""
    told = []
    for candidate in record.candidates:
        memory = candidate.evaluation.design.memory
        kinds = list(chosen_writes(candidate))
        if candidate.source != "user" or len(kinds) != 1 or memory[kinds[0]].reliable_bits:
            continue
        training = candidate.evaluation.training
        if training is not None:
            told.append(
                f"{PLURALS[kinds[0]]} {100.0 * training.accuracy_loss:.2f} points (sd "
                f"{100.0 * training.accuracy_loss_sd:.2f})"
            )
    words = "Alone in MRAM, no bit reliable, at the study's own gentle write they lose"
    return (f"{words}: {', '.join(told)}.",) if told else ()


def _is_mixed(candidate: Scored) -> bool:
    """Whether the kinds of data differ in technology or in reliably written bits."""
    memory = candidate.evaluation.design.memory
    return len({(memory[k].technology, memory[k].reliable_bits) for k in DataKind}) > 1


def _some(point: Scored | None) -> list[Scored]:
    return [] if point is None else [point]


TRAINED: Final[Sequence[TrainedClaim]] = (
    TrainedClaim(
        name="accuracy",
        paper="the gain of write energy costs a minimal loss of training accuracy",
        untold="networks, data and loss in points",
        study="write_optimization",
        read=_write_energy,
        tested=lambda record: _some(_surest_at_twice(record)),
    ),
    TrainedClaim(
        name="tolerance",
        paper="activations, weights and errors bear write errors differently",
        untold="rates, number format, and what a failed write leaves behind",
        study="tolerance",
        read=_tolerance,
        tested=lambda record: list(tolerance.borne_alone(record).values()),
    ),
    TrainedClaim(
        name="heterogeneous memories",
        paper="with heterogeneous memories training converges",
        untold="which data lives where, and how many bits are written reliably",
        study="heterogeneous",
        read=_heterogeneous,
    ),
    TrainedClaim(
        name="write energy of heterogeneous memories",
        paper="more than 2x less write energy at minimal loss, each kind of data as it bears",
        untold="the write it starts from, and which kind of data allows how much",
        study="heterogeneous",
        read=_gentle_writes,
        tested=lambda record: _some(_gentlest(record)),
    ),
)
