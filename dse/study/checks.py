"""What a study file may get wrong beyond types and ranges: names, axes, designs, constraints."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, get_args

from dse.mistakes import Mistake, UserError
from dse.study.constraints import written
from dse.study.objectives import beyond_nested, objective
from dse.study.search import SAMPLER
from dse.study.study import SPACE, NoWriteError, measured_axes
from dse.study.toml import dotted
from evaluators import plugins
from evaluators.checks import brief, known_names
from evaluators.device import Cell, MeasuredCell, cell
from evaluators.memories import ROADMAPS, Technology
from evaluators.memories.dram import DRAMS
from evaluators.networks import topology
from evaluators.scenario import BITS, Sizing, has_no_cell
from evaluators.training.recipe import DATA_NAMES, MODEL_NAMES
from search_spaces.axes import Axis, Narrowing, Range, Space, narrowed, unsized

REFUSED: Final = "is code of the user's own, which --no-user-code refuses"

RESERVED: Final = ("arrays", "cells", "trainings")
NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitting:
    """What any plug-in of a kind must be.

    `reads` reads one that is a file of measurements or of layers; `figures` says what is wrong
    with those of one that fits.
    """

    kind: plugins.Kind
    fits: Callable[[Any], bool] = callable
    needs: str
    reads: Callable[[str], object] | None = None
    figures: Callable[[Any], list[str]] = lambda loaded: []


SPACES: Final = Fitting(
    kind=SPACE,
    fits=lambda loaded: all(hasattr(loaded, name) for name in ("question", "axes", "decode")),
    needs="an object with `question`, `axes` and `decode`",
)
NETWORKS: Final = Fitting(
    kind=plugins.NETWORK,
    fits=lambda loaded: callable(loaded) or isinstance(loaded, tuple),
    needs="a function that returns a Network or a torch module",
    reads=lambda name: _network_file(Path(name)),
)
CELLS: Final = Fitting(
    kind=plugins.CELL,
    fits=lambda loaded: isinstance(loaded, Cell | MeasuredCell),
    needs="an evaluators.device.Cell",
    reads=cell,
)
SAMPLERS: Final = Fitting(kind=SAMPLER, needs="a function that returns an Optuna sampler")
TECHNOLOGIES: Final = Fitting(
    kind=plugins.TECHNOLOGY,
    fits=lambda loaded: isinstance(loaded, Technology),
    needs="an evaluators.memories.Technology",
    figures=lambda loaded: loaded.mistakes(),
)


def _network_file(file: Path) -> object:
    """Read a topology; of an ONNX model, whose capture takes long, only look whether it is there.

    Raises:
        ValueError: it cannot be read.
    """
    if file.suffix != ".onnx":
        return topology.read_topology(file, 1)
    if not file.is_file():
        raise ValueError(f"there is no file {str(file)!r}; a network is an ONNX model (.onnx)")
    return file


def name_mistakes(raw: Mapping[str, Any]) -> list[Mistake]:
    """Names that no plug-in bears, wherever the file is sound enough to hold a name."""
    mistakes: list[Mistake] = []
    name = raw.get("name")
    if isinstance(name, str) and not NAME.fullmatch(name):
        rule = "must be letters, digits, `-` and `_`, as it names a folder"
        mistakes.append(Mistake("name", rule, brief(name)))
    elif isinstance(name, str) and name.lower() in RESERVED:
        rule = f"must be none of {', '.join(RESERVED)}, which are folders of all studies"
        mistakes.append(Mistake("name", rule, brief(name)))
    search = _table(raw, "search")
    mistakes += _missing_plugin(raw.get("space"), "space", SPACES)
    mistakes += scenario_mistakes(raw)
    mistakes += _missing_plugin(search.get("sampler"), "search.sampler", SAMPLERS)
    mistakes += _storage_mistakes(raw.get("storage"))
    mistakes += _constraint_mistakes(raw.get("constraints", []))
    return mistakes + _objective_mistakes(raw.get("objectives"))


def scenario_mistakes(raw: Mapping[str, Any]) -> list[Mistake]:
    """Names in `[scenario]` that no plug-in bears."""
    scenario = _table(raw, "scenario")
    mistakes = _missing_plugin(scenario.get("network"), "scenario.network", NETWORKS)
    mistakes += _missing_plugin(scenario.get("cell"), "scenario.cell", CELLS)
    mistakes += _cells_mistakes(_table(scenario, "cells"))
    roadmap, dram = scenario.get("roadmap"), _table(scenario, "memory").get("dram")
    for where, name, known in (("roadmap", roadmap, ROADMAPS), ("memory.dram", dram, DRAMS)):
        if isinstance(name, str) and name not in known:
            rule = f"{brief(name)} is not known{known_names(name, tuple(known))}"
            mistakes.append(Mistake(f"scenario.{where}", rule))
    return mistakes + _training_mistakes(scenario.get("training"))


def _cells_mistakes(cells: Mapping[str, Any]) -> list[Mistake]:
    """Technologies that do not exist or have no cell, and cells that do not exist."""
    mistakes: list[Mistake] = []
    for name, value in cells.items():
        where = f"scenario.{dotted(['cells', name])}"
        wrong = _missing_plugin(name, where, TECHNOLOGIES)
        if not wrong and not _is_left(name):
            told = has_no_cell(plugins.TECHNOLOGY.load(name))
            wrong = [Mistake(where, f": {told}")] if told else []
        mistakes += wrong + _missing_plugin(value, where, CELLS)
    return mistakes


def region_mistakes(raw: Mapping[str, Any]) -> list[Mistake]:
    """Technologies in the regions of a design's file that do not exist."""
    memory = _table(_table(raw, "design"), "memory")
    return [
        mistake
        for kind in memory
        for mistake in _missing_plugin(
            _table(memory, kind).get("technology"),
            f"design.memory.{dotted([kind])}.technology",
            TECHNOLOGIES,
        )
    ]


