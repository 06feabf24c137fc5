"""What pydantic found, in our words."""

from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, Final, get_args, get_type_hints

from evaluators.checks import brief, nearest

if TYPE_CHECKING:
    from pydantic import ValidationError
from dse.mistakes import SECRET, Mistake, secret_mistake
from dse.study.toml import dotted

TABLES: Final = ("Cell", "WritesPerValue")
"""Dataclasses that stand beside a name or a number in a union."""


def pydantic_mistakes(error: "ValidationError", root: type) -> list[Mistake]:
    """What pydantic found, in our words: dotted path, rule, value, nearest known key."""
    found = [
        mistake
        for detail in error.errors()
        if not (detail["loc"][-1:] in (("str",), ("float",)) and isinstance(detail["input"], dict))
        for mistake in _mistakes(dict(detail), root)
    ]
    told: list[Mistake] = []
    for place, mistake in enumerate(found):
        if not (
            place and mistake.rule.startswith("must be ") and _same(mistake, found[place - 1])
        ):
            told.append(mistake)
        elif mistake.rule.startswith("must be '"):  # a word beside a number
            word = mistake.rule.removeprefix("must be ")
            told[-1] = replace(told[-1], rule=f"{told[-1].rule} or {word}")
    return told  # of a union's other branches the first tells


def _same(one: Mistake, other: Mistake) -> bool:
    return one.path == other.path and one.received == other.received


def _mistakes(detail: dict[str, Any], root: type) -> list[Mistake]:
    path = [str(part) for part in detail["loc"] if part not in TABLES]
    if path and path[0] in SECRET:
        return [secret_mistake(path[0])]
    where = dotted(path)
    if path[:1] == ["axes"] and len(path) > 1:
        rule = "must be a number, a name, or an array of either"
        return [Mistake(dotted(path[:2]), rule, brief(detail["input"]))]
    match detail["type"]:
        case "unexpected_keyword_argument" | "extra_forbidden":
            if len(path) > 1 and path[-1] in _known_keys(root, []):
                rule = f"stands below a table's header: move `{path[-1]}` above the first `[...]`"
                return [Mistake(where, rule)]
            known = _known_keys(root, path[:-1])
            rule = f"is not a key{nearest(path[-1], known)}; known here: {', '.join(known)}"
            return [Mistake(where, rule)]
        case "missing" | "missing_argument" | "missing_keyword_only_argument":
            return [Mistake(where, "is missing")]
        case "value_error":
            messages = str(detail["ctx"]["error"]).splitlines()
            return [Mistake.of(message, where) for message in messages]
        case _:
            rule = str(detail["msg"]).removeprefix("Input should be ")
            return [Mistake(_without_types(path), f"must be {rule}", brief(detail["input"]))]


def _without_types(path: list[str]) -> str:
    """The path without the branches of a union, which pydantic appends."""
    branches = {"float", "int", "str", "tuple", *TABLES}
    inner = ("tuple[", "literal[")
    return dotted([p for p in path if p not in branches and not p.startswith(inner)])


def _known_keys(root: type, path: list[str]) -> list[str]:
    here: Any = root
    for part in path:
        hints = get_type_hints(here) if is_dataclass(here) else {}
        here = hints.get(part, here)
        here = next((a for a in get_args(here) if is_dataclass(a)), here)
    return [f.name for f in fields(here)] if is_dataclass(here) else []
