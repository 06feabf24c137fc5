"""What the genetic samplers share: each serves one batch, so its generation stays the same."""

from collections.abc import Mapping
from typing import Self

import optuna
from optuna.distributions import BaseDistribution
from optuna.samplers._ga import BaseGASampler


class OfOneBatch(BaseGASampler):
    """Finds axes, generation and parents once, as no candidate finishes during a batch.

    Optuna's own looks through all finished candidates for each of them, at each axis.
    """

    _axes: Mapping[str, BaseDistribution]
    _generation: int | None = None
    _parents: list[optuna.trial.FrozenTrial] | None = None

    def over(self, distributions: Mapping[str, BaseDistribution]) -> Self:
        """This sampler, for these axes."""
        self._axes = distributions
        return self

    def infer_relative_search_space(
        self, study: optuna.Study, trial: optuna.trial.FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """All axes."""
        del study, trial
        return dict(self._axes)

    def get_trial_generation(self, study: optuna.Study, trial: optuna.trial.FrozenTrial) -> int:
        """The batch's generation, which is noted with the trial. [-]"""
        if self._generation is None:
            self._generation = super().get_trial_generation(study, trial)
        else:
            study._storage.set_trial_system_attr(
                trial._trial_id, self._get_generation_key(), self._generation
            )
        return self._generation

    def get_parent_population(
        self, study: optuna.Study, generation: int
    ) -> list[optuna.trial.FrozenTrial]:
        """The parents of the batch's generation. [-]"""
        if generation != self._generation:
            return super().get_parent_population(study, generation)
        if self._parents is None:
            self._parents = super().get_parent_population(study, generation)
        return self._parents


class Nsga2(OfOneBatch, optuna.samplers.NSGAIISampler):
    """Optuna's NSGA-II."""


class Nsga3(OfOneBatch, optuna.samplers.NSGAIIISampler):
    """Optuna's NSGA-III."""
