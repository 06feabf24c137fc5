"""A front's designs as columns of figures: what differs between them, and what they share."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from dse.report.scales import Scale
from dse.report.subject import Subject
from dse.results import gentle_writes, table
from dse.results.words import TECHNOLOGIES
from dse.si import binary, rate, si
from evaluators.design import DataKind

WRITES: Final = ("voltage_v", "pulse_width_s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One property of every design of the front, in the front's order; None where it has none."""

    name: str
    values: tuple[Any, ...]
    texts: tuple[str, ...]
    unit: str = ""
    objective: int | None = None

    @property
    def title(self) -> str:
        """The name with its unit; names of memories have none."""
        return f"{self.name} ({self.unit})" if self.unit else self.name

    @property
    def varies(self) -> bool:
        """Whether the designs that have it differ in it."""
        return len(set(self.values) - {None}) > 1


def columns(subject: Subject) -> list[Column]:
    """Objectives first, then the design's own figures, writes that all kinds share only once."""
    front = subject.front
    members = front.candidates
    found = []
    for place, objective in enumerate(front.objectives):
        values = tuple(float(subject.values[subject.place(c), place]) for c in members)
        texts = tuple(objective.in_words(value) for value in values)
        name = Scale(objective=objective).short_name
        unit = objective.axis[1] or "1"
        found.append(Column(name=name, values=values, texts=texts, unit=unit, objective=place))
    rows = [table.design_columns(c.evaluation.design) for c in members]
    for name, values in _merged(rows).items():
        texts = tuple(_text(name, value) for value in values)
        unit = "" if any(isinstance(value, str) for value in values) else _unit(name)
        found.append(Column(name=_words(name), values=values, texts=texts, unit=unit))
    return found


def _merged(rows: list[dict[str, Any]]) -> dict[str, tuple[Any, ...]]:
    """Columns of the rows; where all kinds are written alike, voltage and pulse are one column."""
    keys = list(dict.fromkeys(key for row in rows for key in row))
    merged: dict[str, tuple[Any, ...]] = {}
    for ending in WRITES:
        told = [{row[f"{kind}_{ending}"] for kind in DataKind} - {None} for row in rows]
        if all(len(values) <= 1 for values in told):
            keys = [key for key in keys if not key.endswith(ending)]
            merged[ending] = tuple(next(iter(values), None) for values in told)
    return {**{key: tuple(row.get(key) for row in rows) for key in keys}, **merged}


def _words(name: str) -> str:
    plain = {"technology": "memory", "capacity_bytes": "capacity", "buffer_bytes": "buffer",
             "voltage_v": "write voltage",
             "pulse_width_s": "pulse width", "error_probability": "error probability"}  # fmt: skip
    for kind, plural in gentle_writes.PLURALS.items():
        if name.startswith(f"{kind}_") and name not in plain:
            return f"{plural}: {_words(name.removeprefix(f'{kind}_'))}"
    return plain.get(name, name.replace("_", " "))


def axis_words(name: str) -> str:
    """An axis of a space in words: `weight_reliable_bits` is `weights: reliable bits`."""
    return _words(name.replace("write_voltage_v", "voltage_v"))


def _unit(name: str) -> str:
    """Of the figures of a column of the front's table."""
    endings = {"_bytes": "bytes", "voltage_v": "V", "pulse_width_s": "s"}
    return next((unit for ending, unit in endings.items() if name.endswith(ending)), "1")


def _text(name: str, value: Any) -> str:
    if value is None:
        return "none"
    if name.endswith("_bytes"):
        return binary(int(value))
    if name.endswith("_voltage_v") or name == "voltage_v":
        return f"{value:.3g} V"
    if name.endswith("pulse_width_s"):
        return si(value, "s")
    if name.endswith("_error_probability"):
        return rate(value)
    return TECHNOLOGIES.get(str(value), str(value))


def shared(found: list[Column]) -> Mapping[str, str]:
    """What all designs that have it have in common, by name."""
    told = {}
    for column in found:
        texts = {words for words, value in zip(column.texts, column.values, strict=True)
                 if value is not None}  # fmt: skip
        if len(texts) == 1:
            told[column.name] = texts.pop()
    return told
