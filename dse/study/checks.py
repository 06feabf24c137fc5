"""What a study file may get wrong beyond types and ranges: names, axes, designs, constraints."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, get_args

from dse.mistakes import UserError
from dse.study.constraints import constraint
from dse.study.objectives import beyond_nested, objective
from dse.study.study import SAMPLERS
from dse.study.toml import dotted
from evaluators import plugins
from evaluators.checks import brief, nearest
from evaluators.device import Cell, MeasuredCell, cell
from evaluators.memories import Technology
from evaluators.networks.topology import read_topology
from evaluators.scenario import BITS, Sizing
from evaluators.training.recipe import DATA_NAMES, MODEL_NAMES
from search_spaces.axes import Axis, Narrowing, Range, Space, narrowed, unsized

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin:
    """A kind of plug-in: where ours live, and what any must be.

    `reads` reads one that is a file of measurements or of layers.
    """

    what: str
    package: str
    attribute: str
    fits: Callable[[Any], bool] = callable
    needs: str
    reads: Callable[[str], object] | None = None
    known: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of ours."""
        return self.known or plugins.names(self.package, self.attribute)


SPACE: Final = Plugin(
    what="space",
    package="search_spaces",
    attribute="SPACE",
    fits=lambda found: all(hasattr(found, name) for name in ("question", "axes", "decode")),
    needs="an object with `question`, `axes` and `decode`",
)
NETWORK: Final = Plugin(
    what="network",
    package="evaluators.networks",
    attribute="build",
    needs="a function that returns a Network or a torch module",
    reads=lambda name: read_topology(Path(name), 1),
)
CELL: Final = Plugin(
    what="cell",
    package="evaluators.device",
    attribute="CELL",
    fits=lambda found: isinstance(found, Cell | MeasuredCell),
    needs="an evaluators.device.Cell",
    reads=cell,
)
SAMPLER: Final = Plugin(
    what="sampler",
    package="dse.search",
    attribute="sampler",
    known=SAMPLERS,
    needs="a function that returns an Optuna sampler",
)
TECHNOLOGY: Final = Plugin(
    what="technology",
    package="evaluators.memories",
    attribute="TECHNOLOGY",
    fits=lambda found: isinstance(found, Technology),
    needs="an evaluators.memories.Technology",
)


def name_mistakes(raw: Mapping[str, Any]) -> list[str]:
    """Names that no plug-in bears, wherever the file is sound enough to hold a name."""
    mistakes: list[str] = []
    name = raw.get("name")
    if isinstance(name, str) and not NAME.fullmatch(name):
        mistakes.append(
            f"`name` must be letters, digits, `-` and `_`, as it names a folder, got {brief(name)}"
        )
    scenario = raw.get("scenario") if isinstance(raw.get("scenario"), dict) else {}
    search = raw.get("search") if isinstance(raw.get("search"), dict) else {}
    assert isinstance(scenario, dict)
    assert isinstance(search, dict)
    places = (
        (raw.get("space"), "space", SPACE),
        (scenario.get("network"), "scenario.network", NETWORK),
        (scenario.get("cell"), "scenario.cell", CELL),
        (search.get("sampler"), "search.sampler", SAMPLER),
    )
    for value, where, kind in places:
        mistakes += _missing_plugin(value, where, kind)
    mistakes += _storage_mistakes(raw.get("storage"))
    mistakes += _training_mistakes(scenario.get("training"))
    mistakes += _constraint_mistakes(raw.get("constraints", []))
    return mistakes + _objective_mistakes(raw.get("objectives"))


def _training_mistakes(recipe: Any) -> list[str]:
    """Names of data and models of ours; dotted names are loaded by the training itself."""
    mistakes: list[str] = []
    for key, known in (("data", DATA_NAMES), ("model", MODEL_NAMES)):
        name = recipe.get(key) if isinstance(recipe, dict) else None
        own = isinstance(name, str) and ":" in name and plugins.is_dotted(name)
        if isinstance(name, str) and not own and name not in known:
            mistakes.append(
                f"`scenario.training.{key}` {brief(name)} is not known{nearest(name, known)}; "
                f"known: {', '.join(known)}; your own is written 'package.module:function'"
            )
    trainer = recipe.get("trainer") if isinstance(recipe, dict) else None
    if isinstance(trainer, str) and trainer and not plugins.is_dotted(trainer):
        mistakes.append(
            f"`scenario.training.trainer` is written 'package.module:function', "
            f"got {brief(trainer)}"
        )
    return mistakes


def _missing_plugin(value: Any, where: str, kind: Plugin) -> list[str]:
    """Why a name is none of this kind; the user's own is loaded, ours only looked for."""
    if not isinstance(value, str):
        return []
    if value in kind.names:
        return []
    try:
        if kind.reads is not None and value.endswith(".csv"):
            kind.reads(value)
            return []
        found = plugins.load(kind.package, kind.attribute, value, what=kind.what, known=kind.names)
    except (ValueError, OSError) as error:
        return [f"`{where}`: {error}"]
    return [] if kind.fits(found) else [f"`{where}` {brief(value)} must be {kind.needs}"]


def _storage_mistakes(url: Any) -> list[str]:
    """A database that could never be used; whether it answers is seen when the study starts."""
    if not isinstance(url, str) or url in ("", "memory"):
        return []
    from dse.study.storage_url import with_driver

    try:
        with_driver(url)
    except UserError as error:
        return [str(error)]
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
        mistakes.append(f"`objectives` must be one to five different names, got {brief(names)}")
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
    if not isinstance(number_format, str) or number_format not in BITS:
        return []
    space: Space = plugins.load("search_spaces", "SPACE", raw["space"], what="space")
    try:
        axes = space.axes(bits=BITS[number_format])
    except Exception as error:  # the user's own code
        return [f"`space` {brief(raw['space'])}: its `axes` fails with {plugins.said(error)}"]
    sizing = scenario.get("sizing", "free") if isinstance(scenario, dict) else "free"
    if sizing not in get_args(Sizing):
        return []
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
            for option in named if isinstance(named, list | tuple) else [named]:
                mistakes += _missing_plugin(option, f"axes.{axis.name}", TECHNOLOGY)
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
                mistakes.append(
                    f"`designs[{place}].{dotted([name])}` is no axis; axes: {', '.join(known)}"
                )
    return mistakes


def _value_mistakes(axis: Axis, value: Any, where: str) -> list[str]:
    try:
        narrowed([axis], {axis.name: value})
    except ValueError as error:
        return [str(error).replace("`axes.", f"`{where}.")]
    if isinstance(value, list):
        return [f"`{where}.{axis.name}` must be one value, got {brief(value)}"]
    if getattr(axis, "plugin", "") == "technology":
        return _missing_plugin(value, f"{where}.{axis.name}", TECHNOLOGY)
    return []


def search_mistakes(
    sampler: str, strategy: str, *, objectives: Sequence[str], axes: Sequence[Axis]
) -> list[str]:
    """What a sampler or a strategy cannot do with objectives and axes that are sound."""
    if strategy == "nested":
        wrong = beyond_nested(objectives)
        return [f"`objectives`: {wrong}"] if wrong else []
    return [
        f"`axes.{axis.name}` must be one value, as `search.sampler` = 'grid' takes every point "
        f"of the axes and this one is the range [{axis.low:g}, {axis.high:g}]"
        for axis in axes
        if sampler == "grid" and isinstance(axis, Range)
    ]
