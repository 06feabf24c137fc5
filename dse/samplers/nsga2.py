"""NSGA-II: the default; its parents are the finished candidates in their order."""

from collections.abc import Mapping

import optuna
from optuna.distributions import BaseDistribution

from dse.samplers.one_batch import OfOneBatch
from dse.study import Search


class Nsga2(OfOneBatch, optuna.samplers.NSGAIISampler):
    """Optuna's NSGA-II."""


def sampler(
    search: Search, *, seed: int, distributions: Mapping[str, BaseDistribution]
) -> optuna.samplers.BaseSampler:
    """The sampler of one batch."""
    made = Nsga2(population_size=search.population, seed=seed)
    return made.over(distributions)
