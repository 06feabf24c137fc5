"""`dse compare A B`: two fronts by hypervolume, dominated shares and energy at equal accuracy."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from dse.mistakes import UserError
from dse.results.fronts import Front, front
from dse.store import Record

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
        UserError: fewer than two objectives in common.
    """
    import moocore

    names = [name for name in first.study.objectives if name in second.study.objectives]
    if len(names) < 2:
        raise UserError(
            f"studies {first.study.name!r} and {second.study.name!r} must have two objectives in "
            f"common, got {', '.join(first.study.objectives)} and "
            f"{', '.join(second.study.objectives)}"
        )
    fronts = front(first, names), front(second, names)
    costs = [_costs(found) for found in fronts]
    volumes = tuple(
        float(moocore.hypervolume(c, ref=fronts[0].reference)) if len(c) else 0.0 for c in costs
    )
    return Comparison(
        names=(first.study.name, second.study.name),
        objectives=tuple(names),
        hypervolumes=(volumes[0], volumes[1]),
        dominated=(_dominated(costs[0], costs[1]), _dominated(costs[1], costs[0])),
        energy_ratio={f"{loss:g}": _ratio(fronts, loss) for loss in LOSSES},
    )


def _costs(found: Front) -> np.ndarray:
    rows = [[o.cost(o.of(c.evaluation)) for o in found.objectives] for c in found.candidates]
    return np.array(rows, dtype=float).reshape(len(rows), len(found.objectives))


def _dominated(mine: np.ndarray, other: np.ndarray) -> float:
    """Share of my points that some other point dominates."""
    if not len(mine):
        return 0.0
    beaten = [bool(((other <= p).all(axis=1) & (other < p).any(axis=1)).any()) for p in mine]
    return float(np.mean(beaten))


def _ratio(fronts: tuple[Front, Front], loss: float) -> float | None:
    least = [
        min(
            (
                c.evaluation.energy.energy_j
                for c in found.candidates
                if c.evaluation.energy
                and (c.evaluation.training is None or c.evaluation.training.accuracy_loss <= loss)
            ),
            default=None,
        )
        for found in fronts
    ]
    return None if least[0] is None or least[1] is None else least[0] / least[1]
