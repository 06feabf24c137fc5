"""NSGA-II: the default; its parents are the finished candidates in their order."""

from collections.abc import Mapping

import optuna
from optuna.distributions import BaseDistribution

from dse.study import Search


class KnownSpace(optuna.samplers.NSGAIISampler):
    """The axes are given: Optuna's would compare them in every finished trial, in each batch."""

    def __init__(
        self, search: Search, *, seed: int, distributions: Mapping[str, BaseDistribution]
    ) -> None:
        super().__init__(population_size=search.population, seed=seed)
        self._known = dict(distributions)

    def infer_relative_search_space(
        self, study: optuna.Study, trial: optuna.trial.FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """All axes."""
        del study, trial
        return self._known


def sampler(
    search: Search, *, seed: int, distributions: Mapping[str, BaseDistribution]
) -> optuna.samplers.BaseSampler:
    """The sampler of one batch."""
    return KnownSpace(search, seed=seed, distributions=distributions)
