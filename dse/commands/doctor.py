"""`dse doctor`: what was found in all that a study keeps."""

import json
from dataclasses import asdict
from pathlib import Path

import typer

from dse.commands.printing import say
from dse.store import examine, repair_store
from dse.study import Study


def print_doctor(study: Study, folder: Path, *, repair: bool, as_json: bool) -> None:
    """Examine a study, repair its store if asked, and print what was found.

    Raises:
        typer.Exit: code 2, something is not sound.
    """
    repaired = repair_store(study, folder) if repair else None
    findings = [*([repaired] if repaired else []), *examine(study, folder)]
    sound = all(finding.state != "bad" for finding in findings)
    if as_json:
        told = {"name": study.name, "sound": sound}
        say(json.dumps({**told, "findings": [asdict(finding) for finding in findings]}))
    else:
        for finding in findings:
            say(f"{finding.state:5}  {finding.what}: {finding.told}")
            if finding.remedy:
                say(f"       -> {finding.remedy}")
    if not sound:
        raise typer.Exit(2)
