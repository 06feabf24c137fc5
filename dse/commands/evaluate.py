"""`dse evaluate`: one design from a file, no search."""

from pathlib import Path

from dse.commands.printing import console, say
from dse.mistakes import StudyError
from dse.study import design_file
from evaluators.evaluate import Evaluation, evaluate
from evaluators.scenario import Scenario


def evaluate_file(file: Path, *, as_json: bool) -> None:
    """Score the design of a file and print it."""
    import json

    from dse.plain import as_plain

    read = design_file.read_design(file)
    try:
        evaluation = evaluate(read.design, read.scenario, study_seed=read.seed)
    except (ValueError, OverflowError) as error:
        raise StudyError(str(file), [str(error)]) from None
    if evaluation.energy is None:
        raise StudyError(str(file), [evaluation.reason])
    if as_json:
        say(json.dumps(as_plain(evaluation)))
    else:
        _print(evaluation, read.scenario)


def _print(evaluation: Evaluation, scenario: Scenario) -> None:
    from dse.commands.show import print_design
    from dse.results import words
    from dse.store import Candidate

    design = Candidate(number=0, source=words.FROM_FILE, values={}, evaluation=evaluation)
    print_design(console(), design, scenario)
