"""What a study will do and cost, before it starts."""

import json
from typing import Final

from dse.rehearse import rehearse
from dse.si import si
from dse.study import Study
from search_spaces.axes import Axis, Choice

SECONDS_PER_STEP: Final = 0.007
"""One training step of the small CNN at batch 32 on one core. [s] (measured: docs/training.md)"""


def print_check(study: Study, *, as_json: bool) -> None:
    """Rehearse a study and print its axes, its size and a cost estimate."""
    designs = len(rehearse(study))
    recipe = study.scenario.training
    candidates = int(min(study.search.candidates, study.candidates_at_most))
    trainings = (candidates + 1) * recipe.seeds if study.trains else 0
    seconds = trainings * recipe.steps * SECONDS_PER_STEP
    if as_json:
        print(json.dumps({
            "name": study.name,
            "axes": {axis.name: _extent(axis) for axis in study.open_axes},
            "rehearsed_designs": designs,
            "trainings_at_most": trainings,
            "cpu_s_at_most": seconds,
        }))  # fmt: skip
        return
    _print(study, designs, candidates, trainings, seconds)


def _print(study: Study, designs: int, candidates: int, trainings: int, seconds: float) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table(title=f"{study.name}: {study.search_space.question}", title_justify="left")
    table.add_column("axis")
    table.add_column("values")
    for axis in study.open_axes:
        table.add_row(axis.name, _extent(axis))
    console.print(table)
    console.print(f"objectives: {', '.join(study.objectives)}")
    console.print(f"rehearsed {designs} designs, all can be scored")
    console.print(
        f"{candidates} candidates, at most {trainings} trainings, at most about "
        f"{si(seconds, 's')} of one core (divide by the number of workers)"
    )


def _extent(axis: Axis) -> str:
    if isinstance(axis, Choice):
        return ", ".join(str(option) for option in axis.options)
    return f"{axis.low:g} to {axis.high:g}{' (log)' if axis.log else ''}"
