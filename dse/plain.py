"""Our dataclasses as plain data and JSON text and back, exact to the last bit."""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")


def as_plain(value: Any) -> Any:
    """A dataclass as JSON-ready dictionaries and lists."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: as_plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): as_plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_plain(item) for item in value]
    return value


def dumps(value: Any) -> str:
    """JSON with sorted keys; a float is written with the digits that give it back."""
    return json.dumps(as_plain(value), sort_keys=True)


def loads_as(kind: type[T], text: str) -> T:
    """The dataclass that `dumps` wrote.

    Raises:
        ValueError: the text is not one.
    """
    adapters: Any = _adapter
    result: T = adapters(kind).validate_json(text)
    return result


@cache
def _adapter(kind: Any) -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(kind)
