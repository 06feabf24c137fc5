"""The house: who imports whom, what stays light, how large things get."""

import ast
import re
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import grimp
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


def module(file: Path) -> str:
    """The dotted name of a source file."""
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def rooms() -> set[str]:
    """The packages below `dse` and `evaluators`."""
    return {module(f) for f in SOURCES if f.name == "__init__.py" and module(f).count(".") == 1}


def test_names_come_through_the_faces_of_rooms() -> None:
    through, past = 0, []
    for file in SOURCES:
        own = module(file)
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.ImportFrom) or node.module is None:
                continue
            room = ".".join(node.module.split(".")[:2])
            if room in rooms() and own != room and not own.startswith(f"{room}."):
                through += node.module == room
                past += [f"{own}: {node.module}"] if node.module != room else []
    assert through / (through + len(past)) >= 0.8, "\n".join(past)


def test_a_face_has_at_most_twelve_names() -> None:
    for room in rooms():
        tree = ast.parse((ROOT / room.replace(".", "/") / "__init__.py").read_text())
        names = [n.value for n in tree.body if isinstance(n, ast.Assign)
                 and "__all__" in [getattr(t, "id", "") for t in n.targets]]  # fmt: skip
        assert sum(len(n.elts) for n in names if isinstance(n, ast.List)) <= 12, room


def test_few_files_stand_loose() -> None:
    for package, most in (("dse", 8), ("evaluators", 6)):
        loose = {f.stem for f in (ROOT / package).glob("*.py")} - {"__init__", "__main__"}
        assert len(loose) <= most, loose


def test_no_modules_import_each_other() -> None:
    graph = grimp.build_graph("dse", "evaluators", "search_spaces", cache_dir=None,
                              exclude_type_checking_imports=True)  # fmt: skip
    sorter = TopologicalSorter({m: graph.find_modules_directly_imported_by(m)
                                for m in graph.modules})  # fmt: skip
    sorter.prepare()  # a cycle raises CycleError, which names it


def test_no_design_is_told_apart_by_its_address() -> None:
    files = [f for f in SOURCES if f.is_relative_to(ROOT / "dse")]
    assert [f for f in files if re.search(r"\bid\(", f.read_text())] == []
