"""The public face: the names of the README, functions even where a module has the same name."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import dse
import dse.results.fronts
import dse.search.driver
import evaluators.training
from dse import Front, Scenario, Search, Study, front, load, run
from evaluators.training import train

ROOT = Path(__file__).parents[2]
SMALL: dict[str, Any] = {
    "array_rows": 32, "array_cols": (32, 64), "write_voltage_v": 1.0, "pulse_width_s": 1e-8,
    **{f"{kind}_capacity_bytes": 2**20 for kind in ("activation", "weight", "error")},
}  # fmt: skip


def test_public_names_are_functions() -> None:
    assert callable(dse.run)
    assert callable(dse.front)
    assert callable(train)
    assert callable(evaluators.training.train)


def test_every_name_is_there_and_is_loaded_with_its_use_alone() -> None:
    for name in dse.__all__:
        assert getattr(dse, name) is not None, name
        assert name in dir(dse)
    with pytest.raises(AttributeError, match="nothing"):
        _ = dse.nothing
    told = subprocess.run([sys.executable, "-c", "import dse, sys; print(*sys.modules)"],
                          capture_output=True, text=True, check=True, cwd=ROOT)  # fmt: skip
    heavy = {"numpy", "pandas", "pydantic", "optuna", "torch", "evaluators", "dse.study"}
    assert not heavy & set(told.stdout.split())


def test_types_are_told_to_checkers() -> None:
    for package in ("dse", "evaluators", "search_spaces"):
        assert (ROOT / package / "py.typed").is_file()


@pytest.fixture(scope="module")
def best(tmp_path_factory: pytest.TempPathFactory) -> Front:
    study = Study(
        name="told", space="homogeneous", objectives=("energy_j", "area_m2"), axes=SMALL,
        scenario=Scenario(network="lenet5"), search=Search(candidates=6, sampler="random"),
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("told")
    run(study, folder=folder, executor="inline")
    return front(load(study, folder))


def test_what_a_notebook_shows_is_short(best: Front) -> None:
    record = best.record
    for told in (repr(record.study), repr(record), repr(best)):
        assert len(told.splitlines()) < 20
        assert len(told) < 3000
    assert "6 ok" in repr(record)
    assert best.labels[0] in repr(best)


def test_a_front_in_a_notebook_has_ten_rows_and_its_picture(best: Front) -> None:
    page = best._repr_html_()
    assert page.count("<tr>") == 1 + min(10, len(best.candidates))
    assert 'src="data:image/png;base64,' in page
    assert best.labels[0] in page
    assert "http" not in page  # nothing is fetched
