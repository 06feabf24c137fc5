"""NSGA-III: for three objectives and more."""

from collections.abc import Mapping

import optuna
from optuna.distributions import BaseDistribution

from dse.study import Search


class OfOneBatch(optuna.samplers.NSGAIIISampler):
    """Serves one batch, during which no candidate finishes: axes, generation and parents stay.

    Optuna's own looks through all finished candidates for each of them, at each axis.
    """

    def __init__(
        self, search: Search, *, seed: int, distributions: Mapping[str, BaseDistribution]
    ) -> None:
        super().__init__(population_size=search.population, seed=seed)
        self._axes = dict(distributions)
        self._generation: int | None = None
        self._parents: list[optuna.trial.FrozenTrial] | None = None

    def infer_relative_search_space(
        self, study: optuna.Study, trial: optuna.trial.FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """All axes."""
        del study, trial
        return self._axes

    def get_trial_generation(self, study: optuna.Study, trial: optuna.trial.FrozenTrial) -> int:
        """The batch's generation, which is noted with the trial."""
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
        """The parents of the batch's generation."""
        if generation != self._generation:
            return super().get_parent_population(study, generation)
        if self._parents is None:
            self._parents = super().get_parent_population(study, generation)
        return self._parents


def sampler(
    search: Search, *, seed: int, distributions: Mapping[str, BaseDistribution]
) -> optuna.samplers.BaseSampler:
    """The sampler of one batch."""
    return OfOneBatch(search, seed=seed, distributions=distributions)
