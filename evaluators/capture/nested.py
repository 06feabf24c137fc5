"""Walks over nested arguments: tensors inside sequences, mappings and dataclasses."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

Leaf = TypeVar("Leaf")


def leaves(value: Any, kind: type[Leaf]) -> Iterator[Leaf]:
    """All values of `kind`, in order."""
    if isinstance(value, kind):
        yield value
        return
    if isinstance(value, Mapping):
        value = list(value.values())
    elif is_dataclass(value) and not isinstance(value, type):
        value = [getattr(value, field.name) for field in fields(value)]
    if isinstance(value, Sequence) and not isinstance(value, str):
        for item in value:
            yield from leaves(item, kind)


def changed(value: Any, kind: type[Leaf], change: Callable[[Leaf], Any]) -> Any:
    """The same nesting of dicts, lists and tuples with each value of `kind` changed."""
    if isinstance(value, kind):
        return change(value)
    if isinstance(value, dict):
        return {key: changed(item, kind, change) for key, item in value.items()}
    if isinstance(value, list):
        return [changed(item, kind, change) for item in value]
    if isinstance(value, tuple):
        items = [changed(item, kind, change) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
    return value
