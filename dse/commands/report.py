"""`dse report STUDY`: where the page goes, and what is printed."""

import json
from pathlib import Path

from dse.commands.printing import say
from dse.report import write_report
from dse.results import Front


def print_report(front: Front, study: Path, output: Path | None, *, as_json: bool) -> None:
    """Write a study's report and print its path and verdict, or its key figures as JSON."""
    front.check_baseline()
    file = output or front.record.folder / "report.html"
    source = study.read_text(encoding="utf-8")
    figures = write_report(front, file, question=opening_comment(source), source=source,
                           study=str(study))  # fmt: skip
    if as_json:
        say(json.dumps({"report": str(file), **figures}))
        return
    say(figures["verdict"])
    say(f"written: {file}")


def opening_comment(source: str) -> str:
    """The comment that a study file opens with: its question."""
    lines = []
    for line in source.splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.lstrip("#").strip())
    return " ".join(lines).strip()
