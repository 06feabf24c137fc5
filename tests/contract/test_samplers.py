"""What every sampler promises: the same table again, also after a stop at any batch."""

from pathlib import Path
from typing import Any

import pytest

from dse import front, run
from dse.study.reading import parse_study
from dse.study.study import SAMPLERS

NAMES = SAMPLERS
CANDIDATES = {"gp": 12}
SMALL = {
    "array_rows": [16, 64], "activation_capacity_bytes": [2**20, 2**22],
    "weight_capacity_bytes": [2**20], "error_capacity_bytes": [2**20, 2**21],
}  # fmt: skip
AXES = {"grid": {"write_voltage_v": 0.8, "pulse_width_s": 8e-9}}


def table(
    name: str, folder: Path, stops: tuple[int, ...], *, lookahead: int, strategy: str
) -> str:
    study = parse_study(
        {
            "name": name, "space": "homogeneous", "objectives": ["energy_j", "area_m2"],
            "scenario": {"network": "lenet5"},
            "axes": {**SMALL, **AXES.get(name, {})},
            "search": {"sampler": name, "candidates": CANDIDATES.get(name, 22), "batch": 5,
                       "strategy": "joint" if name == "grid" else strategy,
                       "population": 6, "lookahead": lookahead, "seed": 7},
        },
        "x.toml",
    )  # fmt: skip
    for goal in stops:
        record = run(study, folder=folder, executor="inline", candidates=goal)
    written = front(record).whole_table.to_csv(index=False)
    assert isinstance(written, str)
    return written


def test_the_folder_is_listed() -> None:
    assert set(NAMES) >= {"gain", "gp", "grid", "nsga2", "nsga3", "qmc", "random", "tpe"}


@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
@pytest.mark.parametrize(("lookahead", "strategy"), [(0, "nested"), (1, "joint")])
@pytest.mark.parametrize("name", NAMES)
def test_a_stopped_search_ends_with_the_same_table(
    name: str, lookahead: int, strategy: str, tmp_path: Path
) -> None:
    goal = CANDIDATES.get(name, 22)
    how: dict[str, Any] = {"lookahead": lookahead, "strategy": strategy}
    whole = table(name, tmp_path / "whole", (goal,), **how)
    assert whole == table(name, tmp_path / "parts", (7, goal - 5, goal), **how)
    assert whole.count("\n") == goal + 1


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
