"""What a study file may get wrong beyond types and ranges: names, axes, designs, constraints."""

import re
from collections.abc import Mapping
from typing import Any, Final

from dse.constraints import constraint
from dse.objectives import objective
from evaluators import plugins
from evaluators.checks import nearest
from evaluators.scenario import BITS
from evaluators.training.recipe import DATA_NAMES, MODEL_NAMES
from search_spaces.axes import Axis, Narrowing, Space, narrowed, unsized

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}")


def name_mistakes(raw: Mapping[str, Any]) -> list[str]:
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
    mistakes += _constraint_mistakes(raw.get("constraints", []))
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


def _constraint_mistakes(texts: Any) -> list[str]:
    mistakes: list[str] = []
    for place, text in enumerate(texts if isinstance(texts, list) else []):
        try:
            if isinstance(text, str):
                constraint(text)
        except ValueError as error:
            mistakes.append(f"`constraints[{place}]`: {error}")
    return mistakes


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


def axis_mistakes(raw: Mapping[str, Any]) -> list[str]:
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
    free = unsized(axes, sizing)
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
