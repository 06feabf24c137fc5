"""Our dataclasses as JSON text and back, exact to the last bit, infinity included."""

import json
from functools import cache
from typing import Any, TypeVar

from dse.study import as_plain

T = TypeVar("T")


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
