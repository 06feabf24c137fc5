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
    if isinstance(value, CLOSED):
        return
    if isinstance(value, list | tuple):
        for item in value:
            yield from _leaves(item, kind, objects, open_)
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
    if isinstance(value, CLOSED):
        return value
    if isinstance(value, list | tuple):
        kept = [changed(item, kind, change) for item in value]
        same = all(new is old for new, old in zip(kept, value, strict=True))
        return value if same else _sequence(value, kept)
    items = _items(value, objects=True)
    others = {key: changed(item, kind, change) for key, item in items.items()}
    if all(others[key] is item for key, item in items.items()):
        return value
    return _with(value, others)


def _items(value: Any, *, objects: bool) -> dict[Any, Any]:
    """What a container holds by index, key or attribute; empty for anything else."""
    if isinstance(value, Mapping):
        return dict(value.items())
    if is_dataclass(value):
        names = (field.name for field in fields(value))
        return {name: getattr(value, name) for name in names if hasattr(value, name)}
    if isinstance(value, Sequence) and not isinstance(value, range):
        return dict(enumerate(value))
    open_object = objects and hasattr(value, "__dict__") and not callable(value)
    return dict(vars(value)) if open_object else {}


def _sequence(value: Any, items: list[Any]) -> Any:
    """A list, a tuple or a named tuple like `value`."""
    if isinstance(value, tuple):
        return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
    return items


def _with(value: Any, items: dict[Any, Any]) -> Any:
    """A container like `value` that holds `items`."""
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
