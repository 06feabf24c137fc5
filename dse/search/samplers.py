"""Optuna's samplers by the names of `Search.sampler`; each is made for one batch."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from dse.mistakes import UserError
from dse.study import Search
from dse.study.search import SAMPLER
from evaluators.checks import brief
from evaluators.plugins import said

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.samplers import BaseSampler

    Maker = Callable[[Search, int, Mapping[str, BaseDistribution]], BaseSampler]


def make_sampler(
    search: Search, *, seed: int, distributions: Mapping[str, "BaseDistribution"]
) -> "BaseSampler":
    """The sampler of one batch: one of ours, or the user's `package.module:sampler`.

    Args:
        search: how the study searches; names the sampler.
        seed: of this batch. [-]
        distributions: what the sampler chooses, by axis.
    """
    if search.sampler in MAKERS:
        return MAKERS[search.sampler](search, seed, distributions)
    from optuna.samplers import BaseSampler

    make = SAMPLER.load(search.sampler)
    with users_sampler(search):
        found = make(search, seed=seed, distributions=distributions)
    if not isinstance(found, BaseSampler):
        raise UserError(
            f"sampler {search.sampler!r} must return an Optuna sampler, got {brief(found)}"
        )
    return found


@contextmanager
def users_sampler(search: Search) -> Iterator[None]:
    """Tell of what a sampler of the user's raises; what one of ours raises is a fault of ours.

    Raises:
        UserError: what was raised, and where.
    """
    try:
        yield
    except UserError:
        raise
    except (Exception, SystemExit) as error:
        if search.sampler in MAKERS:
            raise
        raise UserError(
            f"sampler {search.sampler!r} fails with {said(error)}; what is finished is kept: mend "
            f"it and give the same command again"
        ) from None


def _nsga2(
    search: Search, seed: int, distributions: Mapping[str, "BaseDistribution"]
) -> "BaseSampler":
    """Its parents are the finished candidates in their order."""
    from dse.search.genetic import Nsga2

    return Nsga2(population_size=search.population, seed=seed).over(distributions)


def _nsga3(
    search: Search, seed: int, distributions: Mapping[str, "BaseDistribution"]
) -> "BaseSampler":
    """For three objectives and more."""
    from dse.search.genetic import Nsga3

    return Nsga3(population_size=search.population, seed=seed).over(distributions)


def _tpe(
    search: Search, seed: int, distributions: Mapping[str, "BaseDistribution"]
) -> "BaseSampler":
    """Tree-structured Parzen estimator, with the constant liar for unfinished candidates."""
    import optuna

    return optuna.samplers.TPESampler(seed=seed)


def _gp(
    search: Search, seed: int, distributions: Mapping[str, "BaseDistribution"]
) -> "BaseSampler":
    """Gaussian process: its cost grows with the cube of the candidates."""
    import optuna

    return optuna.samplers.GPSampler(seed=seed)


def _qmc(
    search: Search, seed: int, distributions: Mapping[str, "BaseDistribution"]
) -> "BaseSampler":
    """Quasi-random (Sobol) points of the study's seed: even coverage, nothing learned."""
    import optuna

    return optuna.samplers.QMCSampler(seed=search.seed, scramble=True)


def _random(
    search: Search, seed: int, distributions: Mapping[str, "BaseDistribution"]
) -> "BaseSampler":
    """Independent uniform samples."""
    import optuna

    return optuna.samplers.RandomSampler(seed=seed)


MAKERS: "Final[dict[str, Maker]]" = {
    "gp": _gp,
    "grid": _random,  # never asked: the proposer gives it every point
    "nsga2": _nsga2,
    "nsga3": _nsga3,
    "qmc": _qmc,
    "random": _random,
    "tpe": _tpe,
}
