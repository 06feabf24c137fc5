"""Walks over nested arguments: tensors in sequences, mappings, dataclasses and plain objects."""

import copy
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import fields, is_dataclass
from types import FunctionType, MethodType, ModuleType
from typing import Any, TypeVar

Leaf = TypeVar("Leaf")
CLOSED = (type, type(None), int, float, complex, ModuleType, FunctionType, MethodType, str, bytes)


def leaves(value: Any, kind: type[Leaf], *, objects: bool = False) -> Iterator[Leaf]:
    """All values of `kind`, in order; with `objects` also those that plain objects hold."""
    return _leaves(value, kind, objects, set())


def _leaves(value: Any, kind: type[Leaf], objects: bool, open_: set[int]) -> Iterator[Leaf]:
    if isinstance(value, kind):
        yield value
        return
    items = _items(value, objects=objects)
    if not items or id(value) in open_:
        return
    open_.add(id(value))
    for item in items.values():
        yield from _leaves(item, kind, objects, open_)
    open_.discard(id(value))


def changed(value: Any, kind: type[Leaf], change: Callable[[Leaf], Any]) -> Any:
    """The same nesting with each value of `kind` changed; what holds none is left as it is.

    Containers keep their type: lists, tuples, named tuples, mappings (also those of other
    libraries, such as batches of tokens), dataclasses and plain objects are copied first.
    """
    if isinstance(value, kind):
        return change(value)
    items = _items(value, objects=True)
    if not items or next(leaves(value, kind, objects=True), None) is None:
        return value
    return _with(value, {key: changed(item, kind, change) for key, item in items.items()})


def _items(value: Any, *, objects: bool) -> dict[Any, Any]:
    """What a container holds by index, key or attribute; empty for anything else."""
    if isinstance(value, CLOSED):
        return {}
    if isinstance(value, Mapping):
        return dict(value.items())
    if is_dataclass(value):
        names = (field.name for field in fields(value))
        return {name: getattr(value, name) for name in names if hasattr(value, name)}
    if isinstance(value, Sequence):
        return dict(enumerate(value))
    open_object = objects and hasattr(value, "__dict__") and not callable(value)
    return dict(vars(value)) if open_object else {}


def _with(value: Any, items: dict[Any, Any]) -> Any:
    """A container like `value` that holds `items`."""
    if isinstance(value, tuple):
        kept = list(items.values())
        return type(value)(*kept) if hasattr(value, "_fields") else tuple(kept)
    if isinstance(value, Mapping):
        if type(value) is dict or not isinstance(value, MutableMapping):
            return items
        twin = copy.copy(value)
        for key, item in items.items():
            twin[key] = item
        return twin
    if isinstance(value, Sequence) and not is_dataclass(value):
        return list(items.values())
    twin = copy.copy(value)
    for key, item in items.items():
        object.__setattr__(twin, key, item)
    return twin
