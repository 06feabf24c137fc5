"""NSGA-III: for three objectives and more."""

from collections.abc import Mapping

import optuna
from optuna.distributions import BaseDistribution

from dse.study import Search


def sampler(
    search: Search, *, seed: int, distributions: Mapping[str, BaseDistribution]
) -> optuna.samplers.BaseSampler:
    """The sampler of one batch."""
    del distributions
    return optuna.samplers.NSGAIIISampler(population_size=search.population, seed=seed)
