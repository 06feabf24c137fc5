"""Independent uniform samples."""

import optuna

from dse.study import Search


def sampler(search: Search, *, seed: int) -> optuna.samplers.BaseSampler:
    """The sampler of one batch."""
    return optuna.samplers.RandomSampler(seed=seed)
