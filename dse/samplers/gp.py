"""Gaussian process: for short, costly studies; its cost grows with the cube of the candidates."""

from collections.abc import Mapping

import optuna
from optuna.distributions import BaseDistribution

from dse.study import Search


def sampler(
    search: Search, *, seed: int, distributions: Mapping[str, BaseDistribution]
) -> optuna.samplers.BaseSampler:
    """The sampler of one batch."""
    del search, distributions
    return optuna.samplers.GPSampler(seed=seed)
