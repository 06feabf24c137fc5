"""A study file, whatever it holds, runs or is refused in words that help."""

import random
import re
import sys
import time
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from dse.commands.study_verbs import app
from dse.mistakes import UserError
from dse.search import rehearse
from dse.study import Search, Stop, read_study
from evaluators.accelerator import AcceleratorOptions
from evaluators.memories import MemoryOptions
from evaluators.scenario import Scenario
from evaluators.training import TrainingRecipe
from tests.crashes.tools.driver import STUDY, dse, ended
from tests.crashes.tools.mutations import Mutation, mutation
from tests.crashes.tools.toml_text import toml_text
from tests.crashes.tools.valid_studies import ACCELERATOR, MEMORY, RECIPE, SCENARIO, SEARCH, STOP
from tests.crashes.tools.valid_studies import valid_study as drawn_study

LONGEST_S = 5.0
LONGEST_OF_CODESIGN_S = 30.0
"""Cells of many diameters are worked out when such a space is first rehearsed."""

LONGEST_LINE = 1500
PLACE = re.compile(r"`[^`]+`|\bline \d+|at end of document|larger than \d+ bytes")
MODULES = {
    "raising_module": "raise RuntimeError('my own mistake')",
    "exiting_module": "import sys; sys.exit(3)",
    "broken_syntax": "def (:",
}


OF_THIS_MACHINE = ("is not on this machine", "No module named 'somebody'",
                   "give it one value in [axes]", "at most 2,000,000: give some")  # fmt: skip
"""What is missing here, and ranges and grids that the drawn strategy does not solve."""


def bases() -> list[dict[str, Any]]:
    files = sorted((Path(__file__).parents[2] / "studies").glob("*.toml"))
    own = STUDY.format(storage="", candidates=22, trainer="quick")
    return [tomllib.loads(text) for text in (*(f.read_text("utf-8") for f in files), own)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with the user's own modules, which all fail."""
    for name, text in MODULES.items():
        (tmp_path / f"{name}.py").write_text(text + "\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in MODULES:
        sys.modules.pop(name, None)


def wrongs(file: Path, mutation: Mutation) -> list[str]:
    """What `dse check` does that it must not."""
    file.write_bytes(mutation.content)
    began = time.process_time()
    result = CliRunner().invoke(app, ["check", str(file), "--json"])
    found = []
    longest_s = LONGEST_OF_CODESIGN_S if b"codesign" in mutation.content else LONGEST_S
    if time.process_time() - began > longest_s:
        found.append(f"took {time.process_time() - began:.1f} s")
    error = result.exception
    if error is None:
        return [*found, "was accepted"] if mutation.allowed else found
    if not isinstance(error, UserError):
        return [*found, f"raised {error!r}"]
    text, lines = str(error), str(error).splitlines()
    if mutation.valid and any(words in text for words in OF_THIS_MACHINE):
        return found
    if mutation.valid:
        found.append(f"was refused: {text[:300]}")
    if not all(line.startswith(f"{file}: ") and len(line) < LONGEST_LINE for line in lines):
        found.append(f"names no file, or is long: {text[:300]}")
    if not all(any(w in text for w in words.split("|")) for words in mutation.allowed):
        found.append(f"lacks one of {mutation.allowed}: {text[:300]}")
    if not PLACE.search(text):
        found.append(f"names neither key nor line: {text[:300]}")
    return found


@pytest.mark.parametrize("count", [40, pytest.param(2000, marks=pytest.mark.soak)])
def test_a_mutated_study_is_told_in_words(folder: Path, count: int) -> None:
    file, known = folder / "mutated.toml", bases()
    assert [w for base in known
            for w in wrongs(file, Mutation(kind="none", content=toml_text(base).encode(),
                                           valid=True))] == []  # fmt: skip
    failed = []
    for seed in range(count):
        chance = random.Random(seed)
        base = drawn_study(chance) if chance.random() < 0.1 else chance.choice(known)
        made = mutation(chance, base)
        failed += [f"{seed} ({made.kind}) {wrong}" for wrong in wrongs(file, made)]
    assert not failed, "\n".join([f"{len(failed)} wrong", *failed[:20]])


@pytest.mark.parametrize("count", [4, pytest.param(200, marks=pytest.mark.soak)])
def test_a_study_of_valid_values_is_accepted(tmp_path: Path, count: int) -> None:
    file = tmp_path / "drawn.toml"
    failed = []
    for seed in range(count):
        file.write_text(toml_text(drawn_study(random.Random(seed))), encoding="utf-8")
        try:
            assert len(rehearse(read_study(file))) > 2
        except UserError as error:
            if not any(words in str(error) for words in OF_THIS_MACHINE):
                failed.append(f"{seed}: {str(error)[:400]}")
    assert not failed, "\n".join(failed)


@pytest.mark.parametrize(
    ("kind", "draws", "chosen"),
    [(TrainingRecipe, RECIPE, set()), (AcceleratorOptions, ACCELERATOR, set()),
     (Stop, STOP, set()), (MemoryOptions, MEMORY, set()), (Scenario, SCENARIO, {"network"}),
     (Search, SEARCH, {"sampler", "strategy", "first_seeds"})],
)  # fmt: skip
def test_every_field_is_drawn(kind: Any, draws: dict[str, Any], chosen: set[str]) -> None:
    assert {field.name for field in fields(kind)} == draws.keys() | chosen


COMMANDS = [
    (b"\xff\xfen", "no text in UTF-8 (byte 0xff at line 1)"),
    (
        b"name = 'a'\nspace = 'exiting_module:it'\nobjectives = ['energy_j']\n"
        b"[scenario]\nnetwork = 'lenet5'",
        "fails with SystemExit: 3",
    ),
    (b"a = " + b"[" * 5000, "nested too deeply near line 1"),
]
FILES = [
    (b"[search]\nbatch = nan\n", "`search.batch` must be a valid integer, got nan"),
    (b"[search]\nseed = 2026-01-02", "`search.seed` must be no date and no time"),
    (b"a" + b".b" * 50_000 + b" = 1", "too many dots (at line 1)"),
    (b"\n\nn = " + b"1" * 5000, "too many digits near line 3"),
    (b"x" * 5_000_000, "larger than 4194304 bytes"),
]


@pytest.mark.parametrize(("content", "words"), COMMANDS)
def test_the_command_itself(folder: Path, content: bytes, words: str) -> None:
    file = folder / "a study.toml"
    file.write_bytes(content)
    out, told = ended(dse("check", file, environment={"PYTHONPATH": str(folder)}), 2)
    assert out == ""
    assert words in told
    assert all(line.startswith(f"{file}: ") for line in told.splitlines())


@pytest.mark.parametrize(("content", "words"), [*COMMANDS, *FILES])
def test_what_a_refusal_says(folder: Path, content: bytes, words: str) -> None:
    made = Mutation(kind="chosen", content=content, allowed=(words,))
    assert wrongs(folder / "a study.toml", made) == []
