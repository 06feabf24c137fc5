"""Tree-structured Parzen estimator, with the constant liar for unfinished candidates."""

import optuna

from dse.study import Search


def sampler(search: Search, *, seed: int) -> optuna.samplers.BaseSampler:
    """The sampler of one batch."""
    return optuna.samplers.TPESampler(seed=seed)
