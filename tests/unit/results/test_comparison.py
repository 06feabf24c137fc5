"""Two fronts beside each other."""

from pathlib import Path

import numpy as np
import pytest

from dse import run
from dse.commands.compare import print_comparison
from dse.mistakes import UserError
from dse.pareto import dominated_share
from dse.results import compare
from dse.store import Record
from dse.study import parse_study


def record(folder: Path, name: str, objectives: list[str], capacity_bytes: int) -> Record:
    sizes = {f"{kind}_capacity_bytes": [capacity_bytes] for kind in
             ("activation", "weight", "error")}  # fmt: skip
    study = parse_study(
        {
            "name": name, "space": "sram_only", "objectives": objectives,
            "scenario": {"network": "lenet5"}, "axes": sizes,
            "search": {"candidates": 8, "batch": 4, "sampler": "random"},
        },
        "x.toml",
    )  # fmt: skip
    return run(study, folder=folder, executor="inline")


def test_a_front_against_itself_and_against_a_worse_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = record(tmp_path, "small", ["energy_j", "area_m2"], 2**20)
    large = record(tmp_path, "large", ["energy_j", "area_m2"], 2**25)
    same = compare(small, small)
    assert same.hypervolumes[0] == same.hypervolumes[1] > 0.0
    assert same.dominated == (0.0, 0.0)
    assert set(same.energy_ratio.values()) == {1.0}
    found = compare(small, large)
    assert found.hypervolumes[0] > found.hypervolumes[1]
    ratio = found.energy_ratio["0"]
    assert ratio is not None
    assert ratio < 1.0  # all-SRAM of little capacity needs least
    print_comparison(found, as_json=False)
    assert "least energy, small over large, at most 1 points" in capsys.readouterr().out


def test_shares_that_aredominated_share() -> None:
    mine = np.array([[1.0, 4.0], [2.0, 2.0], [4.0, 1.0]])
    other = np.array([[1.0, 3.0], [2.0, 2.0], [5.0, 1.0]])
    assert dominated_share(mine, other) == pytest.approx(1 / 3)
    assert dominated_share(other, mine) == pytest.approx(1 / 3)


def test_nothing_in_common_is_refused(tmp_path: Path) -> None:
    first = record(tmp_path, "first", ["energy_j", "area_m2"], 2**20)
    second = record(tmp_path, "second", ["time_s", "area_m2"], 2**20)
    with pytest.raises(UserError, match="two objectives in common"):
        compare(first, second)
