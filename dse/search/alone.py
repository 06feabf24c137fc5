"""The best designs of given memories over a study's own unseen axes: exact, without training."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from dse import pareto
from dse.search.organised_axes import SAME, Steps
from dse.search.slices import Slices
from evaluators.design import DesignPoint
from evaluators.energy import DesignBatch, EnergyBatch, evaluate_batch, sized
from evaluators.energy.organisation import FIGURES
from evaluators.scenario import resolved
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
    first = {a.name: a.options[0] if isinstance(a, Choice) else a.low for a in slices.seen}
    lender = slices.design({**slices.unseen.combinations[0], **first})
    if like is not None:
        lender = replace(lender, number_format=like.number_format, encoding=like.encoding)
    scenario = resolved(lender, slices.scenario)
    members = DesignBatch.of([sized(lender, scenario)])
    steps: Steps | None = None
    if slices.unseen.separate(slices.unseen.batch(members, scenario), [first], scenario):
        given = DesignBatch.of([memories(sized(lender, scenario))])
        batch = slices.unseen.batch(given, scenario)
        if scenario.sizing == "free":
            steps = partial(slices.unseen.steps, scenario)
    else:
        designs = [slices.design({**point, **first}) for point in slices.unseen.combinations]
        batch = DesignBatch.of([memories(sized(design, scenario)) for design in designs])
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
    columns = {name: column[best] for name, column in report.columns.items()}
    return batch.part(best), EnergyBatch(columns=columns)