def _table(raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A table of the file; empty where something else stands there."""
    value = raw.get(name)
    return value if isinstance(value, dict) else {}


def _training_mistakes(recipe: Any) -> list[Mistake]:
    """Names of data and models of ours; dotted names are loaded by the training itself."""
    mistakes: list[Mistake] = []
    for key, known in (("data", DATA_NAMES), ("model", (*MODEL_NAMES, "network"))):
        name = recipe.get(key) if isinstance(recipe, dict) else None
        users = isinstance(name, str) and ":" in name and plugins.is_dotted(name)
        if users and plugins.user_code_rule() == "refused":
            mistakes.append(Mistake(f"scenario.training.{key}", REFUSED, brief(name)))
        if isinstance(name, str) and not users and name not in known:
            rest = known_names(name, known, "package.module:function")
            rule = f"{brief(name)} is not known{rest}"
            mistakes.append(Mistake(f"scenario.training.{key}", rule))
    trainer = recipe.get("trainer") if isinstance(recipe, dict) else None
    if isinstance(trainer, str) and trainer and not plugins.is_dotted(trainer):
        rule = "is written 'package.module:function'"
        mistakes.append(Mistake("scenario.training.trainer", rule, brief(trainer)))
    elif isinstance(trainer, str) and trainer and plugins.user_code_rule() == "refused":
        mistakes.append(Mistake("scenario.training.trainer", REFUSED, brief(trainer)))
    return mistakes


def _missing_plugin(value: Any, where: str, wanted: Fitting) -> list[Mistake]:
    """Why a name is none of this kind; the user's own is loaded, ours only looked for."""
    if not isinstance(value, str) or value in wanted.kind.names or _is_left(value):
        return []
    try:
        if wanted.reads is not None and value.endswith((".csv", ".onnx")):
            wanted.reads(value)
            return []
        loaded = wanted.kind.load(value)
    except (ValueError, OSError) as error:
        return [Mistake(where, f": {error}")]
    if wanted.fits(loaded):
        wrong = wanted.figures(loaded)
        return [Mistake(where, f": {brief(value)}: {text}") for text in wrong]
    return [Mistake(where, f"{brief(value)} must be {wanted.needs}")]


def _is_left(name: str) -> bool:
    """Whether a name is the user's own code where that is left alone."""
    return plugins.user_code_rule() == "left" and plugins.is_dotted(name)


def _storage_mistakes(url: Any) -> list[Mistake]:
    """A database that could never be used; whether it answers is seen when the study starts."""
    if not isinstance(url, str) or url in ("", "memory"):
        return []
    from dse.study.storage_url import with_driver

    try:
        with_driver(url)
    except UserError as error:
        return [Mistake.of(str(error))]
    return []


def _constraint_mistakes(texts: Any) -> list[Mistake]:
    mistakes: list[Mistake] = []
    for number, text in enumerate(texts if isinstance(texts, list) else []):
        try:
            if isinstance(text, str):
                written(text)
        except ValueError as error:
            mistakes.append(Mistake(f"constraints[{number}]", f": {error}"))
    return mistakes


def _objective_mistakes(names: Any) -> list[Mistake]:
    if not isinstance(names, list):
        return []
    mistakes: list[Mistake] = []
    if not 1 <= len(names) <= 5 or len(set(map(str, names))) != len(names):
        mistakes.append(Mistake("objectives", "must be one to five different names", brief(names)))
    for name in names:
        try:
            if isinstance(name, str) and not _is_left(name):
                objective(name)
        except plugins.UnknownNameError as error:
            mistakes.append(Mistake("objectives", f": {error}"))
    return mistakes


def axis_mistakes(raw: Mapping[str, Any]) -> list[Mistake]:
    """Mistakes in `[axes]` and `[[designs]]`, once the space is known."""
    narrowings: Any = raw.get("axes", {})
    scenario = _table(raw, "scenario")
    number_format = scenario.get("number_format", "int8")
    if not isinstance(raw.get("space"), str) or not isinstance(narrowings, dict):
        return []
    if not isinstance(number_format, str) or number_format not in BITS or _is_left(raw["space"]):
        return []
    space: Space = SPACE.load(raw["space"])
    try:
        axes = space.axes(bits=BITS[number_format])
    except Exception as error:  # the user's own code
        rule = f"{brief(raw['space'])}: its `axes` fails with {plugins.said(error)}"
        return [Mistake("space", rule)]
    sizing = scenario.get("sizing", "free")
    if sizing not in get_args(Sizing):
        return []
    free = unsized(axes, sizing)
    taken = [axis.name for axis in axes if axis not in free and axis.name in narrowings]
    rule = (
        f"is no axis here, as `scenario.sizing` = {sizing!r} gives the capacities; "
        f"leave it out, or size freely"
    )
    mistakes = [Mistake(f"axes.{name}", rule) for name in taken]
    try:
        cells = _table(scenario, "cells").values()
        free = measured_axes(free, [scenario.get("cell"), *cells])
    except NoWriteError as error:
        return [*mistakes, Mistake("scenario.cells", f": {error}")]
    except (ValueError, OSError):
        pass  # a file that cannot be read is told of as one
    axes, narrowings = free, {k: v for k, v in narrowings.items() if k not in taken}
    mistakes += _narrowing_mistakes(axes, narrowings)
    return mistakes + _design_mistakes(axes, raw.get("designs", []))


def _narrowing_mistakes(
    axes: tuple[Axis, ...], narrowings: Mapping[str, Narrowing]
) -> list[Mistake]:
    mistakes: list[Mistake] = []
    try:
        narrowed(axes, narrowings)
    except ValueError as error:
        mistakes += map(Mistake.of, str(error).splitlines())
    for axis in axes:
        if getattr(axis, "plugin", "") == "technology" and axis.name in narrowings:
            named = narrowings[axis.name]
            for option in named if isinstance(named, list | tuple) else [named]:
                mistakes += _missing_plugin(option, f"axes.{axis.name}", TECHNOLOGIES)
    return mistakes


def _design_mistakes(axes: tuple[Axis, ...], designs: Any) -> list[Mistake]:
    """A design of the user must name every axis without a default; it may lie outside `[axes]`."""
    if not isinstance(designs, list):
        return []
    mistakes: list[Mistake] = []
    known = [axis.name for axis in axes]
    needed = [axis.name for axis in axes if getattr(axis, "default", None) is None]
    for number, design in enumerate(designs):
        if not isinstance(design, dict):
            continue
        where = f"designs[{number}]"
        missing = [name for name in needed if name not in design]
        mistakes += [Mistake(where, f"must give `{name}`") for name in missing]
        for name, value in design.items():
            if name in known:
                mistakes += _value_mistakes(axes[known.index(name)], value, where)
            else:
                rule = f"is no axis; axes: {', '.join(known)}"
                mistakes.append(Mistake(f"{where}.{dotted([name])}", rule))
    return mistakes


def _value_mistakes(axis: Axis, value: Any, where: str) -> list[Mistake]:
    try:
        narrowed([axis], {axis.name: value})
    except ValueError as error:
        mistake = Mistake.of(str(error))
        return [replace(mistake, path=where + mistake.path.removeprefix("axes"))]
    if isinstance(value, list):
        return [Mistake(f"{where}.{axis.name}", "must be one value", brief(value))]
    if getattr(axis, "plugin", "") == "technology":
        return _missing_plugin(value, f"{where}.{axis.name}", TECHNOLOGIES)
    return []


def search_mistakes(
    sampler: str, strategy: str, *, objectives: Sequence[str], axes: Sequence[Axis]
) -> list[Mistake]:
    """What a sampler or a strategy cannot do with objectives and axes that are sound."""
    if strategy == "nested":
        wrong = beyond_nested(objectives)
        return [Mistake("objectives", f": {wrong}")] if wrong else []
    return [
        Mistake(
            f"axes.{axis.name}",
            f"must be one value, as `search.sampler` = 'grid' takes every point of the axes and "
            f"this one is the range [{axis.low:g}, {axis.high:g}]",
        )
        for axis in axes
        if sampler == "grid" and isinstance(axis, Range)
    ]
