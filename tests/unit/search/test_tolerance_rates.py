"""Rates of a tolerance study are the user's own: any probability, and 0 as the control."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from dse import read_study, run
from dse.mistakes import UserError
from dse.results import tolerance_maps
from dse.si import rate
from dse.study import parse_study
from evaluators.training import RunStatus, TrainingRun
from search_spaces.axes import Choice

CASES = Path(__file__).parents[2] / "cases"
SEEN: list[float] = []


def trainer(profile: Any, recipe: Any, **told: Any) -> TrainingRun:
    """Notes the rate that it is asked for."""
    del recipe
    worst = max(one for _, errors in profile for one in (*errors.to_one, *errors.to_zero))
    SEEN.append(worst)
    return TrainingRun(status=RunStatus.OK, training_seed=told["training_seed"],
                       accuracy=0.9 - worst, chance_accuracy=0.1, loss=0.5)  # fmt: skip


def raw(rates: object) -> dict[str, Any]:
    recipe = {"trainer": "tests.unit.search.test_tolerance_rates:trainer", "seeds": 1}
    return {
        "name": "tol", "space": "tolerance",
        "objectives": ["write_error_probability", "accuracy_loss"],
        "scenario": {"network": "lenet5", "training": recipe},
        "axes": {"faulty_kind": "weight", "number_format": "int8",
                 "encoding": "twos_complement", "reliable_bits": [0],
                 "write_error_probability": rates},
        "search": {"sampler": "grid", "strategy": "joint", "candidates": 20},
    }  # fmt: skip


def test_the_brought_study_is_read(tmp_path: Path) -> None:
    shutil.copy(CASES / "67-tolerance-rates" / "tol.toml", tmp_path)
    read = read_study(tmp_path / "tol.toml")
    rates = read.open_axes[-1]
    assert isinstance(rates, Choice)
    assert rates.options == (0.0, 3e-3)


def test_rates_are_trained_as_they_are_given(tmp_path: Path) -> None:
    SEEN.clear()
    rates = [0, 3e-3, 2.5e-3, 1e-2]
    record = run(parse_study(raw(rates), "t.toml"), folder=tmp_path, executor="inline")
    assert sorted(set(SEEN)) == [0.0, 2.5e-3, 3e-3, 1e-2]
    (found,) = tolerance_maps(record)
    assert found.rates == (0.0, 2.5e-3, 3e-3, 1e-2)
    assert [rate(one) for one in found.rates] == ["0", "2.5e-03", "3e-03", "1e-02"]
    assert found.loss[0].tolist() == pytest.approx([0.0, 2.5e-3, 3e-3, 1e-2])


@pytest.mark.parametrize("wrong", [-1e-3, 1.5, float("nan"), True, "1e-3"])
def test_what_is_no_probability_is_refused(wrong: Any) -> None:
    with pytest.raises(UserError, match=r"`axes.write_error_probability` must lie in \[0, 1\]"):
        parse_study(raw([1e-3, wrong]), "t.toml")


def test_numbers_are_told_their_neighbours() -> None:
    told = raw([1e-3])
    told["axes"]["reliable_bits"] = [9]
    with pytest.raises(UserError, match=r"one of 0, 1, .* got 9; nearest: 7"):
        parse_study(told, "t.toml")
