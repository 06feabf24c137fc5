"""`dse evaluate`: one design from a file, no search."""

from dataclasses import dataclass, field
from pathlib import Path

from dse.mistakes import StudyError, pydantic_mistakes
from evaluators.checks import STRICT
from evaluators.design import DesignPoint
from evaluators.evaluate import Evaluation, evaluate
from evaluators.scenario import Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignFile:
    """A design and the scenario it is scored under."""

    __pydantic_config__ = STRICT

    scenario: Scenario
    design: DesignPoint
    seed: int = field(default=0)


def read_design(file: Path) -> DesignFile:
    """Read a design file.

    Raises:
        StudyError: all mistakes of the file at once.
    """
    import json

    from pydantic import TypeAdapter, ValidationError

    from dse.study_file import read_toml

    try:
        return TypeAdapter(DesignFile).validate_json(json.dumps(read_toml(file, "design")))
    except ValidationError as error:
        raise StudyError(str(file), pydantic_mistakes(error, DesignFile)) from None


def evaluate_file(file: Path, *, as_json: bool) -> None:
    """Score the design of a file and print it."""
    import json

    from dse.study import as_plain

    read = read_design(file)
    try:
        evaluation = evaluate(read.design, read.scenario, study_seed=read.seed)
    except ValueError as error:
        raise StudyError(str(file), [str(error)]) from None
    if as_json:
        print(json.dumps(as_plain(evaluation)))
    else:
        _print(evaluation, read.scenario)


def _print(evaluation: Evaluation, scenario: Scenario) -> None:
    from rich.console import Console

    from dse.record import Candidate
    from dse.show import print_design

    print_design(Console(), Candidate(number=0, source="file", values={}, evaluation=evaluation),
                 scenario)  # fmt: skip
