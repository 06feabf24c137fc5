"""The quickstart's trainings as they went once, so that its pages are checked without training.

A training is a pure function of profile, recipe and seed on one kind of CPU: played back, the
search chooses, stores and prints what the real run did. `python -m tests.docs.recorded FOLDER`
writes the file anew from the results folder of a real run; the soak test compares them.
"""

import hashlib
import json
import sys
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

from evaluators.design import ErrorProfile
from evaluators.training import TrainingRecipe, TrainingRun

FILE: Final = Path(__file__).with_name("quickstart_trainings.json")
HERE: Final = "tests.docs.recorded:train"
QUICKSTART: Final = "studies/quickstart.toml"


def train(profile: ErrorProfile, recipe: TrainingRecipe, **told: Any) -> TrainingRun:
    """The recorded run of a profile and seed."""
    del recipe
    key = key_of(profile, told["training_seed"])
    if key not in recorded():
        raise KeyError(
            "this training was not recorded: the search of studies/quickstart.toml chooses "
            "otherwise now; run it and then `python -m tests.docs.recorded results`"
        )
    return loaded(recorded()[key])


def key_of(profile: ErrorProfile, seed: int) -> str:
    """Names a profile and a seed."""
    rates = [[errors.to_one, errors.to_zero] for _, errors in profile]
    return f"{hashlib.sha256(json.dumps(rates).encode()).hexdigest()[:16]}-{seed}"


@cache
def recorded() -> dict[str, Any]:
    """The runs by `key_of`."""
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def loaded(told: dict[str, Any]) -> TrainingRun:
    """A run from its JSON."""
    from pydantic import TypeAdapter

    return TypeAdapter(TrainingRun).validate_json(json.dumps(told))


def played_back(study: str) -> str:
    """The text of the quickstart's study with this file as its trainer."""
    line = next(line for line in study.splitlines() if line.startswith("training = {"))
    return study.replace(line, line.replace(" }", f', trainer = "{HERE}" }}'))


def runs_of(folder: Path) -> dict[str, Any]:
    """The runs of a finished quickstart, without what depends on versions."""
    from dse.store import read_record
    from dse.study import read_study

    found = {}
    for candidate in read_record(read_study(QUICKSTART), folder).candidates:
        profile, training = candidate.evaluation.profile, candidate.evaluation.training
        for run in training.runs if training and profile else ():
            assert profile is not None
            curve = tuple(round(loss, 4) for loss in run.loss_curve)
            told = asdict(replace(run, loss_curve=curve, versions=None))
            found[key_of(profile, run.training_seed)] = told
    return found


def write(folder: Path) -> None:
    """Record a finished quickstart."""
    rows = (f"{json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}"
            for k, v in sorted(runs_of(folder).items()))  # fmt: skip
    FILE.write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
