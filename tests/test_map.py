"""The map of the rooms is whole: flow.md, maintain.md, CONTRIBUTING.md and the contracts."""

import re
import tomllib
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
FLOW: Final = (ROOT / "docs" / "flow.md").read_text(encoding="utf-8")
CONTRIBUTING: Final = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
MAINTAIN: Final = (ROOT / "docs" / "maintain.md").read_text(encoding="utf-8")


def rooms() -> set[str]:
    """Folders of the packages that hold Python, and `search_spaces`, which has none."""
    folders = {
        init.parent.relative_to(ROOT).as_posix()
        for package in ("dse", "evaluators")
        for init in (ROOT / package).rglob("__init__.py")
    }
    return {"search_spaces", *folders} - {"dse", "evaluators"}


def floors(package: str) -> list[set[str]]:
    """Rooms of a package by floor, from the top, as docs/flow.md has them."""
    found: list[set[str]] = []
    for floor, room in re.findall(r"^\| (\d+|=) \| `([\w/]+)/` \|", FLOW, re.MULTILINE):
        if room.split("/")[0] == package:
            if floor != "=":
                found.append(set())
            found[-1].add(room.replace("/", "."))
    return found


def contract(package: str) -> list[set[str]]:
    """The same as import-linter checks it, loose files left out."""
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (layers,) = (c["layers"] for c in told["tool"]["importlinter"]["contracts"]
                 if c["name"] == f"rooms of {package}")  # fmt: skip
    kept = [
        {name for name in layer.split(" | ") if name.replace(".", "/") in rooms()}
        for layer in layers
    ]
    return [layer for layer in kept if layer]


def test_every_folder_stands_on_a_floor_and_every_floor_is_one() -> None:
    named = {room.replace(".", "/") for package in ("dse", "search_spaces", "evaluators")
             for floor in floors(package) for room in floor}  # fmt: skip
    assert named == rooms()


def test_the_floors_are_those_of_the_contracts() -> None:
    for package in ("dse", "evaluators"):
        assert floors(package) == contract(package)


def test_contributing_has_a_line_for_each_room() -> None:
    missing = [room for room in rooms() if f"`{room.rpartition('/')[2]}/`" not in CONTRIBUTING]
    assert missing == []


def test_maintain_names_files_that_exist() -> None:
    paths = re.findall(r"`((?:dse|evaluators|search_spaces|docs|tests)/[\w./]*)`", MAINTAIN)
    assert len(paths) > 30
    assert [path for path in paths if "NAME" not in path and not (ROOT / path).exists()] == []


def test_what_one_may_add_has_a_line() -> None:
    wanted = ("verb", "quantity", "report section", "claim", "executor", "stop rule",
              "store form", "space", "technology", "cell", "network", "objective", "sampler",
              "number format", "room")  # fmt: skip
    rows = re.findall(r"^\| an? ([a-z ]+) \|", MAINTAIN, re.MULTILINE)
    assert rows == list(wanted)


def test_the_quick_loop_names_files_that_exist() -> None:
    text = (ROOT / ".ci" / "quick").read_text(encoding="utf-8")
    files = []
    for word in re.findall(r"tests/[\w./{},]+", text):
        start, brace, rest = word.partition("{")
        inner, _, end = rest.partition("}")
        files += [f"{start}{name}{end}" for name in inner.split(",")] if brace else [word]
    assert len(files) > 10
    assert [file for file in files if not (ROOT / file).is_file()] == []


def test_decisions_are_numbered_alike() -> None:
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    numbers = [int(page.name.split("-")[0]) for page in pages]
    assert len(set(numbers)) == len(numbers) > 10
    for number, page in zip(numbers, pages, strict=True):
        assert re.match(r"\d{4}-", page.name), page.name
        assert page.read_text(encoding="utf-8").startswith(f"# {number}. "), page.name
