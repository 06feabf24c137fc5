"""`dse compare A B`: who wins where, in lines and as a figure."""

import json
from pathlib import Path

from dse.commands.printing import say
from dse.results import comparison, comparison_picture


def print_comparison(
    found: comparison.Comparison, file: Path | None = None, *, as_json: bool
) -> None:
    """Print it, and draw both fronts over each other into a file."""
    if file is not None:
        comparison_picture.write_comparison(found, file)
    if as_json:
        drawn = {} if file is None else {"figure": str(file)}
        say(json.dumps({**found.as_plain(), **drawn}))
        return
    for line in found.lines():
        say(line)
    if file is not None:
        say(f"written: {file}")
