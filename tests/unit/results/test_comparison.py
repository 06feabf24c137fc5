"""Two fronts beside each other."""

import json
from pathlib import Path

import numpy as np
import pytest

from dse import run
from dse.commands.compare import print_comparison
from dse.mistakes import UserError
from dse.pareto import dominated_share
from dse.results import compare
from dse.results.comparison_picture import unbeaten_line
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
    for ending, start in ((".png", b"\x89PNG"), (".html", b"<!doctype html>")):
        print_comparison(found, tmp_path / f"both{ending}", as_json=False)
        assert (tmp_path / f"both{ending}").read_bytes().startswith(start)
    told = capsys.readouterr().out
    assert f"least energy, small needs {1 / ratio:.2f}x less (" in told
    assert told.count("least energy") == 2  # once a figure: equal lines are one
    assert "small is ahead by" in told
    x, y = unbeaten_line(found.fronts[0])
    assert x == sorted(x)
    assert len(x) == len(y) > 0
    with pytest.raises(UserError, match=r"endings .png"):
        print_comparison(found, tmp_path / "both.gif", as_json=False)
    print_comparison(found, as_json=True)
    assert json.loads(capsys.readouterr().out)["energy_ratio"]["0"] == ratio


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
