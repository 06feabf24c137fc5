"""`dse verify`: what held, in a table."""

from collections.abc import Sequence
from typing import Final

from dse.commands.printing import say
from dse.mistakes import UserError
from dse.report import Subject, knees
from dse.results import export, front, point
from dse.results.accuracy import LOSS_LIMIT
from dse.results.verification import table, verified_front
from dse.results.verified import Verified, given_designs, verification
from dse.store import Record
from evaluators.checks import brief
from evaluators.evaluate import Status
from evaluators.training import TrainingReport

CHOSEN: Final = "chosen"
"""What stands for the designs that `dse report` names first."""


def named_designs(record: Record, names: Sequence[str]) -> list[str]:
    """The designs that `--designs` names: by name, by number, or `chosen`.

    Raises:
        UserError: a name that is none of these.
    """
    if not names:
        return []
    best = front(record)
    known = [str(number) for number in sorted({c.number for c in best.candidates})]
    given = [str(candidate.number) for candidate in given_designs(best)]
    designs: list[str] = []
    for name in (each.removeprefix("#") for each in names):
        if name == CHOSEN:
            chosen = knees(Subject(front=best, question=""))
            designs += [point.label_of(k.candidate) for k in chosen]
        elif name in (*known, *given, *best.labels):
            designs.append(name)
        else:
            own = f", of given designs ({', '.join(given)})" if given else ""
            raise UserError(
                f"`--designs` takes names such as {best.labels[0]}, numbers of the front of "
                f"{record.study.name!r} ({', '.join(known)}){own} or {CHOSEN!r}, got {brief(name)}"
            )
    return designs


def lines(verified: Sequence[Verified]) -> list[str]:
    """One line a distinct training, the least lost first: designs share those of their errors."""
    groups: dict[object, list[Verified]] = {}
    for each in verified:
        groups.setdefault(each.candidate.evaluation.profile, []).append(each)
    told = [f"{'design':<12} {'designs':>7}  {'points lost before':>18}  {'and again':>12}"]
    for group in sorted(groups.values(), key=lambda group: group[0].loss):
        first = group[0]
        before, again = first.candidate.evaluation.training, first.again.training
        told.append(
            f"{first.candidate.label:<12} {len(group):>7}  {_points(before):>18}  "
            f"{_points(again):>12}  {_verdict(first)}"
        )
    return told


def _points(training: TrainingReport | None) -> str:
    if training is None:
        return "-"
    return f"{100 * training.accuracy_loss:.1f} ± {100 * training.accuracy_loss_sd:.1f}"


def _verdict(found: Verified) -> str:
    limit = f"{100 * LOSS_LIMIT:g} point"
    if found.holds:
        return f"within {limit}" if found.loss <= LOSS_LIMIT else f"as before, > {limit}"
    return "loses more" if found.again.status is Status.OK else str(found.again.status)


def print_verified(record: Record, verified: list[Verified], *, as_json: bool) -> None:
    """Print what held; the table beside the store has what earlier calls verified as well."""
    found = table(record, verified)
    file = record.folder / "verified.csv"
    export(table(record, verification(front(record))[1]), {"csv": file})
    if as_json:
        say(found.to_json(orient="records", double_precision=15))
        return
    for line in lines(verified):
        say(line)
    held = sum(v.holds for v in verified)
    kept = verified_front(record, verified)
    say(
        f"{held} of {len(verified)} designs hold; {len(kept.candidates)} are "
        f"Pareto-optimal by the longer trainings; hypervolume {kept.hypervolume:.4f}"
    )
    say(f"written: {file}")
