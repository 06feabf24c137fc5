"""A network at a batch size too large to run, from records at three small ones."""

from dataclasses import fields, replace
from typing import Any, TypeVar

from evaluators.workload import Gemm, Layer

SMALL_BATCHES = (2, 3, 4)

Record = TypeVar("Record", Layer, Gemm)


class NotAffineError(ValueError):
    """The work does not grow as constant + slope x batch: it depends on the data."""


def extrapolate(records: tuple[tuple[Layer, ...], ...], batch_size: int) -> tuple[Layer, ...]:
    """The layers at `batch_size`, from those recorded at `SMALL_BATCHES`. [-]

    Every size of a product must lie on one line over the three batches. Element-wise work and
    tensor sizes that do not (a mask keeps what the data says) grow in proportion.

    Raises:
        NotAffineError: the records differ in more than sizes, or a product's is on no line.
    """
    if len({len(record) for record in records}) > 1:
        raise NotAffineError("another number of layers at another batch size")
    return tuple(_layer(versions, batch_size) for versions in zip(*records, strict=True))


def _layer(versions: tuple[Layer, ...], batch_size: int) -> Layer:
    if len({len(layer.gemms) for layer in versions}) > 1:
        raise NotAffineError(f"another number of products in {versions[0].name!r}")
    products = zip(*(layer.gemms for layer in versions), strict=True)
    gemms = tuple(_gemm(group, batch_size) for group in products)
    plain = tuple(replace(layer, gemms=()) for layer in versions)
    return replace(_line(plain, batch_size), gemms=gemms)


def _gemm(versions: tuple[Gemm, ...], batch_size: int) -> Gemm:
    """Derived sizes that follow from m, n, k and count are left to follow again."""
    derived = ("a_elements", "b_elements", "c_elements", "macs")
    bare = tuple(
        Gemm(phase=g.phase, m=g.m, n=g.n, k=g.k, a=g.a, b=g.b, c=g.c, count=g.count)
        for g in versions
    )
    follow = [
        name
        for name in derived
        if all(getattr(g, name) == getattr(b, name) for g, b in zip(versions, bare, strict=True))
    ]
    lined = {"m", "n", "k", "count", *(set(derived) - set(follow))}
    sizes = {name: _value(name, versions, batch_size) for name in lined}
    changes: dict[str, Any] = {**dict.fromkeys(follow, 0), **sizes}
    return replace(versions[0], **changes)


def _line(versions: tuple[Record, ...], batch_size: int) -> Record:
    values: dict[str, Any] = {}
    for name in (f.name for f in fields(versions[0])):
        first = getattr(versions[0], name)
        if isinstance(first, int):
            try:
                values[name] = _value(name, versions, batch_size)
            except NotAffineError:
                largest = getattr(versions[-1], name)
                values[name] = round(largest * batch_size / SMALL_BATCHES[-1])
        elif any(getattr(other, name) != first for other in versions):
            raise NotAffineError(f"another `{name}` at another batch size")
    return replace(versions[0], **values)


def _value(name: str, versions: tuple[Record, ...], batch_size: int) -> int:
    low, middle, high = SMALL_BATCHES
    at_low, at_middle, at_high = (int(getattr(version, name)) for version in versions)
    slope, rest = divmod(at_middle - at_low, middle - low)
    if rest or at_low + slope * (high - low) != at_high:
        raise NotAffineError(f"`{name}` is {at_low}, {at_middle}, {at_high} at {SMALL_BATCHES}")
    return at_low + slope * (batch_size - low)
