"""The schema of a study file: whole, and of one mind with the parser."""

import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from dse.mistakes import StudyError
from dse.study import parse_study
from dse.study.meanings import MEANINGS
from dse.study.schema import KINDS, keys, ranges, study_schema

ROOT = Path(__file__).parents[3]
STUDIES = sorted((ROOT / "studies").glob("*.toml"))
SCHEMA = study_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def raw(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8"))


def test_it_is_a_schema_with_every_key_and_its_meaning() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert {name: sorted(told) for name, told in MEANINGS.items()} == {
        name: sorted(f.name for f in fields(kind)) for name, kind in KINDS.items()
    }
    found = {key.path: key for key in keys()}
    assert len(found) > 100
    assert found["search.candidates"].high == 1_000_000
    assert found["scenario.temperature_k"].low == 200.0
    assert found["scenario.memory.wire"].kind == "repeated, unrepeated"
    assert ranges("Stop")["plateau_gain"] == (0.0, 1.0)


@pytest.mark.parametrize("file", STUDIES, ids=lambda file: file.stem)
def test_every_study_is_accepted(file: Path) -> None:
    VALIDATOR.validate(raw(file))


def mutated(told: Any) -> Iterator[Any]:
    """Each key unknown, and each value of another type."""
    if isinstance(told, dict):
        yield {**told, "nonsense_key": 1}
        for key, value in told.items():
            for other in _others(value):
                yield {**told, key: other}
            yield from ({**told, key: inner} for inner in mutated(value))
    elif isinstance(told, list) and told:
        yield from ([inner, *told[1:]] for inner in mutated(told[0]))


def _others(value: Any) -> list[Any]:
    if isinstance(value, str):
        return [1, True, ["x"], {"x": 1}]
    if isinstance(value, bool):
        return ["x", {"x": 1}]
    if isinstance(value, int | float):
        return [True, {"x": 1}, [["x"]]]
    return ["x", 1, True]


def mistakes_of(told: dict[str, Any]) -> list[str]:
    try:
        parse_study(told, "x.toml")
    except StudyError as error:
        return error.mistakes
    return []


def by_type(mistakes: list[str]) -> bool:
    """Whether the parser refuses a key or a type, not a name or what goes with it."""
    return any("is not a key" in m or "must be a valid" in m or "must be a number, a name" in m
               or "must be an object" in m or "must be a dictionary" in m
               for m in mistakes)  # fmt: skip


@pytest.mark.parametrize("name", ["iso_area", "quickstart", "write_optimization"])
def test_what_the_parser_refuses_by_type_is_refused(name: str) -> None:
    refused, passed = 0, []
    for told in mutated(raw(ROOT / "studies" / f"{name}.toml")):
        mistakes = mistakes_of(told)
        refused += by_type(mistakes)
        if by_type(mistakes) and VALIDATOR.is_valid(told):
            passed.append((told, mistakes))
    assert passed == []
    assert refused > 20
