"""The keys of a study file: as JSON schema for editors, and as rows of the reference."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

from dse.mistakes import StudyError
from dse.study.meanings import MEANINGS
from dse.study.study import Study
from evaluators import checks

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
AUTO: Final = {"const": "auto"}
"""What `search.batch` may be beside a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key of a study file: where it stands, what it may be, and what it means.

    `low` and `high` are the ends of its range; None where it has none. [as its name]
    """

    path: str
    kind: str
    default: str
    meaning: str
    low: float | None = None
    high: float | None = None


def study_schema() -> dict[str, Any]:
    """The JSON schema of a study file: types, names of keys, ranges, meanings.

    What only the whole file decides, such as the axes of a space, is left to `dse check`.
    """
    from pydantic import TypeAdapter

    schema: dict[str, Any] = TypeAdapter(Study).json_schema()
    parts = {"Study": schema, **schema["$defs"]}
    for name, part in parts.items():
        if name not in MEANINGS:
            continue
        limits = ranges(name)
        part.pop("description", None)
        for key, told in part["properties"].items():
            told["description"] = MEANINGS[name][key]
            told.pop("title", None)
            _limit(told, limits.get(key))
    batch = parts["Search"]["properties"]["batch"]
    number = {key: batch.pop(key) for key in ("type", "minimum", "maximum")}
    batch["anyOf"] = [number, AUTO]
    return {"$schema": DIALECT, **schema, "title": "A study of mram-dse"}


def _limit(told: dict[str, Any], limits: tuple[float, float] | None) -> None:
    for branch in (told, *told.get("anyOf", ())):
        if limits is not None and branch.get("type") in ("number", "integer"):
            branch["minimum"], branch["maximum"] = limits


def ranges(name: str) -> Mapping[str, tuple[float, float]]:
    """Ranges that the dataclass of a table checks, by key. [as its name]"""
    kind, told = KINDS[name], dict[str, Any]()
    asked = {f.name: _some(f) for f in fields(kind) if _asks(f)}
    with checks.noted() as noted, suppress(ValueError, StudyError):
        kind(**asked)
    for limits in noted:
        told |= {key: (low, high) for key, (low, high, *_) in limits.items()}
    return told


def _asks(field: "Field[Any]") -> bool:
    """Whether it must be given, or is checked only where it is given."""
    return (field.default is MISSING and field.default_factory is MISSING) or field.default is None


def _some(field: "Field[Any]") -> object:
    """Any value: what is out of its range is noted all the same."""
    return "x" if field.type is str else 1.0


def keys() -> Iterator[Key]:
    """Every key of a study file, tables before what is in them."""
    yield from _keys(Study, "")


def _keys(kind: Any, within: str) -> Iterator[Key]:
    hints, limits = get_type_hints(kind), ranges(kind.__name__)
    for field in fields(kind):
        path = f"{within}{field.name}"
        inner = [part for part in _parts(hints[field.name]) if is_dataclass(part)]
        low, high = limits.get(field.name, (None, None))
        yield Key(path=path, kind=_in_words(hints[field.name]), default=_default(field),
                  meaning=MEANINGS[kind.__name__][field.name], low=low, high=high)  # fmt: skip
        for part in inner:
            yield from _keys(part, f"{path}.")


def _parts(hint: Any) -> tuple[Any, ...]:
    return (hint,) if get_origin(hint) is None else (hint, *get_args(hint))


def _in_words(hint: Any) -> str:
    simple = {str: "text", int: "whole number", float: "number", bool: "true or false"}
    if hint in simple:
        return simple[hint]
    if is_dataclass(hint):
        return "table"
    arguments = [a for a in get_args(hint) if a is not type(None) and a is not ...]
    if get_origin(hint) is Literal:
        return ", ".join(map(str, arguments))
    if get_origin(hint) is tuple:
        return f"array of {_in_words(arguments[0])}"
    if get_origin(hint) in (dict, Mapping):
        return "table of values"
    return " or ".join(dict.fromkeys(map(_in_words, arguments)))


def _default(field: "Field[Any]") -> str:
    if field.default_factory is not MISSING:
        return "empty"
    if field.default is MISSING:
        return "must be given"
    if is_dataclass(field.default):
        return "empty"
    if field.default is None or field.default in ("", ()):
        return "nothing"
    if isinstance(field.default, bool):
        return str(field.default).lower()
    return f"{field.default:g}" if isinstance(field.default, float) else str(field.default)


def _kinds(kind: Any) -> Iterator[tuple[str, Any]]:
    yield kind.__name__, kind
    for hint in get_type_hints(kind).values():
        for part in _parts(hint):
            if is_dataclass(part):
                yield from _kinds(part)


KINDS: Final[Mapping[str, Any]] = dict(_kinds(Study))
"""The dataclasses that read a study's tables, by name."""
