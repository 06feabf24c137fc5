"""The studies that come with the program: questions to begin with."""

from collections.abc import Mapping
from pathlib import Path

from dse.files import write_atomically
from dse.mistakes import UserError
from evaluators.checks import known_names

OF_THE_REPOSITORY = "studies."
"""How a study of the repository names a module beside it; a copy has it in its own folder."""


def folder() -> Path:
    """Where they lie: in the installed package, or in the repository.

    Raises:
        UserError: in neither.
    """
    package = Path(__file__).parents[1]
    for place in (package / "studies", package.parent / "studies"):
        if (place / "quickstart.toml").is_file():
            return place
    raise UserError("the studies that come with mram-dse are missing: install it again")


def questions() -> Mapping[str, str]:
    """The question that each begins with, by name."""
    return {file.stem: opening_comment(file.read_text(encoding="utf-8"))
            for file in sorted(folder().glob("*.toml"))}  # fmt: skip


def opening_comment(source: str) -> str:
    """The comment that a study file opens with: its question."""
    lines = []
    for line in source.splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.lstrip("#").strip())
    return " ".join(lines).strip()


def copy(name: str, into: Path, *, force: bool = False) -> list[Path]:
    """Write a study, and the module that it names, into a folder or a file; says what was written.

    Args:
        name: of the study.
        into: a folder, or the TOML file.
        force: whether files that are there are replaced.

    Raises:
        UserError: no such study, or a file that is there or cannot be written.
    """
    known = tuple(questions())
    if name not in known:
        raise UserError(f"unknown study {name!r}{known_names(name, known)}")
    file = into if into.suffix == ".toml" else into / f"{name}.toml"
    source, module = folder() / f"{name}.toml", folder() / f"{name}.py"
    text = source.read_text(encoding="utf-8").replace(f'"{OF_THE_REPOSITORY}', '"')
    contents = {file: text}
    if module.is_file():
        contents[file.parent / module.name] = module.read_text(encoding="utf-8")
    there = [one for one in contents if one.exists()]
    if there and not force:
        raise UserError(
            f"{str(there[0])!r} is there already; name another file, or give --force to replace it"
        )
    for one, content in contents.items():
        write_atomically(one, content.encode())
    return list(contents)
