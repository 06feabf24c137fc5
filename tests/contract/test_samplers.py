"""Every sampler of ours keeps what `dse.testing` promises; a wrong one does not."""

from collections.abc import Mapping
from itertools import count
from pathlib import Path

import optuna
import pytest
from optuna.distributions import BaseDistribution

from dse import run
from dse.study import SAMPLERS, Search, parse_study
from dse.testing import check_sampler

CANDIDATES = {"gp": 12}
AXES = {"grid": {"write_voltage_v": 0.8, "pulse_width_s": 8e-9}}
BATCHES = count()


def seeded(
    search: Search, *, seed: int, distributions: Mapping[str, BaseDistribution]
) -> optuna.samplers.BaseSampler:
    del search, distributions
    return optuna.samplers.RandomSampler(seed=seed)


def unseeded(
    search: Search, *, seed: int, distributions: Mapping[str, BaseDistribution]
) -> optuna.samplers.BaseSampler:
    """Another one each time that it is made."""
    del search, seed, distributions
    return optuna.samplers.RandomSampler(seed=next(BATCHES))


def test_the_folder_is_listed() -> None:
    assert set(SAMPLERS) >= {"gain", "gp", "grid", "nsga2", "nsga3", "qmc", "random", "tpe"}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
@pytest.mark.parametrize(("lookahead", "strategy"), [(0, "nested"), (1, "joint")])
@pytest.mark.parametrize("name", SAMPLERS)
def test_it_keeps_its_promises(name: str, lookahead: int, strategy: str) -> None:
    check_sampler(
        name,
        candidates=CANDIDATES.get(name, 14),
        lookahead=lookahead,
        strategy="joint" if name == "grid" else strategy,
        axes=AXES.get(name),
    )


def test_a_users_own_keeps_them() -> None:
    check_sampler(seeded, candidates=13)


def test_one_that_proposes_otherwise_after_a_stop_is_told() -> None:
    with pytest.raises(AssertionError, match="must propose the same after a stop"):
        check_sampler(unseeded, candidates=13)


def test_a_grid_takes_every_point_once_and_ends(tmp_path: Path) -> None:
    study = parse_study(
        {
            "name": "grid", "space": "sram_only", "objectives": ["energy_j", "area_m2"],
            "scenario": {"network": "lenet5"},
            "axes": {"array_rows": [16, 32], "array_cols": [64, 128, 256],
                     "activation_capacity_bytes": 2**20, "weight_capacity_bytes": 2**20,
                     "error_capacity_bytes": [2**20, 2**21]},
            "search": {"sampler": "grid", "strategy": "joint", "candidates": 1000, "batch": 5},
        },
        "x.toml",
    )  # fmt: skip
    record = run(study, folder=tmp_path, executor="inline")
    points = [tuple(sorted(c.values.items())) for c in record.candidates[2:]]
    assert len(points) == len(set(points)) == 2 * 3 * 2
