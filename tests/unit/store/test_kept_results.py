"""A store and a training cache of version 0.1: read, resumed and exported to the same bytes.

`tests/kept/0.1` was made at commit a3842e0: each study begun, its table at the goal, and the
trainings of the study that trains by itself. On another kind of CPU last digits may differ.
"""

import io
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Final

import pandas as pd
import pytest

import evaluators.training.task
from dse import Front, front, read_study, run
from dse.mistakes import UserError
from dse.results import export
from dse.store import read_record
from dse.store.chain import check_same, new_header
from dse.study import Study
from dse.trainings import cache as training_cache
from evaluators import plugins
from evaluators.energy import version

KEPT: Final = Path(__file__).parents[2] / "kept" / "0.1"
MADE_WITH: Final = {
    "schema": "3", "torch": "2.13.0+cpu", "numpy": "2.4.6", "cpu": "x86_64 AVX2"
}  # fmt: skip


@pytest.fixture(params=["nested", "trained"])
def begun(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Study:
    """A study whose store is that of version 0.1, on a machine like the one that made it."""
    shutil.copytree(KEPT / "trainings", tmp_path / "trainings")
    (tmp_path / request.param).mkdir()
    shutil.copy(KEPT / request.param / "study.db", tmp_path / request.param)
    monkeypatch.setattr(training_cache, "made_with", lambda: MADE_WITH)
    return read_study(KEPT / request.param / "study.toml")


def same(study: Study, best: Front, folder: Path) -> None:
    """The exports are those that version 0.1 wrote."""
    files = {"all.csv": best.whole_table, "front.csv": best.table, "front.md": best.table}
    for name, table in files.items():
        export(table, {name.partition(".")[2]: folder / name})
        now, before = (folder / name).read_bytes(), (KEPT / study.name / name).read_bytes()
        if training_cache.cpu_kind() == MADE_WITH["cpu"]:
            assert now == before
        elif name.endswith(".csv"):
            here, there = (pd.read_csv(io.BytesIO(text)) for text in (now, before))
            pd.testing.assert_frame_equal(here, there, rtol=1e-9)


def test_results_of_version_0_1_are_read(begun: Study, tmp_path: Path) -> None:
    record = read_record(begun, tmp_path)
    assert len(record.candidates) == {"nested": 9, "trained": 4}[begun.name]
    whole = (KEPT / begun.name / "all.csv").read_text().splitlines()
    table = front(record).whole_table
    assert table["number"].tolist() == [
        int(row.split(",")[0]) for row in whole[1 : len(table) + 1]
    ]


def test_results_of_version_0_1_are_exported_as_they_were_by_other_models(
    begun: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(version, "MODEL_VERSION", version.FIRST_VERSION + 1)
    best = front(read_record(begun, tmp_path))
    assert best.slices == ()
    export(best.whole_table, {"csv": tmp_path / "all.csv"})
    before = (KEPT / begun.name / "all.csv").read_text().splitlines()
    rows = (tmp_path / "all.csv").read_text().splitlines()
    assert rows == before[: len(rows)]


def test_a_field_that_is_new_may_be_left_at_its_default() -> None:
    cell = plugins.CELL.load("emram_28nm")
    plain = read_study(KEPT / "nested" / "study.toml")
    study = replace(plain, scenario=replace(plain.scenario, cell=cell))
    told = new_header(study)
    told.fingerprint["scenario"]["cell"].pop("stability_spread")
    check_same(told, study)
    other = replace(study.scenario, cell=replace(cell, stability_spread=0.1))
    with pytest.raises(UserError, match=r"stability_spread: stored 'nothing', now 0\.1"):
        check_same(told, replace(study, scenario=other))


def test_a_study_of_version_0_1_goes_on_without_training_again(
    begun: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def train_again(*told: object, **named: object) -> None:
        raise AssertionError("a finished training was run again")

    if begun.name == "trained":
        monkeypatch.setattr(evaluators.training.task, "run_task", train_again)
        monkeypatch.setattr("evaluators.training.guard.guarded_train", train_again)
    if version.MODEL_VERSION != version.FIRST_VERSION:
        with pytest.raises(UserError, match="was begun with version 1 of the models"):
            run(begun, folder=tmp_path, executor="inline")
        return
    record = run(begun, folder=tmp_path, executor="inline")
    same(begun, front(record), tmp_path)
