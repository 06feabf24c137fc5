"""Points of a record's slices: solved, scored, and kept without the training that they share."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dse import pareto
from dse.mistakes import UserError
from dse.results.point import Point
from dse.search import Slices
from dse.store import GIVEN, Candidate, Record
from dse.store.going_on import check_models
from dse.trainings import asks_for_bits, bit_shares, with_bits
from evaluators.energy import version
from evaluators.evaluate import Evaluation, Status, score
from evaluators.scenario import Scenario
from search_spaces.axes import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Solved:
    """A point of a slice as it is kept: scored, without the training, which is its candidate's."""

    number: int
    values: Mapping[str, Value]
    evaluation: Evaluation


def is_nested(record: Record) -> bool:
    """Whether a front has more points than candidates: slices, solved by the models of today."""
    nested = record.study.search.strategy == "nested"
    return nested and record.models == version.MODEL_VERSION


def slices_of(record: Record, by: Sequence[str]) -> Slices | None:
    """What solves a record's slices; None for strategy `joint`, and where other models made them.

    Raises:
        UserError: objectives that slices do not know.
    """
    if record.study.search.strategy != "nested":
        return None
    if record.models != version.MODEL_VERSION:
        logging.getLogger(__name__).warning(
            "study %r was made with version %d of the models, here is version %d: designs are "
            "shown as they are stored, without the other points of their slices",
            record.study.name, record.models, version.MODEL_VERSION,
        )  # fmt: skip
        return None
    return Slices(record.study, scenario_of(record), by)


def scenario_of(record: Record) -> Scenario:
    """The scenario under which a record's designs are scored; nothing is trained for it.

    Raises:
        UserError: it needs bits that were never kept, or was scored by other models.
    """
    study = record.study
    check_models(record.models, study.name, "scored again, compared with SRAM or reported here")
    if not asks_for_bits(study):
        return study.scenario
    bits = record.bits or bit_shares.kept_bits(
        study, record.place.folder
    )  # a store made before has none
    if bits is None:
        raise UserError(
            f"the store of study {study.name!r}, of an older version, holds no measured bits, nor "
            f"is its fault-free training kept: `dse run` measures them and keeps them there"
        )
    return with_bits(study.scenario, bits)


def union(record: Record, slices: Slices) -> tuple[Point, ...]:
    """The points of all slices that no other point beats, each as its candidate at that point."""
    _solve_together(record, slices)
    rows, owners = [], []
    for candidate in record.candidates:
        for values, figures in slices.points(candidate):
            rows.append(figures)
            owners.append((candidate, values))
    if not rows:
        return ()
    best = [owners[row] for row in pareto.unbeaten(np.array(rows) * slices.signs)]
    scored = score([record.study.design(values) for _, values in best], slices.scenario)
    return tuple(
        Point.at(candidate, values, trained_as(candidate, evaluation))
        for (candidate, values), evaluation in zip(best, scored, strict=True)
    )


def _solve_together(record: Record, slices: Slices) -> None:
    """Solve the slices of all candidates, which takes less than one by one."""
    asked = [
        chosen
        for candidate in record.candidates
        if candidate.source not in GIVEN
        and candidate.evaluation.status not in (Status.FAILED, Status.INFEASIBLE)
        and (chosen := slices.chosen(candidate.values)) is not None
    ]
    slices.prepare(asked)


def of_slice(candidate: Candidate, values: Mapping[str, Value], slices: Slices) -> Point:
    """One point of a candidate's slice, scored."""
    (scored,) = score([slices.design(values)], slices.scenario)
    return Point.at(candidate, values, trained_as(candidate, scored))


def trained_as(candidate: Candidate, evaluation: Evaluation) -> Evaluation:
    """A point's evaluation with what its candidate's training found, which it shares."""
    stored = candidate.evaluation
    return replace(
        evaluation, status=stored.status, training=stored.training, reason=stored.reason
    )
