"""BoTorch's qLogNEHVI on the nested problem, as a sampler of `benchmarks/search.py`.

Needs botorch, gpytorch and linear_operator, which the product does not. It sees what any sampler
of Optuna's sees: choices, and the figures of the point that it was told of each.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import optuna
from numpy.typing import NDArray
from optuna.distributions import BaseDistribution, CategoricalDistribution
from optuna.samplers import BaseSampler, RandomSampler
from optuna.trial import FrozenTrial, TrialState

from dse.study import Search, objective

Array = NDArray[np.float64]

OBJECTIVES: Final = ("energy_j", "accuracy_loss", "area_m2")
BEGIN: Final = 8
"""Trials at random before a model is fitted."""

POOL: Final = 1024
"""Choices at random of which the acquisition takes the best: the space is discrete."""

SAMPLES: Final = 64


class QLogNehvi(BaseSampler):
    """Gaussian processes of the costs, and the noisy expected improvement of BoTorch."""

    def __init__(self, seed: int, distributions: Mapping[str, BaseDistribution]) -> None:
        self._distributions = dict(distributions)
        self._random = np.random.default_rng(seed)
        self._independent = RandomSampler(seed=seed)
        self._seed = seed
        self._fitted: tuple[Any, Any, Any] | None = None

    def infer_relative_search_space(
        self, study: optuna.Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """All that is chosen."""
        del study, trial
        return self._distributions

    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """The choice of the pool with the largest acquisition; nothing before there are enough."""
        done = [t for t in study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
                if t.params.keys() == search_space.keys()]  # fmt: skip
        if len(done) < BEGIN:
            return {}
        import torch
        from botorch.acquisition.multi_objective.logei import (
            qLogNoisyExpectedHypervolumeImprovement,
        )
        from botorch.optim import optimize_acqf_discrete
        from botorch.sampling.normal import SobolQMCNormalSampler

        torch.set_num_threads(1)
        torch.manual_seed(self._seed)
        if self._fitted is None:
            self._fitted = _fitted(
                self._encoded([t.params for t in done]), np.array([t.values for t in done])
            )
        model, x, worst = self._fitted
        running = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
        waiting = [t.params for t in running
                   if t.number != trial.number and t.params]  # fmt: skip
        pending = torch.tensor(self._encoded(waiting)) if waiting else None
        acquisition = qLogNoisyExpectedHypervolumeImprovement(
            model, ref_point=worst, X_baseline=x, X_pending=pending, prune_baseline=True,
            sampler=SobolQMCNormalSampler(torch.Size([SAMPLES]), seed=self._seed),
        )  # fmt: skip
        pool = [self._drawn() for _ in range(POOL)]
        choices = torch.tensor(self._encoded(pool))
        best, _ = optimize_acqf_discrete(acquisition, q=1, choices=choices, max_batch_size=128)
        place = int(torch.argmin((choices - best).abs().sum(dim=1)))
        return pool[place]

    def sample_independent(
        self,
        study: optuna.Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        """At random."""
        return self._independent.sample_independent(study, trial, param_name, param_distribution)

    def _drawn(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, axis in self._distributions.items():
            if isinstance(axis, CategoricalDistribution):
                found[name] = axis.choices[int(self._random.integers(len(axis.choices)))]
            else:
                found[name] = int(self._random.integers(axis.low, axis.high + 1))  # type: ignore[attr-defined]
        return found

    def _encoded(self, params: Sequence[Mapping[str, Any]]) -> Array:
        """Names as one coordinate each, numbers by their order, all within 0 and 1."""
        columns = []
        for name, axis in self._distributions.items():
            values = [one[name] for one in params]
            if not isinstance(axis, CategoricalDistribution):
                span = max(axis.high - axis.low, 1)  # type: ignore[attr-defined]
                columns.append([(value - axis.low) / span for value in values])  # type: ignore[attr-defined]
            elif isinstance(axis.choices[0], str):
                columns += [[float(value == own) for value in values] for own in axis.choices]
            else:
                last = max(len(axis.choices) - 1, 1)
                columns.append([axis.choices.index(value) / last for value in values])
        return np.array(columns, dtype=float).T


def _fitted(x: Array, figures: Array) -> tuple[Any, Any, Any]:
    """A model of the negated costs, its inputs, and the worst costs that count."""
    import torch
    from botorch.fit import fit_gpytorch_mll
    from botorch.models import SingleTaskGP
    from gpytorch.mlls import ExactMarginalLogLikelihood

    costs = np.stack([objective(name).costs(figures[:, place])
                      for place, name in enumerate(OBJECTIVES)], axis=1)  # fmt: skip
    inputs, targets = torch.tensor(x), torch.tensor(-costs)
    model = SingleTaskGP(inputs, targets)
    fit_gpytorch_mll(ExactMarginalLogLikelihood(model.likelihood, model))
    return model, inputs, (targets.min(dim=0).values - 0.1).tolist()


def sampler(
    search: Search, *, seed: int, distributions: Mapping[str, BaseDistribution]
) -> BaseSampler:
    """As the product makes a sampler of the user's."""
    del search
    return QLogNehvi(seed, distributions)
