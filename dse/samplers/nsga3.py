"""NSGA-III: for three objectives and more."""

from collections.abc import Mapping

import optuna
from optuna.distributions import BaseDistribution

from dse.samplers.one_batch import OfOneBatch
from dse.study import Search


class Nsga3(OfOneBatch, optuna.samplers.NSGAIIISampler):
    """Optuna's NSGA-III."""


def sampler(
    search: Search, *, seed: int, distributions: Mapping[str, BaseDistribution]
) -> optuna.samplers.BaseSampler:
    """The sampler of one batch."""
    made = Nsga3(population_size=search.population, seed=seed)
    return made.over(distributions)
