"""The best designs of given memories over a study's own unseen axes: exact, without training."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from dse import pareto
from dse.search.organised_axes import SAME, Steps
from dse.search.slices import Slices
from dse.study import objective
from dse.study.objectives import figures_of
from evaluators.design import DesignPoint
from evaluators.energy import DesignBatch, EnergyBatch, evaluate_batch, sized
from evaluators.energy.organisation import FIGURES
from evaluators.scenario import Scenario, resolved
from search_spaces.axes import Choice

Memories = Callable[[DesignPoint], DesignPoint]
"""Puts other memories of the same capacities into a design."""


def best_alone(
    slices: Slices,
    memories: Memories,
    names: Sequence[str],
    *,
    like: DesignPoint | None = None,
    limits: Mapping[str, float] | None = None,
) -> tuple[DesignBatch, EnergyBatch]:
    """Every array, capacity and organisation of a study with one kind of memory; the unbeaten.

    Args:
        slices: of the study.
        memories: such as `sram_twin` at a scenario.
        names: figures to be minimised, of `evaluators.energy.organisation.FIGURES`.
        like: lends its number format; None is the first that the axes have.
        limits: highest allowed figures beside the study's own, in their units.

    Returns:
        The designs that no other beats, and their figures; none where no design keeps the limits.

    Raises:
        ValueError: a figure that is none of these, or a design outside the models' validity.
    """
    wrong = sorted({*names, *(limits or {})} - set(FIGURES))
    if wrong:
        raise ValueError(f"`names` must be of {', '.join(FIGURES)}, got {', '.join(wrong)}")
    batch, scenario, steps = _grid(slices, memories, like)
    told = {SAME.get(limit.quantity, limit.quantity) for limit in slices.limits}
    if slices.organised.exact and told <= set(FIGURES):
        organised = replace(slices.organised, figures=tuple(names)).within(
            batch, scenario, steps, {**slices.organised.limits, **(limits or {})}
        )
        return organised.batch, organised.report
    report = evaluate_batch(batch, scenario)
    kept = slices.beyond(report, batch) <= 0.0
    for name, highest in (limits or {}).items():
        kept &= report[name] <= highest
    places = np.flatnonzero(kept)
    costs = np.stack([report[name][places] for name in names], axis=1)
    best = places[pareto.unbeaten(costs)] if len(places) else places
    return _part(batch, report, best)


def least_alone(
    slices: Slices, memories: Memories, name: str, *, like: DesignPoint | None = None
) -> tuple[DesignBatch, EnergyBatch]:
    """The best design with one kind of memory by any objective that the energy model decides.

    Banks, mats and accumulators stay as the study's slices have them.

    Args:
        slices: of the study.
        memories: such as `sram_twin` at a scenario.
        name: of the objective.
        like: lends its number format; None is the first that the axes have.

    Returns:
        One design and its figures; none where no design keeps the study's limits.

    Raises:
        ValueError: a design outside the models' validity.
    """
    batch, scenario, _ = _grid(slices, memories, like)
    report = evaluate_batch(batch, scenario)
    places = np.flatnonzero(slices.beyond(report, batch) <= 0.0)
    costs = figures_of(report, batch, name)[places] * pareto.signs([objective(name)])[0]
    best = places[[int(np.argmin(costs))]] if len(places) else places
    return _part(batch, report, best)


def _part(
    batch: DesignBatch, report: EnergyBatch, places: NDArray[np.intp]
) -> tuple[DesignBatch, EnergyBatch]:
    columns = {name: column[places] for name, column in report.columns.items()}
    return batch.part(places), EnergyBatch(columns=columns)


def _grid(
    slices: Slices, memories: Memories, like: DesignPoint | None
) -> tuple[DesignBatch, Scenario, Steps | None]:
    """Every place of the unseen axes with these memories, and how its steps are known."""
    first = {a.name: a.options[0] if isinstance(a, Choice) else a.low for a in slices.seen}
    lender = slices.design({**slices.unseen.combinations[0], **first})
    if like is not None:
        lender = replace(lender, number_format=like.number_format, encoding=like.encoding)
    scenario = resolved(lender, slices.scenario)
    members = DesignBatch.of([sized(lender, scenario)])
    if slices.unseen.separate(slices.unseen.batch(members, scenario), [first], scenario):
        given = DesignBatch.of([memories(sized(lender, scenario))])
        batch = slices.unseen.batch(given, scenario)
        free = scenario.sizing == "free"
        return batch, scenario, partial(slices.unseen.steps, scenario) if free else None
    designs = [slices.design({**point, **first}) for point in slices.unseen.combinations]
    return DesignBatch.of([memories(sized(d, scenario)) for d in designs]), scenario, None
