"""`dse verify`: what held, in a table."""

from collections.abc import Sequence
from typing import Final

from dse.commands.printing import say
from dse.mistakes import UserError
from dse.report import Subject, knees
from dse.results import export, front
from dse.results.verification import table, verified_front
from dse.results.verified import Verified, given_designs, verification
from dse.store import Record
from evaluators.checks import brief

CHOSEN: Final = "chosen"
"""What stands for the designs that `dse report` names first."""


def numbers_of(record: Record, names: Sequence[str]) -> list[int]:
    """The candidates that `--designs` names: by number, or `chosen`. [-]

    Raises:
        UserError: a name that is neither.
    """
    if not names:
        return []
    best = front(record)
    known = sorted({candidate.number for candidate in best.candidates})
    given = [candidate.number for candidate in given_designs(best)]
    numbers: list[int] = []
    for name in names:
        if name == CHOSEN:
            numbers += [knee.candidate.number for knee in knees(Subject(front=best, question=""))]
        elif name in map(str, (*known, *given)):
            numbers.append(int(name))
        else:
            own = f", of given designs ({', '.join(map(str, given))})" if given else ""
            raise UserError(
                f"`--designs` takes numbers of the front of {record.study.name!r} "
                f"({', '.join(map(str, known))}){own} or {CHOSEN!r}, got {brief(name)}"
            )
    return numbers


def print_verified(record: Record, verified: list[Verified], *, as_json: bool) -> None:
    """Print what held; the table beside the store has what earlier calls verified as well."""
    found = table(record, verified)
    file = record.folder / "verified.csv"
    export(table(record, verification(front(record))[1]), {"csv": file})
    if as_json:
        say(found.to_json(orient="records", double_precision=15))
        return
    say(found.iloc[:, :11].to_string(index=False))
    held = sum(v.holds for v in verified)
    kept = verified_front(record, verified)
    say(
        f"{held} of {len(verified)} designs hold; {len(kept.candidates)} are "
        f"Pareto-optimal by the longer trainings; hypervolume {kept.hypervolume:.4f}"
    )
    say(f"written: {file}")
