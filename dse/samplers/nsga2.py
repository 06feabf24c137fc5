"""NSGA-II: the default; its parents are the finished candidates in their order."""

import optuna

from dse.study import Search


def sampler(search: Search, *, seed: int) -> optuna.samplers.BaseSampler:
    """The sampler of one batch."""
    return optuna.samplers.NSGAIISampler(population_size=search.population, seed=seed)
