"""The user's mistakes: told all at once, with place, rule, value and remedy."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, get_args, get_type_hints

from evaluators.checks import brief, nearest

if TYPE_CHECKING:
    from pydantic import ValidationError


MOST_LINES: Final = 30
"""A file with more mistakes shows so many of them."""


class UserError(Exception):
    """A mistake that the user can mend: one clear message, exit code 2."""


class StudyError(UserError):
    """Mistakes in a study file."""

    def __init__(self, source: str, mistakes: list[str]) -> None:
        self.source = source
        self.mistakes = mistakes
        lines = [f"{source}: {mistake}" for mistake in mistakes[:MOST_LINES]]
        if len(mistakes) > MOST_LINES:
            lines.append(f"{source}: and {len(mistakes) - MOST_LINES} mistakes more")
        super().__init__("\n".join(lines))


class NotBegunError(UserError):
    """A study of which nothing is stored yet."""


@contextmanager
def told_of(file: Path) -> Iterator[None]:
    """Let mistakes that are found in a study, once it is read, name its file."""
    try:
        yield
    except StudyError as error:
        raise StudyError(str(file), error.mistakes) from None


def dotted(path: Sequence[str]) -> str:
    """The place of a value: its keys, those short that no study has."""
    return ".".join(part if re.fullmatch(r"[\w-]{1,60}", part) else brief(part) for part in path)


def pydantic_mistakes(error: "ValidationError", root: type) -> list[str]:
    """What pydantic found, in our words: dotted path, rule, value, nearest known key."""
    lines = [
        line
        for found in error.errors()
        if not (found["loc"][-1:] == ("str",) and isinstance(found["input"], dict))
        for line in _lines(dict(found), root)
    ]
    return list(dict.fromkeys(lines))


def _lines(found: dict[str, Any], root: type) -> list[str]:
    path = [str(part) for part in found["loc"] if part != "Cell"]
    where = dotted(path)
    if path[0] == "axes" and len(path) > 1:
        return [
            f"`{dotted(path[:2])}` must be a number, a name, or an array of either, "
            f"got {brief(found['input'])}"
        ]
    match found["type"]:
        case "unexpected_keyword_argument" | "extra_forbidden":
            known = _known_keys(root, path[:-1])
            return [
                f"`{where}` is not a key{nearest(path[-1], known)}; known here: {', '.join(known)}"
            ]
        case "missing" | "missing_argument" | "missing_keyword_only_argument":
            return [f"`{where}` is missing"]
        case "value_error":
            inner = str(found["msg"]).removeprefix("Value error, ").splitlines()
            return [_prefixed(line, where) for line in inner]
        case _:
            rule = str(found["msg"]).removeprefix("Input should be ")
            return [f"`{_without_types(path)}` must be {rule}, got {brief(found['input'])}"]


def _prefixed(line: str, where: str) -> str:
    return line.replace("`", f"`{where}.", 1) if where and line.startswith("`") else line


def _without_types(path: list[str]) -> str:
    """The path without the branches of a union, which pydantic appends."""
    branches = {"float", "int", "str", "tuple", "Cell"}
    return dotted([p for p in path if p not in branches and not p.startswith("tuple[")])


def _known_keys(root: type, path: list[str]) -> list[str]:
    here: Any = root
    for part in path:
        hints = get_type_hints(here) if is_dataclass(here) else {}
        here = hints.get(part, here)
        here = next((a for a in get_args(here) if is_dataclass(a)), here)
    return [f.name for f in fields(here)] if is_dataclass(here) else []
