"""A study: the question, read from a TOML file at the border and checked as a whole."""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from math import inf, prod
from pathlib import Path
from typing import Any, Final, Literal

from dse.mistakes import StudyError, pydantic_mistakes
from dse.objectives import objective
from evaluators import plugins
from evaluators.checks import STRICT, check_fields, nearest
from evaluators.design import DesignPoint
from evaluators.scenario import BITS, Scenario
from evaluators.training.recipe import DATA_NAMES, MODEL_NAMES
from search_spaces.axes import Axis, Choice, Narrowing, Space, Value, Values, narrowed

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """How candidates are chosen.

    `nested` samples only the axes that training sees and solves the others exactly; `prefilter`
    then tries only write conditions that no other of equal write errors beats. `batch` and
    `lookahead` shape what the sampler knows at each step, so the number of workers
    does not. With `lookahead` 1 a batch is chosen before its predecessor's results are told.
    """

    __pydantic_config__ = STRICT

    sampler: str = "nsga2"
    strategy: Literal["nested", "joint"] = "nested"
    prefilter: bool = True
    candidates: int = 60
    seed: int = 0
    batch: int = 10
    lookahead: int = 1
    population: int = 20

    def __post_init__(self) -> None:
        check_fields(
            self,
            {
                "candidates": (1, 1_000_000),
                "seed": (0, 2**32 - 1),
                "batch": (1, 1000),
                "lookahead": (0, 1),
                "population": (2, 10_000),
            },
        )
        if self.sampler == "grid" and self.strategy == "nested":
            raise ValueError(
                "`sampler` = 'grid' takes every point of the axes and goes with `strategy` = "
                "'joint', got 'nested'"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """Everything that decides a search's result, and where its results are kept."""

    __pydantic_config__ = STRICT

    name: str
    space: str
    objectives: tuple[str, ...]
    scenario: Scenario
    search: Search = field(default_factory=Search)
    axes: Mapping[str, Value | tuple[Value, ...]] = field(default_factory=dict)
    designs: tuple[Mapping[str, Value], ...] = ()
    storage: str = ""

    @property
    def search_space(self) -> Space:
        """The space's own module."""
        space: Space = plugins.load("search_spaces", "SPACE", self.space, what="space")
        return space

    @property
    def open_axes(self) -> tuple[Axis, ...]:
        """The axes of the space as this study narrows them; capacities only if they are free."""
        axes = self.search_space.axes(bits=self.scenario.bits)
        return narrowed(_unsized(axes, self.scenario.sizing), self.axes)

    def design(self, values: Values) -> DesignPoint:
        """The design at `values` of the open axes.

        Where the scenario sizes the memories, scoring does it: the capacities here stand in.
        """
        axes = self.search_space.axes(bits=self.scenario.bits)
        given = {a.name: a.options[0] for a in axes if isinstance(a, Choice) and a.sized}
        return self.search_space.decode({**given, **values})

    @property
    def trains(self) -> bool:
        """Whether any objective needs a training."""
        return any(name == "accuracy_loss" or ":" in name for name in self.objectives)

    @property
    def candidates_at_most(self) -> float:
        """Designs that a grid has, with the baselines and the user's own; else no limit."""
        if self.search.sampler != "grid":
            return inf
        options = [len(axis.options) for axis in self.open_axes if isinstance(axis, Choice)]
        return prod(options) + 2 + len(self.designs)

    @property
    def technologies(self) -> tuple[str, ...]:
        """SRAM, then every technology that an axis offers."""
        offered = [
            str(option)
            for axis in self.open_axes
            if isinstance(axis, Choice) and axis.plugin == "technology"
            for option in axis.options
        ]
        return tuple(dict.fromkeys(("sram", *offered)))

    def enqueued(self) -> tuple[Values, ...]:
        """The user's own designs as values, after the two baselines."""
        return self.designs

    def fingerprint(self) -> dict[str, Any]:
        """What must not change when a study is continued."""
        told = as_plain(self)
        for free in ("objectives", "storage"):
            del told[free]
        del told["search"]["candidates"]
        return dict(told)


def _unsized(axes: tuple[Axis, ...], sizing: str) -> tuple[Axis, ...]:
    if sizing == "free":
        return axes
    return tuple(axis for axis in axes if not (isinstance(axis, Choice) and axis.sized))


def as_plain(value: Any) -> Any:
    """A dataclass as JSON-ready dictionaries and lists."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: as_plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): as_plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_plain(item) for item in value]
    return value


def read_study(path: str | Path) -> Study:
    """Read a study file and check all of it.

    Raises:
        StudyError: every mistake of the file at once, with its place, the value received and what
            is allowed.
    """
    file = Path(path)
    return parse_study(read_toml(file), str(file))


def parse_study(raw: Mapping[str, Any], source: str) -> Study:
    """A study from the dictionaries of its file; `source` names the file in messages.

    Raises:
        StudyError: as `read_study`.
    """
    study, mistakes = _validated(raw)
    mistakes += _name_mistakes(raw)
    if not any("`axes" in mistake for mistake in mistakes):
        mistakes += _axis_mistakes(raw)
    if mistakes or study is None:
        raise StudyError(source, list(dict.fromkeys(mistakes)))
    return study


def read_toml(file: Path) -> dict[str, Any]:
    """The tables of a TOML file; raises `StudyError` where it cannot be read."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise StudyError(str(file), ["there is no such file; studies are TOML files"]) from None
    except IsADirectoryError:
        raise StudyError(str(file), ["this is a folder; give the study's TOML file"]) from None
    except PermissionError:
        raise StudyError(str(file), ["this file may not be read; check its owner"]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StudyError(str(file), [f"this is not a study: no TOML ({error})"]) from None


def _validated(raw: Mapping[str, Any]) -> tuple[Study | None, list[str]]:
    from pydantic import TypeAdapter, ValidationError

    try:
        text = json.dumps(raw)
    except TypeError as error:
        return None, [f"dates and times have no place in a study ({error})"]
    try:
        return TypeAdapter(Study).validate_json(text), []
    except ValidationError as error:
        return None, pydantic_mistakes(error, Study)


def _name_mistakes(raw: Mapping[str, Any]) -> list[str]:
    """Names that no plug-in bears, wherever the file is sound enough to hold a name."""
    mistakes: list[str] = []
    name = raw.get("name")
    if isinstance(name, str) and not NAME.fullmatch(name):
        mistakes.append(
            f"`name` must be letters, digits, `-` and `_`, as it names a folder, got {name!r}"
        )
    scenario = raw.get("scenario") if isinstance(raw.get("scenario"), dict) else {}
    search = raw.get("search") if isinstance(raw.get("search"), dict) else {}
    assert isinstance(scenario, dict)
    assert isinstance(search, dict)
    places = (
        (raw.get("space"), "space", "search_spaces", "SPACE", "space"),
        (scenario.get("network"), "scenario.network", "evaluators.networks", "build", "network"),
        (scenario.get("cell"), "scenario.cell", "evaluators.device", "CELL", "cell"),
        (search.get("sampler"), "search.sampler", "dse.samplers", "sampler", "sampler"),
    )
    for value, where, package, attribute, what in places:
        mistakes += _missing_plugin(value, where, package, attribute, what)
    mistakes += _training_mistakes(scenario.get("training"))
    return mistakes + _objective_mistakes(raw.get("objectives"))


def _training_mistakes(recipe: Any) -> list[str]:
    """Names of data and models of ours; dotted names are loaded by the training itself."""
    mistakes: list[str] = []
    for key, known in (("data", DATA_NAMES), ("model", MODEL_NAMES)):
        name = recipe.get(key) if isinstance(recipe, dict) else None
        if isinstance(name, str) and ":" not in name and name not in known:
            mistakes.append(
                f"`scenario.training.{key}` {name!r} is not known{nearest(name, known)}; known: "
                f"{', '.join(known)}; your own is written 'package.module:function'"
            )
    return mistakes


def _missing_plugin(value: Any, where: str, package: str, attribute: str, what: str) -> list[str]:
    if not isinstance(value, str) or value.endswith(".csv"):
        return []
    if "." not in value and ":" not in value and value in plugins.names(package, attribute):
        return []
    try:
        plugins.load(package, attribute, value, what=what)
    except plugins.UnknownNameError as error:
        return [f"`{where}`: {error}"]
    return []


def _objective_mistakes(names: Any) -> list[str]:
    if not isinstance(names, list):
        return []
    mistakes: list[str] = []
    if not 1 <= len(names) <= 5 or len(set(map(str, names))) != len(names):
        mistakes.append(f"`objectives` must be one to five different names, got {names}")
    for name in names:
        try:
            if isinstance(name, str):
                objective(name)
        except plugins.UnknownNameError as error:
            mistakes.append(f"`objectives`: {error}")
    return mistakes


def _axis_mistakes(raw: Mapping[str, Any]) -> list[str]:
    """Mistakes in `[axes]` and `[[designs]]`, once the space is known."""
    narrowings: Any = raw.get("axes", {})
    scenario = raw.get("scenario")
    number_format = scenario.get("number_format", "int8") if isinstance(scenario, dict) else "int8"
    if not isinstance(raw.get("space"), str) or not isinstance(narrowings, dict):
        return []
    try:
        bits = BITS[number_format]
        space: Space = plugins.load("search_spaces", "SPACE", raw["space"], what="space")
        axes = space.axes(bits=bits)
    except (ValueError, KeyError, TypeError):
        return []
    sizing = str(scenario.get("sizing", "free")) if isinstance(scenario, dict) else "free"
    free = _unsized(axes, sizing)
    taken = [axis.name for axis in axes if axis not in free and axis.name in narrowings]
    mistakes = [
        f"`axes.{name}` is no axis here, as `scenario.sizing` = {sizing!r} gives the capacities; "
        f"leave it out, or size freely"
        for name in taken
    ]
    axes, narrowings = free, {k: v for k, v in narrowings.items() if k not in taken}
    mistakes += _narrowing_mistakes(axes, narrowings)
    return mistakes + _design_mistakes(axes, raw.get("designs", []))


def _narrowing_mistakes(axes: tuple[Axis, ...], narrowings: Mapping[str, Narrowing]) -> list[str]:
    mistakes: list[str] = []
    try:
        narrowed(axes, narrowings)
    except ValueError as error:
        mistakes += str(error).splitlines()
    for axis in axes:
        if getattr(axis, "plugin", "") == "technology" and axis.name in narrowings:
            named = narrowings[axis.name]
            for option in [named] if isinstance(named, str) else named:  # type: ignore[union-attr]
                mistakes += _missing_plugin(
                    option, f"axes.{axis.name}", "evaluators.memories", "TECHNOLOGY", "technology"
                )
    return mistakes


def _design_mistakes(axes: tuple[Axis, ...], designs: Any) -> list[str]:
    """A design of the user must name every axis; it may lie outside `[axes]`."""
    if not isinstance(designs, list):
        return []
    mistakes: list[str] = []
    known = [axis.name for axis in axes]
    for place, design in enumerate(designs):
        if not isinstance(design, dict):
            continue
        for name in known:
            if name not in design:
                mistakes.append(f"`designs[{place}]` must give `{name}`")
        for name, value in design.items():
            if name in known:
                mistakes += _value_mistakes(axes[known.index(name)], value, f"designs[{place}]")
            else:
                mistakes.append(f"`designs[{place}].{name}` is no axis; axes: {', '.join(known)}")
    return mistakes


def _value_mistakes(axis: Axis, value: Any, where: str) -> list[str]:
    try:
        narrowed([axis], {axis.name: value})
    except ValueError as error:
        return [str(error).replace("`axes.", f"`{where}.")]
    if getattr(axis, "plugin", "") == "technology":
        return _missing_plugin(
            value, f"{where}.{axis.name}", "evaluators.memories", "TECHNOLOGY", "technology"
        )
    return []
