"""`dse report STUDY`: where the page goes, and what is printed."""

import json
from pathlib import Path

from dse.commands.printing import say
from dse.report import write_report
from dse.results import Front
from dse.study import examples


def print_report(front: Front, study: Path, output: Path | None, *, as_json: bool) -> None:
    """Write a study's report and print its path and verdict, or its key figures as JSON."""
    front.check_baseline()
    file = output or front.record.folder / "report.html"
    source = study.read_text(encoding="utf-8")
    figures = write_report(front, file, question=examples.opening_comment(source), source=source,
                           study=str(study))  # fmt: skip
    if as_json:
        say(json.dumps({"report": str(file), **figures}))
        return
    say(figures["verdict"])
    say(f"written: {file}")
