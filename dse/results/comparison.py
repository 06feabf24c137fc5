"""`dse compare A B`: two fronts by hypervolume, dominated shares and energy at equal accuracy."""

from dataclasses import dataclass, field, fields
from typing import Final

from dse import pareto
from dse.mistakes import UserError
from dse.results.accuracy import accuracy_lost
from dse.results.fronts import Front, front
from dse.si import in_words
from dse.store import Record
from dse.store.going_on import check_models

LOSSES: Final = (0.0, 0.005, 0.01, 0.02, 0.05)
"""Accuracy losses at which the least energies are compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two fronts of the same objectives.

    Hypervolumes share the first study's reference. `dominated` are shares of a front that the
    other dominates. `energy_ratio[loss]` is the first front's least energy over the second's
    among designs that lose no more; None where either has none. `least_energy_j[loss]` are both.
    """

    names: tuple[str, str]
    objectives: tuple[str, ...]
    hypervolumes: tuple[float, float]
    dominated: tuple[float, float]
    energy_ratio: dict[str, float | None]
    least_energy_j: dict[str, tuple[float | None, float | None]]
    fronts: tuple[Front, Front] = field(repr=False, compare=False)

    def lines(self) -> list[str]:
        """Who wins where, in words; equal lines of several losses are one."""
        first, second = self.names
        volumes = self.hypervolumes
        told = [f"by {', '.join(self.objectives)}"]
        told.append(
            f"hypervolume: {_of_two(self.names, volumes, more=True)} "
            f"({first} {volumes[0]:.4f}, {second} {volumes[1]:.4f})"
        )
        for one, other, share in (
            (second, first, self.dominated[0]), (first, second, self.dominated[1])
        ):  # fmt: skip
            told.append(f"{one} beats {100 * share:.0f} % of the designs of {other}")
        trains = any(front.record.study.trains for front in self.fronts)
        known: dict[str, list[str]] = {}
        for loss, pair in self.least_energy_j.items():
            known.setdefault(_energies(self.names, pair), []).append(f"{100 * float(loss):g}")
        for words, losses in known.items():
            lost = f"at most {', '.join(losses)} points lost: " if trains else ""
            told.append(f"least energy, {lost}{words}")
        return told

    def as_plain(self) -> dict[str, object]:
        """Its figures, without the fronts."""
        kept = (f.name for f in fields(self) if f.name != "fronts")
        return {name: getattr(self, name) for name in kept}


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
    least = {f"{loss:g}": _least(fronts, loss) for loss in LOSSES}
    return Comparison(
        names=(first.study.name, second.study.name),
        objectives=tuple(names),
        hypervolumes=(_volume(first_costs, fronts[0]), _volume(second_costs, fronts[0])),
        dominated=(
            pareto.dominated_share(first_costs, second_costs),
            pareto.dominated_share(second_costs, first_costs),
        ),
        energy_ratio={loss: _ratio(*pair) for loss, pair in least.items()},
        least_energy_j=least,
        fronts=fronts,
    )


def _volume(costs: pareto.Array, bounded_by: Front) -> float:
    # An empty front has none, whatever the baseline is, which may have failed.
    return pareto.hypervolume(costs, bounded_by.reference) if len(costs) else 0.0


Least = tuple[float | None, float | None]


def _least(fronts: tuple[Front, Front], loss: float) -> Least:
    """The least energy of each front's designs that lose no more."""
    first, second = (
        min(
            (
                c.evaluation.energy.energy_j
                for c in front.candidates
                if c.evaluation.energy and accuracy_lost(c) <= loss
            ),
            default=None,
        )
        for front in fronts
    )
    return first, second


def _ratio(first: float | None, second: float | None) -> float | None:
    return None if first is None or second is None else first / second


def _of_two(names: tuple[str, str], pair: tuple[float, float], *, more: bool) -> str:
    """Which of two is ahead, and by how much."""
    if abs(pair[0] - pair[1]) <= 5e-4 * max(map(abs, pair)):
        return "neither is ahead"
    best = int((pair[1] > pair[0]) is more)
    low, high = sorted(pair)
    share = f" by {100 * (high / low - 1):.0f} %" if low > 0.0 else ""
    return f"{names[best]} is ahead{share}"


def _energies(names: tuple[str, str], pair: Least) -> str:
    first, second = pair
    if first is None or second is None:
        has = next((n for n, e in zip(names, pair, strict=True) if e is not None), "")
        return f"only {has} has such a design" if has else "neither has such a design"
    told = f"({in_words('energy_j', first)} against {in_words('energy_j', second)})"
    if abs(first - second) <= 5e-4 * max(first, second):
        return f"the same {told}"
    winner, ratio = (names[0], second / first) if first < second else (names[1], first / second)
    return f"{winner} needs {ratio:.2f}x less {told}"
