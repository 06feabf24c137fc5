"""Which axes training sees: as they declare it, or found by changing them where they do not."""

import logging
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache

import numpy as np

from dse.search.training_identity import SeenByTraining
from dse.study import Study
from evaluators.design import DataKind
from evaluators.profiles import error_profiles, snapped
from evaluators.scenario import Scenario, resolved
from search_spaces.axes import Axis, Choice, Value

CONTEXTS = 24
"""Random designs in which each axis is tried."""

DECLARED_CONTEXTS = 96
"""Of one that says that training sees it, which may need several others to be as it likes."""

Points = Sequence[Mapping[str, Value]]
"""Designs by the values of their axes."""

POINTS = 5
"""Values of a range that are tried."""


SAID = logging.getLogger("dse.search")
"""What a search says of itself; who only reads its results need not hear it again."""


@cache
def say_once(words: str) -> None:
    """Tell the user what a search does otherwise than expected, on the error stream."""
    SAID.warning(words)


def seen_axes(study: Study) -> frozenset[str]:
    """Names of the open axes that training sees.

    One that is declared as seen but changes no profile of this study, such as the write voltage
    of SRAM or a technology whose every bit is written reliably, is not.
    """
    undeclared = [axis for axis in study.open_axes if axis.seen_by_training is None]
    if undeclared:
        names = ", ".join(f"`{axis.name}`" for axis in undeclared)
        say_once(
            f"space {study.space!r} does not say whether training sees {names}: found out by "
            f"trying {CONTEXTS} designs, which may miss a rare effect; give each axis "
            f"`seen_by_training` = True or False"
        )
    return probed(study, [a for a in study.open_axes if a.seen_by_training is not False])


def probed(study: Study, axes: Sequence[Axis]) -> frozenset[str]:
    """Names of those axes that change what training sees in some random design of a study."""
    return frozenset(
        axis.name for axis, changes in zip(
            axes, _changes(study, axes, lambda points: _seen(study, points)), strict=True
        ) if changes
    )  # fmt: skip


def changes_designs(study: Study, axis: Axis) -> bool:
    """Whether an axis makes any difference at all, in some random design of a study."""
    design = study.decoder()
    return next(_changes(study, [axis], lambda points: [design(values) for values in points]))


def own_cells(study: Study) -> bool:
    """Whether some random design of a study stores bits otherwise than by single writes of the
    scenario's cell, or technologies have cells of their own: no class of write conditions then
    has one error rate.
    """
    if study.scenario.cells:
        return True
    random, axes = np.random.default_rng(0), study.open_axes
    designs = (study.design({a.name: _drawn(a, random) for a in axes}) for _ in range(CONTEXTS))
    return any(design.memory[kind].own_cell for design in designs for kind in DataKind)


def entangled(study: Study, seen: Collection[str]) -> list[str]:
    """Axes that act on both parts of a design, which slices put together: unseen ones on how bits
    are written, or seen ones on the array and the capacities.
    """

    design_at = study.decoder()

    def sizes(points: Points) -> list[Hashable]:
        designs = [design_at(values) for values in points]
        return [
            (design.array, tuple(design.memory[kind].capacity_bytes for kind in DataKind))
            for design in designs
        ]

    def writes(points: Points) -> list[Hashable]:
        return [
            design_at(values).memory.each(
                lambda _, r: replace(r, capacity_bytes=1, banks=None, mat_kib=None, buffer_bytes=0)
            )
            for values in points
        ]

    return [axis.name for axis in study.open_axes
            if next(_changes(study, [axis], sizes if axis.name in seen else writes))]  # fmt: skip


def _changes(
    study: Study, axes: Sequence[Axis], parts: Callable[[Points], Sequence[Hashable]]
) -> Iterator[bool]:
    """Whether a part of some random design of a study depends on an axis, for each of some."""
    random, every = np.random.default_rng(0), study.open_axes
    contexts = [
        {other.name: _drawn(other, random) for other in every} for _ in range(DECLARED_CONTEXTS)
    ]
    for axis in axes:
        options = options_of(axis)
        each = len(options)
        last = DECLARED_CONTEXTS if axis.seen_by_training else CONTEXTS
        # Most that do, do so at once.
        for some in (contexts[:1], contexts[1:4], contexts[4:CONTEXTS], contexts[CONTEXTS:last]):
            if each == 1 or not some:
                continue
            found = parts([{**point, axis.name: option} for point in some for option in options])
            if any(len({*found[k : k + each]}) > 1 for k in range(0, len(found), each)):
                yield True
                break
        else:
            yield False


def options_of(axis: Axis) -> tuple[Value, ...]:
    """All options, or a few values of a range."""
    if isinstance(axis, Choice):
        return axis.options
    return tuple(float(value) for value in np.linspace(axis.low, axis.high, POINTS))


def _drawn(axis: Axis, random: np.random.Generator) -> Value:
    options = options_of(axis)
    return options[int(random.integers(len(options)))]


def draw(axis: Axis, random: np.random.Generator) -> Value:
    """A value of an axis at random, as a sampler that knows nothing draws it."""
    if isinstance(axis, Choice):
        return axis.options[int(random.integers(len(axis.options)))]
    if axis.log:
        return float(np.exp(random.uniform(np.log(axis.low), np.log(axis.high))))
    return float(random.uniform(axis.low, axis.high))


def _seen(study: Study, points: Points) -> list[SeenByTraining]:
    """What training sees of designs, worked out together."""
    design_at = study.decoder()
    designs = [design_at(values) for values in points]
    groups: dict[Scenario, list[int]] = {}
    for place, design in enumerate(designs):
        groups.setdefault(resolved(design, study.scenario), []).append(place)
    found: dict[int, SeenByTraining] = {}
    for scenario, places in groups.items():
        profiles = error_profiles([designs[place] for place in places], scenario)
        for place, profile in zip(places, profiles, strict=True):
            known = snapped(profile, designs[place])
            found[place] = SeenByTraining.of(designs[place], known, study.scenario)
    return [found[place] for place in range(len(designs))]
