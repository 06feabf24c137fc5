"""The house: who imports whom, what stays light, how large things get."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = [f for p in ("dse", "evaluators", "search_spaces") for f in (ROOT / p).rglob("*.py")]


def loaded_by(code: str) -> set[str]:
    told = subprocess.run([sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"],
                          capture_output=True, text=True, check=True, cwd=ROOT)  # fmt: skip
    return set(told.stdout.splitlines()[-1].split())


@pytest.mark.parametrize(
    "code",
    [
        "import search_spaces.heterogeneous",
        "import sys; sys.argv = ['dse', '--help']\n"
        "from dse.commands.main import main\ntry:\n    main()\nexcept SystemExit:\n    pass",
        "import sys; sys.argv = ['dse', 'check', 'studies/quickstart.toml']\n"
        "from dse.commands.main import main\ntry:\n    main()\nexcept SystemExit:\n    pass",
    ],
)
def test_looking_at_a_study_loads_neither_torch_nor_ray(code: str) -> None:
    assert not {"torch", "ray"} & loaded_by(code)


def test_only_the_executor_imports_ray_and_only_training_and_capture_import_torch() -> None:
    for file in SOURCES:
        place = file.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(file.read_text())):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else (
                [node.module or ""] if isinstance(node, ast.ImportFrom) else [])  # fmt: skip
            for name in names:
                if name.split(".")[0] == "ray":
                    assert place == "dse/trainings/on_ray.py"
                if name.split(".")[0] == "torch":
                    assert place.split("/")[:2] in (
                        ["evaluators", "training"], ["evaluators", "faults"],
                        ["evaluators", "capture"],
                    )  # fmt: skip


def test_only_commands_print_and_know_the_terminal() -> None:
    fitting = ROOT / "evaluators" / "memories" / "fitting.py"  # a program of its own
    rooms = {f for f in SOURCES if f.relative_to(ROOT).parts[:2] != ("dse", "commands")}
    for file in rooms - {fitting}:
        tree = list(ast.walk(ast.parse(file.read_text())))
        assert "print" not in [n.id for n in tree if isinstance(n, ast.Name)], file
        imported = [a.name for n in tree if isinstance(n, ast.Import) for a in n.names]
        imported += [n.module or "" for n in tree if isinstance(n, ast.ImportFrom)]
        assert not {"typer", "rich"} & {name.split(".")[0] for name in imported}, file


def test_one_file_knows_what_is_private_to_optuna() -> None:
    private = re.compile(r"\._storage\b|\b_trial_id\b|samplers\._|\b_ga\b")
    files = {f.relative_to(ROOT).as_posix() for f in SOURCES if private.search(f.read_text())}
    assert files == {"dse/search/genetic.py"}


def test_files_stay_readable() -> None:
    assert [f for f in SOURCES if len(f.read_text().splitlines()) > 350] == []
    forbidden = {"utils", "helpers", "common", "misc", "manager"}
    assert not forbidden & {f.stem for f in SOURCES}
