"""A study: the question, read from a TOML file at the border and checked as a whole."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf, prod
from typing import Any, Final

from dse.mistakes import StudyError
from dse.plain import as_plain
from dse.study.constraints import Constraint, written
from dse.study.objectives import needs_training
from dse.study.quantities import QUANTITIES
from dse.study.references import References
from dse.study.resources import ONE_CPU, Resources
from dse.study.search import DEFAULT_SAMPLERS, FIRST_DEFAULT, Search
from evaluators.checks import STRICT
from evaluators.design import DesignPoint
from evaluators.device import MeasuredCell, cell
from evaluators.evaluate import Evaluation
from evaluators.plugins import SESSION, Kind, Named, UserCodeError, name_of
from evaluators.scenario import Scenario
from evaluators.training import TrainingRecipe
from search_spaces.axes import (
    Axis,
    Choice,
    Range,
    Space,
    Value,
    Values,
    narrowed,
    requested,
    unsized,
)

SPACE: Final = Kind(what="space", package="search_spaces", attribute="SPACE")


class NoWriteError(ValueError):
    """Measured cells that share an axis and no value of it."""


def measured_axes(axes: tuple[Axis, ...], names: Sequence[object]) -> tuple[Axis, ...]:
    """The axes, writes within what was measured of all those cells that were.

    Raises:
        NoWriteError: nothing was measured of all of them.
    """
    files = [name for name in names if isinstance(name, str) and name.endswith(".csv")]
    cells = [cell(name) for name in files]
    measured = [one for one in cells if isinstance(one, MeasuredCell)]
    if not measured:
        return axes
    ends = {
        "write_voltage_v": [one.voltages_v for one in measured],
        "pulse_width_s": [one.pulse_widths_s for one in measured],
    }
    found: list[Axis] = []
    for axis in axes:
        grids = next((grids for end, grids in ends.items() if axis.name.endswith(end)), None)
        if isinstance(axis, Range) and grids is not None:
            low, high = max(float(g[0]) for g in grids), min(float(g[-1]) for g in grids)
            if low >= high:
                told = ", ".join(f"{one.name} [{g[0]:g}, {g[-1]:g}]"
                                 for one, g in zip(measured, grids, strict=True))  # fmt: skip
                raise NoWriteError(
                    f"the cells {told} were measured at no two values of `{axis.name}` in "
                    f"common, which is one axis for all; measure them over the same range, or "
                    f"give one of them a fixed write"
                )
            axis = replace(axis, low=low, high=high, widest=(low, high))
        found.append(axis)
    return tuple(found)


Check = Callable[["Study"], None]
_CHECKS: Final[list[Check]] = []


def checks_studies(check: Check) -> Check:
    """Marks what looks at every study that is made: it knows more than this module."""
    _CHECKS[:] = [check]
    return check


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """Everything that decides a search's result, and where its results are kept.

    Where a name of the user's own may stand, the object itself may: a torch module, a function,
    an `Objective`, a `Technology`. It is known by its name from then on (`evaluators.plugins`).

    Raises:
        StudyError: all that is wrong with it, in the words that are said of its file.
    """

    __pydantic_config__ = STRICT

    name: str
    space: Named
    objectives: tuple[Named, ...]
    constraints: tuple[str, ...] = ()
    scenario: Scenario
    search: Search = field(default_factory=Search)
    axes: Mapping[str, Value | tuple[Value, ...]] = field(default_factory=dict)
    designs: tuple[Mapping[str, Value], ...] = ()
    storage: str = ""
    workers: Resources = ONE_CPU

    def __post_init__(self) -> None:
        try:
            named = _with_names(self)
        except ValueError as error:  # an object that has no name
            raise StudyError(f"study {self.name!r:.80}", [str(error)]) from None
        for name, value in named.items():
            object.__setattr__(self, name, value)
        for check in _CHECKS:
            check(self)

    def __repr__(self) -> str:
        search = self.with_sampler().search
        return (
            f"<Study {self.name!r}: {search.candidates} candidates by {search.sampler} in space "
            f"{_short(self.space)} for {', '.join(map(_short, self.objectives))}; "
            f"{_short(self.scenario.network)}>"
        )

    @property
    def search_space(self) -> Space:
        """The space's own module."""
        space: Space = SPACE.load(self.space)
        return space

    @property
    def open_axes(self) -> tuple[Axis, ...]:
        """The axes of the space as this study narrows them; capacities only if they are free.

        A grid takes every point, so axes that have a default stay there unless `[axes]` names
        them: banks, mats and accumulators would multiply its points by thousands.
        """
        axes = unsized(self.search_space.axes(bits=self.scenario.bits), self.scenario.sizing)
        cells = (self.scenario.cells or {}).values()
        axes = measured_axes(axes, [self.scenario.cell, *cells])
        if self.search.sampler == "grid":
            axes = tuple(
                replace(axis, options=(axis.default,))
                if isinstance(axis, Choice)
                and axis.default is not None
                and axis.name not in self.axes
                else axis
                for axis in axes
            )
        return requested(narrowed(axes, self.axes), self.axes)

    def design(self, values: Values) -> DesignPoint:
        """The design at `values` of the open axes.

        Where the scenario sizes the memories, scoring does it: the capacities here stand in.
        """
        return self.decoder()(values)

    def decoder(self) -> Callable[[Values], DesignPoint]:
        """`design`, for many designs."""
        space = self.search_space
        axes = space.axes(bits=self.scenario.bits)
        given = {a.name: a.options[0] for a in axes if isinstance(a, Choice) and a.sized}
        return lambda values: space.decode({**given, **values})

    @property
    def trains(self) -> bool:
        """Whether an objective or a constraint needs a training."""
        asked = any(needs_training(name) for name in self.objectives)
        limited = (QUANTITIES[written(text).quantity] for text in self.constraints)
        return asked or any(quantity.needs == "a training" for quantity in limited)

    @property
    def limits(self) -> tuple[Constraint, ...]:
        """The constraints as they are checked.

        Raises:
            ValueError: one names a reference that cannot be scored.
        """
        return tuple(written(text).resolved(self._reference) for text in self.constraints)

    @property
    def references(self) -> References:
        """The all-SRAM and the error-free MRAM design that every search begins with."""
        return References.of(self.open_axes, self.scenario)

    def _reference(self, name: str) -> Evaluation:
        return self.references.scored(name, self.scenario)

    @property
    def candidates_at_most(self) -> float:
        """Designs that a grid has, with the baselines and the user's own; else no limit. [-]"""
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

    @property
    def recipe(self) -> TrainingRecipe:
        """The training's recipe: on a GPU where one is reserved for it."""
        recipe = self.scenario.training
        if self.workers.gpus and recipe.version and recipe.device == "cpu":
            return replace(recipe, device="auto")
        return recipe

    @property
    def training_version(self) -> int:
        """Of the built-in training; 0 where nothing is trained by it. [-]

        Where only code of the user's says whether an objective trains, and is left alone, as if
        it did: who only reads is not asked for the version.
        """
        measures = self.scenario.memory.bit_statistics == "measured"
        try:
            return self.recipe.version if measures or self.trains else 0
        except UserCodeError:
            return self.recipe.version

    def with_sampler(self, begun_with: str = "") -> "Study":
        """The study as it is searched: with a sampler, where its file names none.

        Args:
            begun_with: the sampler of its store, if it has one. The default of an earlier
                version is kept, so that such a study goes on.
        """
        if self.search.sampler:
            return self
        default = DEFAULT_SAMPLERS[self.search.strategy]
        sampler = FIRST_DEFAULT if begun_with == FIRST_DEFAULT else default
        return replace(self, search=replace(self.search, sampler=sampler))

    def fingerprint(self) -> dict[str, Any]:
        """What must not change when a study is continued."""
        told = as_plain(self.with_sampler())
        if self.training_version:
            told["training_version"] = self.training_version
            told["scenario"]["training"]["device"] = self.recipe.device
        for free in ("objectives", "storage"):
            del told[free]
        del told["search"]["candidates"], told["search"]["stop"]
        told["scenario"]["training"]["time_limit_s"] = TrainingRecipe().time_limit_s
        cpus = told.pop("workers")["cpus"]
        if cpus != ONE_CPU.cpus:
            told["workers"] = {"cpus": cpus}
        return dict(told)


def _short(name: object) -> str:
    """A name without the module that holds what is of this session alone."""
    return str(name).removeprefix(f"{SESSION}:")


def _with_names(study: Study) -> dict[str, Any]:
    """Fields whose objects have become names, and whose lists have become tuples."""
    axes: Any = study.axes
    if isinstance(axes, Mapping):
        axes = {name: _named(value, f"axes.{name}") for name, value in axes.items()}
    return {
        "space": name_of(study.space, "space"),
        "objectives": _named(study.objectives, "objectives"),
        "constraints": _named(study.constraints, "constraints"),
        "axes": axes,
    }


def _named(value: Any, what: str) -> Any:
    if isinstance(value, list | tuple):
        return tuple(name_of(one, what) for one in value)
    return name_of(value, what)
