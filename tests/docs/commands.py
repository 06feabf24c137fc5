"""Whether commands that the pages name exist: our verbs and options, and other programs."""

import re
import shlex
from typing import Any, Final

import typer

from dse.commands.study_verbs import app
from tests.docs.blocks import ROOT

OTHERS: Final = (
    "apt-get", "cd", "chromium", "createdb", "docker", "export", "git", "helm", "kubectl", "mkdir",
    "mkdocs", "optuna-dashboard", "pip", "psql", "ray", "sbatch", "scancel", "scp", "source",
    "squeue", "srun", "ssh", "sudo",
)  # fmt: skip
"""Programs of others: they are named, not run."""

PROGRAM: Final[Any] = typer.main.get_command(app)
VERBS: Final[dict[str, Any]] = PROGRAM.commands

Refused: Final[type[Exception]] = typer.BadParameter.__mro__[1]
"""What typer raises for any command line that it does not take."""

PYTHON: Final = re.compile(r"(.*/)?python[\d.]*")
PLACEHOLDER: Final = re.compile(r"[A-Z][A-Z0-9_]*(\.toml)?")
WORDS_OF_SHELL: Final = ("&&", "||", ";", "|", "&", ">", "2>", "2>&1", "<", "\\")


def mistakes_of(command: str) -> list[str]:
    """What is wrong with a command line; empty where nothing is."""
    found: list[str] = []
    part: list[str] = []
    words = shlex.split(command, comments=True)
    for word in [*words, "&&"]:
        if word not in WORDS_OF_SHELL:
            part.append(word)
            continue
        found += _mistakes(part)
        part = []
    return found


def _mistakes(words: list[str]) -> list[str]:
    while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):  # a variable for this command
        words = words[1:]
    if not words:
        return []
    program, *rest = words
    name = program.rsplit("/", 1)[-1]
    if name == "dse":
        return dse_mistakes(rest)
    if PYTHON.fullmatch(program):
        return _python_mistakes(rest)
    if name == "bash":
        return [] if rest and (ROOT / rest[0]).is_file() else [f"no script {rest}"]
    if name in ("pytest", "ruff", "mypy", "lint-imports"):
        return _missing(rest)
    return [] if name in OTHERS else [f"unknown program {program!r}"]


def _python_mistakes(rest: list[str]) -> list[str]:
    if rest[:1] == ["-m"]:
        module, words = rest[1], rest[2:]
        if module == "dse":
            return dse_mistakes(words)
        file = ROOT / module.replace(".", "/")
        ours = file.with_suffix(".py").is_file() or (file / "__main__.py").is_file()
        known = ours or module in ("venv", "pip", "pytest")
        return _missing(words) if known else [f"no module {module!r}"]
    return _missing(rest)


def _missing(words: list[str]) -> list[str]:
    """Files of ours that are named and do not exist."""
    files = [word.partition("::")[0] for word in words]
    ours = [f for f in files if f.split("/")[0] in ("tests", "benchmarks", "studies", "docs")]
    return [f"no file {f!r}" for f in ours if not (ROOT / f).exists()]


def dse_mistakes(words: list[str]) -> list[str]:
    """Verbs and options that `dse` does not have; arguments that a verb lacks."""
    known = {option for parameter in PROGRAM.params for option in parameter.opts}
    while words and words[0].startswith("-"):
        option, words = words[0], words[1:]
        if option not in {*known, "--help"}:
            return [f"`dse` has no option {option!r}"]
        words = words[1:] if option == "--log-file" else words
    if not words:
        return []
    verb, rest = words[0], words[1:]
    if verb not in VERBS:
        return [f"`dse` has no verb {verb!r}"]
    command = VERBS[verb]
    known = {option for parameter in command.params for option in parameter.opts}
    named = [word.partition("=")[0] for word in rest if word.startswith("-")]
    return [f"`dse {verb}` has no option {o!r}" for o in named if o not in {*known, "--help"}]


def parse(words: list[str]) -> None:
    """Let typer itself parse a whole command line, without running it.

    Raises:
        Refused: typer's own error.
    """
    verb, *rest = words
    filled = ["0" if word == "N" else word for word in rest]
    VERBS[verb].make_context(verb, filled).close()


def dse_commands(command: str) -> list[list[str]]:
    """The words after `dse` of each part of a command line that calls it."""
    found: list[list[str]] = []
    for part in re.split(r"&&|\|\||;|\|", command):
        words = shlex.split(part, comments=True)
        while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
            words = words[1:]
        if words and words[0].rsplit("/", 1)[-1] == "dse":
            found.append(words[1:])
    return found
