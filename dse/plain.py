"""Our dataclasses as plain data and JSON text and back, exact to the last bit."""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, Final, TypeVar

T = TypeVar("T")


PLAIN: Final = frozenset({str, int, float, bool, type(None)})
"""Types that are JSON as they are: looked at first, without a call, as most values are of them."""


def as_plain(value: Any) -> Any:
    """A dataclass as JSON-ready dictionaries and lists."""
    if type(value) in PLAIN:
        return value
    kind: Any = type(value)
    names = _fields(kind)
    if names is not None:
        parts = ((name, getattr(value, name)) for name in names)
        return {name: p if type(p) in PLAIN else as_plain(p) for name, p in parts}
    if isinstance(value, Mapping):
        return {str(key): as_plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [item if type(item) in PLAIN else as_plain(item) for item in value]
    return value


@cache
def _fields(kind: type) -> tuple[str, ...] | None:
    """Names of the fields of a dataclass; None of another type."""
    return tuple(f.name for f in fields(kind)) if is_dataclass(kind) else None


def dumps(value: Any) -> str:
    """JSON with sorted keys; a float is written with the digits that give it back."""
    return json.dumps(as_plain(value), sort_keys=True)


def loads_as(kind: type[T], text: str) -> T:
    """The dataclass that `dumps` wrote.

    Raises:
        ValueError: the text is not one.
    """
    adapters: Any = adapter
    result: T = adapters(kind).validate_json(text)
    return result


@cache
def adapter(kind: Any) -> Any:
    """What reads a dataclass of ours from JSON; made once, as that takes a while."""
    from pydantic import TypeAdapter

    return TypeAdapter(kind)
