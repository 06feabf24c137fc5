"""The claims as text, JSON and Markdown."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from dse.claims.answer import Answers
from dse.claims.claim import Claim
from dse.files import write_atomically
from dse.mistakes import UserError
from dse.plain import as_plain
from dse.results import table

PARTS: Final = (
    ("paper", "paper"),
    ("ours", "ours"),
    ("holds", "holds"),
    ("not told", "untold"),
)
"""Heading -> field of a claim."""

BEGIN: Final = "<!-- written by `dse claims --md`: begin -->"
END: Final = "<!-- written by `dse claims --md`: end -->"
TRAINED_BEGIN: Final = "<!-- written by `dse claims --md` from stored trainings: begin -->"
TRAINED_END: Final = "<!-- written by `dse claims --md` from stored trainings: end -->"


def as_json(found: Answers) -> str:
    """All claims with the figures behind their words."""
    return json.dumps({"conditions": found.conditions, "lines": list(found.lines),
                       "claims": as_plain(found.claims)})  # fmt: skip


def markdown(found: Answers) -> str:
    """What needs no training: plain lines, all claims in one table, each with its break-down."""
    told = _markdown([claim for claim in found.claims if not claim.trained])
    lines = "\n".join(f"{place}. {line}" for place, line in enumerate(found.lines, 1))
    return f"{lines}\n\nConditions: {found.conditions}.\n\n{told}"


def trained_markdown(found: Answers) -> str | None:
    """The claims that train, in the same form; None where the results of one are missing."""
    claims = [claim for claim in found.claims if claim.trained]
    return _markdown(claims) if all(claim.figures for claim in claims) else None


def _markdown(claims: Sequence[Claim]) -> str:
    rows = [(c.name, c.paper, c.headline, c.verdict) for c in claims]
    lines = table.markdown_table(("claim", "paper", "ours", "holds"), rows)
    for claim in claims:
        lines += ["", f"### {claim.name.capitalize()}", ""]
        lines += [f"- **{name}**: {getattr(claim, field)}" for name, field in PARTS]
        lines += [f"- **why**: {line}" for line in claim.why]
        for grid in claim.grids:
            lines += ["", f"{grid.title}:", "", *table.markdown_table(grid.heads, grid.rows)]
    return "\n".join(lines) + "\n"


def write_markdown(found: Answers, file: Path) -> None:
    """Write the claims into a file: between its marks, or all of it where it has none.

    What stands between the marks of the rows that train is left where their results are missing.

    Raises:
        UserError: the file cannot be read or written.
    """
    try:
        before = file.read_text(encoding="utf-8") if file.exists() else ""
        whole, trained = markdown(found), trained_markdown(found)
        if BEGIN in before:
            whole = between(before, (BEGIN, END), whole)
            whole = between(whole, (TRAINED_BEGIN, TRAINED_END), trained)
        elif trained is not None:
            whole += f"\n{trained}"
        write_atomically(file, whole.encode())
    except OSError as error:
        raise UserError(f"{str(file)!r} cannot be written: {error.strerror}") from None


def between(page: str, marks: tuple[str, str], content: str | None) -> str:
    """A page with other content between two marks; unchanged without them or without content."""
    head, begin, rest = page.partition(marks[0])
    _, end, tail = rest.partition(marks[1])
    if content is None or not (begin and end):
        return page
    return f"{head}{begin}\n\n{content}\n{end}{tail}"
