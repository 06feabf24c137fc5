"""The front trained again, longer and with more seeds; what holds is kept."""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dse.mistakes import UserError, check_counts
from dse.results.fronts import Front, front
from dse.results.gentle_writes import write_gains
from dse.results.point import Point
from dse.results.slice_points import scenario_of
from dse.results.verified import Verified, given_designs, keep
from dse.store import Record
from dse.store.going_on import check_models
from dse.trainings import trainings

if TYPE_CHECKING:
    import pandas as pd

LONGER: Final = 5
LEAST_SEEDS: Final = 3
MOST_LONGER: Final = 10_000
MOST_SEEDS: Final = 1000
MOST_WORKERS: Final = 100_000


def verify(
    record: Record,
    *,
    folder: Path,
    designs: Sequence[int | str] = (),
    longer: int = LONGER,
    seeds: int | None = None,
    workers: int | None = None,
    executor: str = "ray",
    ray_address: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Verified]:
    """Train the front of a record again.

    Args:
        record: of a study that trains.
        folder: where trainings are kept; a second call trains nothing again.
        designs: names of the front's designs, or numbers of its candidates, which mean all their
            designs; the whole front where none is named. [-]
        longer: factor on the steps. [-]
        seeds: of each design; by default one more than the study's, at least three. [-]
        workers: trainings at a time. [-]
        executor: as in `dse.run`.
        ray_address: as in `dse.run`.
        progress: called after each design.

    Raises:
        UserError: a study that does not train, or a design that is not on its front.
    """
    check_counts({"longer": (longer, MOST_LONGER), "seeds": (seeds, MOST_SEEDS),
                  "workers": (workers, MOST_WORKERS)})  # fmt: skip
    study = record.study
    if not study.trains:
        raise UserError(f"study {study.name!r} trains nothing: there is nothing to verify")
    check_models(record.models, study.name, "verified")
    recipe = study.scenario.training
    wanted = seeds or max(LEAST_SEEDS, recipe.seeds + 1)
    training = replace(
        recipe, steps=longer * recipe.steps, seeds=wanted,
        time_limit_s=longer * recipe.time_limit_s,
    )  # fmt: skip
    scenario = replace(study.scenario, training=training)
    found = front(record)
    found.check_baseline()
    best = selected(found, designs)
    trainer = trainings(
        study, scenario, folder, executor=executor, workers=workers, address=ray_address
    )
    with closing(trainer):
        pending = [
            trainer.request(c.evaluation.design, c.evaluation.profile)
            for c in best
            if c.evaluation.profile is not None
        ]
        verified = []
        for candidate, training_runs in zip(best, pending, strict=True):
            again = training_runs.complete(candidate.evaluation)
            verified.append(Verified(candidate=candidate, again=again))
            if progress is not None:
                progress(len(verified), len(best))
        keep(record, verified, training)
        return verified


def selected(best: Front, wanted: Sequence[int | str]) -> tuple[Point, ...]:
    """The members of a front of these names, in its order; a number names its whole slice. [-]

    Designs of the user's own that others beat come behind them, as they were stored.

    Raises:
        UserError: one that is neither on the front nor a trained design of the user's own.
    """
    if not wanted:
        return best.candidates
    told = {str(name).removeprefix("#") for name in wanted}
    numbers = sorted({candidate.number for candidate in best.candidates})
    given = {str(c.number): Point.of(c) for c in given_designs(best)}
    unknown = sorted(told - {*map(str, numbers), *best.labels, *given})
    if unknown:
        own = f", nor one of its given designs ({', '.join(given)})" if given else ""
        raise UserError(
            f"`designs` takes numbers of the front of {best.record.study.name!r} "
            f"({', '.join(map(str, numbers))}), names such as {best.labels[0]}{own}, "
            f"got {unknown[0]}"
        )
    own_designs = (point for number, point in given.items() if number in told)
    return (*(c for c in best.candidates if {str(c.number), c.label} & told), *own_designs)


def verified_front(record: Record, verified: list[Verified]) -> Front:
    """The front of what held, by the accuracy of the longer trainings."""
    kept = tuple(
        replace(v.candidate.as_candidate, evaluation=v.again) for v in verified if v.holds
    )
    study = replace(record.study, search=replace(record.study.search, strategy="joint"))
    return front(replace(record, study=study, candidates=(record.baseline, *kept)))


def table(record: Record, verified: list[Verified]) -> "pd.DataFrame":
    """One row a design: loss before and after, whether it holds, and what its writes save."""
    import pandas as pd

    found = write_gains([v.candidate for v in verified], scenario_of(record))
    gains = {gain.candidate: gain for gain in found}
    rows = []
    for each in verified:
        before, after = each.candidate.evaluation.training, each.again.training
        gain = gains.get(each.candidate)
        row = {
            "number": each.candidate.number,
            "design": each.candidate.label,
            "holds": each.holds,
            "status": each.again.status.value,
            "accuracy_loss": before.accuracy_loss if before else None,
            "accuracy_loss_sd": before.accuracy_loss_sd if before else None,
            "verified_accuracy_loss": after.accuracy_loss if after else None,
            "verified_accuracy_loss_sd": after.accuracy_loss_sd if after else None,
            "verified_accuracy": after.accuracy if after else None,
            "energy_j": each.again.energy.energy_j if each.again.energy else None,
            "write_energy_ratio": gain.gain if gain else None,
            "reason": each.again.reason,
        }
        for kind in gain.kinds if gain else ():
            row[f"{kind.kind}_write_energy_ratio"] = None if kind.sram else kind.gain
            row[f"{kind.kind}_error_rate"] = None if kind.sram else kind.error_rate
            row[f"{kind.kind}_reliable_bits"] = None if kind.sram else kind.reliable_bits
        rows.append(row)
    return pd.DataFrame(rows)
