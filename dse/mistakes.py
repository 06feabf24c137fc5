"""The user's mistakes: told all at once, with place, rule, value and remedy."""

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

from evaluators.checks import nearest

if TYPE_CHECKING:
    from pydantic import ValidationError


class UserError(Exception):
    """A mistake that the user can mend: one clear message, exit code 2."""


class StudyError(UserError):
    """Mistakes in a study file."""

    def __init__(self, source: str, mistakes: list[str]) -> None:
        self.source = source
        self.mistakes = mistakes
        super().__init__("\n".join(f"{source}: {mistake}" for mistake in mistakes))


def pydantic_mistakes(error: "ValidationError", root: type) -> list[str]:
    """What pydantic found, in our words: dotted path, rule, value, nearest known key."""
    return [
        line
        for found in error.errors()
        if not (found["loc"][-1:] == ("str",) and isinstance(found["input"], dict))
        for line in _lines(dict(found), root)
    ]


def _lines(found: dict[str, Any], root: type) -> list[str]:
    path = [str(part) for part in found["loc"] if part != "Cell"]
    where = ".".join(path)
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
            return [f"`{_without_types(path)}` must be {rule}, got {found['input']!r}"]


def _prefixed(line: str, where: str) -> str:
    return line.replace("`", f"`{where}.", 1) if where and line.startswith("`") else line


def _without_types(path: list[str]) -> str:
    """The path without the branches of a union, which pydantic appends."""
    branches = {"float", "int", "str", "tuple", "Cell"}
    return ".".join(p for p in path if p not in branches and not p.startswith("tuple["))


def _known_keys(root: type, path: list[str]) -> list[str]:
    here: Any = root
    for part in path:
        hints = get_type_hints(here) if is_dataclass(here) else {}
        here = hints.get(part, here)
        here = next((a for a in get_args(here) if is_dataclass(a)), here)
    return [f.name for f in fields(here)] if is_dataclass(here) else []
