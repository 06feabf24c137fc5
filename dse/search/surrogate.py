"""What trained profiles say about the accuracy loss of others: a Gaussian process.

Equations 2.23-2.24 (posterior) and 5.9 (gradient) of Rasmussen and Williams, Gaussian Processes
for Machine Learning (2006), as scikit-learn has them; hyperparameters at their posterior's mode.
"""

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LENGTH: Final = 2.0
"""Decades of severity over which losses resemble each other, as the prior has it (assumed)."""

AMPLITUDE: Final = 1.2
NOISE: Final = 0.15
"""Spread about the prior mean, and of one training, in the model's logarithm (assumed)."""

SPREADS: Final = (0.7, 0.5, 1.5)
"""How far length, amplitude and noise may lie from those, as spreads of logarithms (assumed)."""

STEPS: Final = 15
FITTED: Final = 120
"""Profiles from which the hyperparameters are found: more would cost much and change little."""

KNOWN: Final = 500
"""Profiles that the model holds, the last told: so its cost stays bounded."""

RISE: Final = (-6.0, -1.0)
"""Severities (log10 of the worst kind) between which the prior mean rises from no loss to ten
points (assumed; it need not be right)."""

LEAST: Final = math.log(0.1)
TEN_POINTS: Final = math.log(0.1) + math.log1p(10.0 / 0.1)


def squeezed(accuracy_loss: float) -> float:
    """The model's target: a signed logarithm of the points of accuracy lost. [-]"""
    points = 100.0 * accuracy_loss
    return LEAST + math.copysign(math.log1p(abs(points) / 0.1), points)


def rising(worst_severity: Array) -> Array:
    """Prior mean of the target: more errors, more loss. [-]

    Args:
        worst_severity: log10 of the severity of the worst kind. Shape `(n,)`. [-]
    """
    low, high = RISE
    share = np.clip((worst_severity - low) / (high - low), 0.0, 1.0)
    return np.asarray(LEAST + share * (TEN_POINTS - LEAST))


@dataclass(frozen=True, slots=True, kw_only=True)
class Posterior:
    """Joint normal distribution of targets, a training's own spread included.

    `mean` has shape `(n,)`, `covariance` `(n, n)`.
    """

    mean: Array
    covariance: Array

    def samples(self, pairs: int, random: np.random.Generator) -> Array:
        """Antithetic samples: each above and below the mean. Shape `(2 pairs, n)`. [-]"""
        size = len(self.mean)
        drawn = random.standard_normal((pairs, size))
        with one_thread():
            covariance = self.covariance + 1e-8 * np.eye(size)
            away = drawn @ np.linalg.cholesky(covariance).T
        return np.concatenate([self.mean + away, self.mean - away])


class LossModel:
    """A Gaussian process over the features of profiles, fitted to those that were trained.

    Args:
        features: of the trained profiles. Shape `(n, features)`.
        targets: their squeezed losses. Shape `(n,)`.
        mean: the prior mean at these and other features, of shape `(n,)`.
        lengths: of each feature before anything is known. Shape `(features,)`.
    """

    def __init__(
        self,
        features: Array,
        targets: Array,
        *,
        mean: Callable[[Array], Array],
        lengths: Sequence[float],
    ) -> None:
        from sklearn.gaussian_process import GaussianProcessRegressor

        self._mean = mean
        kernel = _kernel(lengths)
        self._process = GaussianProcessRegressor(kernel, optimizer=None, alpha=1e-9)
        if not len(features):
            return
        away = targets - mean(features)
        with one_thread(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a hyperparameter at its bound: the prior holds it
            fitted = GaussianProcessRegressor(
                kernel, optimizer=_Mode(kernel.theta, len(lengths)), alpha=1e-9
            )
            fitted.fit(features[-FITTED:], away[-FITTED:])
            self._process.kernel = fitted.kernel_
            self._process.fit(features[-KNOWN:], away[-KNOWN:])

    def marginal(self, features: Array) -> tuple[Array, Array]:
        """Mean and spread of the targets, each of shape `(n,)`. [-]"""
        with one_thread():
            mean, spread = self._process.predict(features, return_std=True)
        return self._mean(features) + mean, np.maximum(spread, 1e-6)

    def joint(self, features: Array) -> Posterior:
        """The targets together. [-]"""
        with one_thread():
            mean, covariance = self._process.predict(features, return_cov=True)
        return Posterior(mean=self._mean(features) + mean, covariance=covariance)


class _Mode:
    """Finds the mode of the hyperparameters' posterior: likelihood times log-normal priors."""

    def __init__(self, start: Array, features: int) -> None:
        length, amplitude, noise = SPREADS
        # theta = log(amplitude^2), log(length) a feature, log(noise^2)
        self._start = start
        self._spreads = np.array([2.0 * amplitude, *([length] * features), 2.0 * noise])

    def __call__(
        self, objective: Callable[..., Any], start: Array, bounds: Array
    ) -> tuple[Array, float]:
        from scipy.optimize import minimize

        del start

        def unlikely(theta: Array) -> tuple[float, Array]:
            value, slope = objective(theta, eval_gradient=True)
            z = (theta - self._start) / self._spreads
            return float(value) + 0.5 * float(z @ z), slope + z / self._spreads

        found = minimize(unlikely, self._start, jac=True, method="L-BFGS-B", bounds=bounds,
                         options={"maxiter": STEPS})  # fmt: skip
        return found.x, float(found.fun)


def _kernel(lengths: Sequence[float]) -> Any:
    from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

    wide = (1e-4, 1e4)
    return ConstantKernel(AMPLITUDE**2, wide) * Matern(
        length_scale=list(lengths), length_scale_bounds=wide, nu=2.5
    ) + WhiteKernel(NOISE**2, (1e-9, 1e2))


@cache
def _threads() -> Any:
    import scipy.linalg  # noqa: F401  (its own linear algebra is limited too)
    from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

    return ThreadpoolController()


def one_thread() -> Any:
    """Linear algebra in one thread: so its sums round alike whatever the machine's cores."""
    return _threads().limit(limits=1)
