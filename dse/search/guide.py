"""What the sampler is told of a candidate, which is not always what was found."""

from typing import Final

from dse.search.slices import Slices
from dse.store import Candidate
from dse.store.record import GIVEN, objective_values
from dse.study import Study, objective
from dse.study.constraints import excesses
from dse.study.objectives import needs_training
from evaluators.evaluate import Evaluation, Status

LARGE: Final = 1e9
"""An excess beyond this says no more; samplers need finite ones."""


class Guide:
    """Turns evaluations into what guides the sampler; fronts and records keep the true figures.

    It departs from the truth in two ways:

    - With strategy `nested` a candidate is told as the best that its slice offers for each
      objective alone. The sampler chooses slices: their knees differ by arrays and capacities
      that it does not choose, which would hide from it what its own axes do.
    - An infeasible design, which is not trained, is told as losing all accuracy. Without a figure
      the sampler would learn nothing of why it is far.
    """

    def __init__(self, study: Study, slices: Slices | None) -> None:
        self._study, self._slices = study, slices

    def figures(self, candidate: Candidate) -> tuple[float, ...] | None:
        """Of a candidate, in the order of the study's objectives; None tells of a failure."""
        figures = self._complete(candidate.evaluation)
        if figures is None or self._slices is None or candidate.source in GIVEN:
            return figures
        best = self._slices.best(candidate.values)
        pairs = zip(self._study.objectives, figures, strict=True)
        return tuple(best.get(name, figure) for name, figure in pairs)

    def excesses(self, evaluation: Evaluation) -> dict[str, float]:
        """Every constraint's excess over its limit; 0 where it cannot be decided. [-]"""
        if evaluation.status is Status.FAILED:
            return {}
        known = excesses(evaluation, self._study.limits)
        return {
            str(limit): min(max(known.get(str(limit), 0.0), -LARGE), LARGE)
            for limit in self._study.limits
        }

    def _complete(self, evaluation: Evaluation) -> tuple[float, ...] | None:
        """Objectives; an infeasible design that was not trained loses all accuracy."""
        names = self._study.objectives
        if evaluation.status is not Status.INFEASIBLE or evaluation.training is not None:
            return objective_values(evaluation, names)
        if any(":" in name and needs_training(name) for name in names):
            return None  # what the user's own figure would be at worst is not known
        return tuple(
            1.0 if needs_training(name) else objective(name).of(evaluation) for name in names
        )
