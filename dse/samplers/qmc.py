"""Quasi-random (Sobol) points: even coverage, nothing learned."""

from collections.abc import Mapping

import optuna
from optuna.distributions import BaseDistribution

from dse.study import Search


def sampler(
    search: Search, *, seed: int, distributions: Mapping[str, BaseDistribution]
) -> optuna.samplers.BaseSampler:
    """The sampler of one batch."""
    del seed, distributions
    return optuna.samplers.QMCSampler(seed=search.seed, scramble=True)
