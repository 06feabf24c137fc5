"""Every combination of the axes' options, in their order, each once.

Optuna's own grid sampler numbers its points by trial and stops the study by itself, which neither
resumes nor batches.
"""

from collections.abc import Mapping
from itertools import islice, product
from typing import Any, Final

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution

PLACE: Final = "grid:place"


class Grid(optuna.samplers.BaseSampler):
    """Takes the next point of the grid for each trial that it is asked for."""

    def __init__(self, distributions: Mapping[str, BaseDistribution]) -> None:
        self._axes = {
            name: d.choices for name, d in distributions.items()
            if isinstance(d, CategoricalDistribution)
        }  # fmt: skip

    def before_trial(self, study: optuna.Study, trial: optuna.trial.FrozenTrial) -> None:
        """Give the trial its place, the number of trials that have one."""
        trials = study.get_trials(deepcopy=False)
        place = sum(PLACE in other.system_attrs for other in trials)
        study._storage.set_trial_system_attr(trial._trial_id, PLACE, place)

    def infer_relative_search_space(self, study: Any, trial: Any) -> dict[str, Any]:
        """Nothing is sampled together."""
        del study, trial
        return {}

    def sample_relative(self, study: Any, trial: Any, search_space: Any) -> dict[str, Any]:
        """Nothing is sampled together."""
        del study, trial, search_space
        return {}

    def sample_independent(
        self,
        study: optuna.Study,
        trial: optuna.trial.FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        """One axis of the trial's point; the last axis varies fastest."""
        del param_distribution
        place = study._storage.get_trial(trial._trial_id).system_attrs[PLACE]
        point = next(islice(product(*self._axes.values()), place, None))
        return point[list(self._axes).index(param_name)]
