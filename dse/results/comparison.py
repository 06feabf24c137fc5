"""`dse compare A B`: two fronts by hypervolume, dominated shares and energy at equal accuracy."""

from dataclasses import dataclass
from typing import Final

from dse import pareto
from dse.mistakes import UserError
from dse.results.accuracy import accuracy_lost
from dse.results.fronts import Front, front
from dse.store import Record
from dse.store.going_on import check_models

LOSSES: Final = (0.0, 0.005, 0.01, 0.02, 0.05)
"""Accuracy losses at which the least energies are compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two fronts of the same objectives.

    Hypervolumes share the first study's reference. `dominated` are shares of a front that the
    other dominates. `energy_ratio[loss]` is the first front's least energy over the second's
    among designs that lose no more; None where either has none.
    """

    names: tuple[str, str]
    objectives: tuple[str, ...]
    hypervolumes: tuple[float, float]
    dominated: tuple[float, float]
    energy_ratio: dict[str, float | None]


def compare(first: Record, second: Record) -> Comparison:
    """Compare two records by the objectives that both studies have.

    Raises:
        UserError: fewer than two objectives in common, or scored by different models.
    """
    if first.models != second.models:  # neither is wrong, but they do not go together
        for record in (first, second):
            check_models(record.models, record.study.name, "compared with figures of other models")
    names = [name for name in first.study.objectives if name in second.study.objectives]
    if len(names) < 2:
        raise UserError(
            f"studies {first.study.name!r} and {second.study.name!r} must have two objectives in "
            f"common, got {', '.join(first.study.objectives)} and "
            f"{', '.join(second.study.objectives)}"
        )
    fronts = front(first, names), front(second, names)
    first_costs, second_costs = (front.costs[front.rows] for front in fronts)
    return Comparison(
        names=(first.study.name, second.study.name),
        objectives=tuple(names),
        hypervolumes=(_volume(first_costs, fronts[0]), _volume(second_costs, fronts[0])),
        dominated=(
            pareto.dominated_share(first_costs, second_costs),
            pareto.dominated_share(second_costs, first_costs),
        ),
        energy_ratio={f"{loss:g}": _ratio(fronts, loss) for loss in LOSSES},
    )


def _volume(costs: pareto.Array, bounded_by: Front) -> float:
    # An empty front has none, whatever the baseline is, which may have failed.
    return pareto.hypervolume(costs, bounded_by.reference) if len(costs) else 0.0


def _ratio(fronts: tuple[Front, Front], loss: float) -> float | None:
    least = [
        min(
            (
                c.evaluation.energy.energy_j
                for c in front.candidates
                if c.evaluation.energy and accuracy_lost(c) <= loss
            ),
            default=None,
        )
        for front in fronts
    ]
    return None if least[0] is None or least[1] is None else least[0] / least[1]
