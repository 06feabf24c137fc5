"""A store and a training cache of version 0.1: read and exported to the same bytes.

`tests/kept/0.1` was made at commit a3842e0: each study begun, its table at the goal, and the
trainings of the study that trains by itself, whose faults fall otherwise now. On another kind of
CPU last digits may differ.
"""

import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Final

import pandas as pd
import pytest

from dse import front, read_study, run
from dse.mistakes import UserError
from dse.results import Front, export
from dse.store import read_record
from dse.store.chain import check_same, new_header
from dse.study import Study
from dse.trainings import TrainingCache
from dse.trainings import cache as training_cache
from evaluators import plugins
from evaluators.design import BitErrors, ErrorProfile
from evaluators.energy import version
from evaluators.training import (
    RunStatus,
    TrainingRecipe,
    TrainingRun,
    TrainingTask,
    WritesPerValue,
)

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


def test_results_of_version_0_1_are_read(begun: Study, tmp_path: Path) -> None:
    record = read_record(begun, tmp_path)
    assert record.study.search.sampler == "nsga2"  # named by one of them, the other's default
    assert len(record.candidates) == {"nested": 9, "trained": 4}[begun.name]
    whole = (KEPT / begun.name / "all.csv").read_text().splitlines()
    table = front(record).whole_table
    assert table["number"].tolist() == [
        int(row.split(",")[0]) for row in whole[1 : len(table) + 1]
    ]


def as_it_was(best: Front) -> pd.DataFrame:
    """The table of a front without the column that 0.1 did not have: what a design is called."""
    return best.whole_table.drop(columns="design")


def test_results_of_version_0_1_are_exported_as_they_were_by_other_models(
    begun: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(version, "MODEL_VERSION", version.FIRST_VERSION + 1)
    best = front(read_record(begun, tmp_path))
    assert best.slices == ()
    export(as_it_was(best), {"csv": tmp_path / "all.csv"})
    before = (KEPT / begun.name / "all.csv").read_text().splitlines()
    rows = (tmp_path / "all.csv").read_text().splitlines()
    assert rows == before[: len(rows)]


def test_a_field_that_is_new_may_be_left_at_its_default() -> None:
    cell = plugins.CELL.load("emram_28nm")
    plain = read_study(KEPT / "nested" / "study.toml")
    study = replace(plain, scenario=replace(plain.scenario, cell=cell))
    told = new_header(study)
    told.fingerprint["scenario"]["cell"].pop("stability_spread")
    for name in ("hold_corner_k", "hold_time_s", "read_voltage_v", "reads_per_value"):
        told.fingerprint["scenario"].pop(name)
    check_same(told, study)
    other = replace(study.scenario, cell=replace(cell, stability_spread=0.1))
    with pytest.raises(UserError, match=r"stability_spread: stored 'nothing', now 0\.1"):
        check_same(told, replace(study, scenario=other))


def test_a_study_of_other_models_is_refused_to_go_on(begun: Study, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="was begun with version 1 of the models"):
        run(begun, folder=tmp_path, executor="inline")


@pytest.mark.parametrize("begun", ["trained"], indirect=True)
def test_what_another_version_trained_is_exported_and_refused_to_go_on(
    begun: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The built-in training draws other faults now: a table of both would be of neither."""
    file = tmp_path / begun.name / "study.db"
    kept = {f: f.read_bytes() for f in (tmp_path / "trainings").rglob("*.json")}
    monkeypatch.setattr(version, "MODEL_VERSION", version.FIRST_VERSION)
    before = file.read_bytes()
    with pytest.raises(UserError, match=r"by version 1 .* this is version 2, .* `--reuse`"):
        run(begun, folder=tmp_path, executor="inline")
    assert file.read_bytes() == before
    monkeypatch.setattr(version, "MODEL_VERSION", version.FIRST_VERSION + 1)
    export(as_it_was(front(read_record(begun, tmp_path))), {"csv": tmp_path / "all.csv"})
    assert (
        (KEPT / begun.name / "all.csv")
        .read_bytes()
        .startswith((tmp_path / "all.csv").read_bytes())
    )
    again = replace(begun, name="again", search=replace(begun.search, candidates=2))
    record = run(again, folder=tmp_path, executor="inline")
    assert all(c.evaluation.training is not None for c in record.candidates)
    assert {f: f.read_bytes() for f in kept} == kept
    assert len(list((tmp_path / "trainings").rglob("*.json"))) > len(kept)


def test_keys_of_ones_own_trainings_are_those_of_before(tmp_path: Path) -> None:
    """What is new in a recipe stands in a key only where it is not as it was; so do counts."""
    task = TrainingTask(
        profile=ErrorProfile.none(8), number_format="int8", study_seed=0, training_seed=0,
        recipe=TrainingRecipe(trainer="tests.end_to_end.stub_trainer:quick"),
    )  # fmt: skip
    told = {
        "profile": {kind: {way: [0.0] * 8 for way in ("to_one", "to_zero")}
                    for kind in ("activation", "weight", "error")},
        "recipe": {
            "activations_at": "inputs", "batch_size": 32, "data": "fashion_mnist",
            "data_folder": "", "encoding": "twos_complement", "gradient_norm": 1.0,
            "learning_rate": 0.05, "model": "small_cnn", "momentum": 0.9,
            "old_content_activation": "random", "old_content_error": "random",
            "old_content_weight": "random", "scale_headroom_bits": 0, "scaling": "delayed",
            "seeds": 1, "steps": 1000, "time_limit_s": 600.0,
            "trainer": "tests.end_to_end.stub_trainer:quick",
        },
        "number_format": "int8", "study_seed": 0, "training_seed": 0,
    }  # fmt: skip
    text = json.dumps({"task": told, "made_with": training_cache.made_with()}, sort_keys=True)
    assert training_cache.task_key(task) == hashlib.sha256(text.encode()).hexdigest()
    keys = {
        training_cache.task_key(replace(task, recipe=replace(task.recipe, **changes)))
        for changes in (
            {}, {"trainer": ""}, {"device": "auto"}, {"random_zero_sign": True},
            {"writes_per_value": "once"}, {"writes_per_value": 2.0},
        )
    }  # fmt: skip
    assert len(keys) == 6
    held = BitErrors(to_one=(0.0,) * 8, to_zero=(0.0,) * 8, decay_to_one=(1e-3,) * 8)
    decaying = replace(task, profile=replace(task.profile, weight=held))
    assert training_cache.task_key(decaying) not in keys

    cache = TrainingCache(tmp_path)
    counted = replace(task, writes=WritesPerValue(weight_forward=2.0))
    run = TrainingRun(
        status=RunStatus.OK, training_seed=0, accuracy=0.5, chance_accuracy=0.1, loss=None
    )
    cache.put(task, run)  # as a version did that counted no writes
    assert cache.get(counted) == run
    own, built_in = (replace(one, recipe=TrainingRecipe()) for one in (task, counted))
    cache.put(own, run)
    assert cache.get(built_in) is None
    cache.put(counted, replace(run, accuracy=0.25))
    assert cache.get(counted) == replace(run, accuracy=0.25)
    assert cache.get(replace(counted, writes=WritesPerValue())) == run
