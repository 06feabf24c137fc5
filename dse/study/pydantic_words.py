"""What pydantic found, in our words."""

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

from evaluators.checks import brief, nearest

if TYPE_CHECKING:
    from pydantic import ValidationError
from dse.mistakes import SECRET, secret_mistake
from dse.study.toml import dotted


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
    if path[0] in SECRET:
        return [secret_mistake(path[0])]
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
