"""Runs pages: their programs, their files, and commands that are cheap or show their output."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.docs.blocks import ROOT, Block, blocks_of, matches, shortened
from tests.docs.commands import dse_commands
from tests.docs.recorded import HERE, QUICKSTART, played_back

CHEAP: Final = ("arrays", "cell", "check", "list", "network")
"""Verbs that need no results and take no more than seconds."""

AFTER_QUICKSTART: Final = ("run", "status", "front", "show", "report")
"""Verbs that the quickstart's page runs whether it shows what they print or not."""

WIDTH: Final = "100"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something of a page to be run; `shown` are the lines that the page says it prints."""

    block: Block
    told: list[Any]
    shown: list[str] | None = None


def steps_of(blocks: list[Block]) -> list[Step]:
    """Everything of a page that is run, in order."""
    found: list[Step] = []
    for place, block in enumerate(blocks):
        match block.category:
            case "file":
                found.append(Step(block=block, told=["file", block.title, block.text]))
            case "program":
                after = blocks[place + 1 : place + 2]
                shown = [b.text.splitlines() for b in after if b.category == "printed"]
                told = ["python", block.text]
                found.append(Step(block=block, told=told, shown=shown[0] if shown else None))
            case "console":
                found += _commands(block)
    return found


def _commands(block: Block) -> list[Step]:
    found = []
    for command, shown in block.commands:
        for words in dse_commands(command):
            ready = words[0] in AFTER_QUICKSTART and block.page.name == "quickstart.md"
            if shown or words[0] in CHEAP or ready:
                found.append(Step(block=block, told=["dse", words], shown=shown or None))
    return found


PLAYED_BACK: Final = re.compile(rf"as trainer {re.escape(HERE)} tells it (\([^)]*\))")
TRAINED: Final = r"of small_cnn on digits \1, not of resnet18"
"""Whose accuracy a reader's own run tells, whose trainings are not played back."""


def workspace(folder: Path) -> Path:
    """A folder as a user has it after a clone, with the quickstart's trainings played back."""
    shutil.copytree(ROOT / "studies", folder / "studies")
    study = folder / QUICKSTART
    study.write_text(played_back(study.read_text(encoding="utf-8")), encoding="utf-8")
    return folder


def first_run() -> Step:
    """The quickstart's run, before any page's."""
    block = blocks_of(ROOT / "README.md")[0]
    return Step(block=block, told=["dse", ["run", QUICKSTART, "--executor", "inline"]])


def run_steps(steps: list[Step], folder: Path) -> list[tuple[str, str]]:
    """What each step printed, and how it failed."""
    given, told = folder / "steps.json", folder / "results.json"
    given.write_text(json.dumps([step.told for step in steps]), encoding="utf-8")
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    ended = subprocess.run(
        [sys.executable, "-m", "tests.docs.driver", str(given), str(told)],
        cwd=folder, capture_output=True, text=True, timeout=600, check=False,
        env={**os.environ, "PYTHONPATH": path, "COLUMNS": WIDTH, "NO_COLOR": "1"},
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    results = json.loads(told.read_text("utf-8"))
    return [(PLAYED_BACK.sub(TRAINED, printed), failure) for printed, failure in results]


def complaints(steps: list[Step], results: list[tuple[str, str]]) -> list[str]:
    """What the page says otherwise than it is."""
    found = []
    for step, (printed, failure) in zip(steps, results, strict=True):
        if failure:
            found.append(f"{step.block.where}: {step.told} failed: {failure}")
        elif step.shown is not None and not matches(printed, step.shown):
            found.append(f"{step.block.where}: {step.told} printed otherwise:\n{printed}")
    return found


def refreshed(page: Path, steps: list[Step], results: list[tuple[str, str]]) -> str:
    """The page's text with what the steps printed now."""
    lines = page.read_text(encoding="utf-8").splitlines()
    for step, (printed, failure) in reversed(list(zip(steps, results, strict=True))):
        if failure or step.shown is None or matches(printed, step.shown):
            continue
        start = _start(blocks_of(page), step)
        lines[start : start + len(step.shown)] = shortened(printed, step.shown)
    return "\n".join(lines) + "\n"


def _start(blocks: list[Block], step: Step) -> int:
    """Index of the first line that shows what a step printed."""
    place = next(i for i, block in enumerate(blocks) if block.line == step.block.line)
    if step.told[0] == "python":
        return blocks[place + 1].line
    lines = step.block.text.splitlines()
    assert step.shown is not None
    size = len(step.shown)
    offset = next(i for i in range(len(lines)) if lines[i : i + size] == step.shown)
    return step.block.line + offset
