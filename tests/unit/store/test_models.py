"""A study goes on with the models it was begun with; others start from its candidates."""

import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dse import front, run
from dse.commands.front import show_candidate
from dse.commands.report import print_report
from dse.mistakes import UserError
from dse.results import compare, verify
from dse.store import examine, read_record, read_store, repair_store
from dse.store.database import connect
from dse.store.place import Place
from dse.study import Study, parse_study
from dse.testing.samplers import ONE_ORGANISATION
from evaluators.energy import version
from evaluators.training import RunStatus, TrainingRun

TRAINED: list[int] = []
CAPACITIES = [f"{kind}_capacity_bytes" for kind in ("activation", "weight", "error")]


def trainer(profile: Any, recipe: Any, *, training_seed: int, **_: Any) -> TrainingRun:
    TRAINED.append(training_seed)
    return TrainingRun(status=RunStatus.OK, training_seed=training_seed, accuracy=0.5,
                       chance_accuracy=0.1, loss=0.5)  # fmt: skip


def study(name: str = "x", strategy: str = "nested", goal: int = 4) -> Study:
    return parse_study({
        "name": name, "space": "homogeneous", "objectives": ["energy_j", "accuracy_loss"],
        "scenario": {"network": "lenet5",
                     "training": {"trainer": f"{__name__}:trainer", "seeds": 1}},
        "axes": {**ONE_ORGANISATION, "array_rows": 32, "array_cols": [32, 64],
                 **dict.fromkeys(CAPACITIES, 2**20)},
        "search": {"candidates": goal, "strategy": strategy, "batch": 2, "population": 2},
    }, "x.toml")  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of the version before."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(version, "MODEL_VERSION", 1)
        run(study(), folder=folder, executor="inline")
        run(study("y"), folder=folder, executor="inline")
    return folder


@pytest.fixture
def upgraded(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of them for each test, under another version."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    monkeypatch.setattr(version, "MODEL_VERSION", 2)
    return tmp_path


def test_a_study_of_other_models_is_not_continued(upgraded: Path) -> None:
    before = (upgraded / "x" / "study.db").read_bytes()
    for goal in (4, 6):
        with pytest.raises(UserError, match="begun with version 1 of the models") as refused:
            run(study(goal=goal), folder=upgraded, executor="inline")
        assert "here is version 2" in str(refused.value)
        assert "dse run NEW.toml --reuse OLD.toml" in str(refused.value)
    assert (upgraded / "x" / "study.db").read_bytes() == before


def test_it_is_read_as_it_is_stored(upgraded: Path, caplog: pytest.LogCaptureFixture) -> None:
    record = read_record(study(), upgraded)
    best = front(record)
    assert all(point.candidate in record.candidates for point in best.candidates)
    assert best.slices == ()
    assert "made with version 1 of the models, here is version 2" in caplog.text
    assert "bad" not in {found.state for found in examine(study(), upgraded)}
    told = [found.told for found in examine(study(), upgraded) if found.what == "models"]
    assert told == ["version 1 (here 2)"]


def test_nothing_is_scored_by_other_models_beside_it(upgraded: Path) -> None:
    best = front(read_record(study(), upgraded))
    calls: list[Callable[[], object]] = [
        lambda: verify(best.record, folder=upgraded, executor="inline"),
        lambda: show_candidate(best, "1", as_json=False),
        lambda: print_report(best, Path(__file__), upgraded / "r.html", as_json=True),
    ]
    for call in calls:
        with pytest.raises(UserError, match="begun with version 1 of the models"):
            call()
    show_candidate(best, "1", as_json=True)
    compare(best.record, read_record(study("y"), upgraded))  # both by the same models
    new = run(study("z"), folder=upgraded, executor="inline", reuse=best.record)
    with pytest.raises(UserError, match="compared with figures of other models"):
        compare(best.record, new)


def test_a_new_study_takes_its_trainings_and_scores_anew(upgraded: Path) -> None:
    old = read_record(study(), upgraded)
    trained = len(TRAINED)
    new = run(study("new", goal=2), folder=upgraded, executor="inline", reuse=old)
    assert len(TRAINED) == trained
    assert "reused" in {candidate.source for candidate in new.candidates}
    assert new.models == 2
    assert read_record(study("new"), upgraded).models == 2
    more = run(study("new", goal=3), folder=upgraded, executor="inline")
    assert len(more.candidates) > len(new.candidates)
    with closing(read_store(study("new"), upgraded)) as store:
        assert {stored.models for stored in store.stored()} == {2}


def test_a_repair_does_not_forget_the_models(
    upgraded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(study("new", goal=2), folder=upgraded, executor="inline")
    storage = connect(Place(study("new"), upgraded).url)
    with storage.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM study_user_attributes")
    storage.engine.dispose()
    monkeypatch.setattr(version, "MODEL_VERSION", 3)
    repair_store(study("new"), upgraded)
    assert read_record(study("new"), upgraded).models == 2


def test_the_first_version_is_stored_as_it_was_before_it_was_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(version, "MODEL_VERSION", version.FIRST_VERSION)
    run(replace(study(), objectives=("energy_j",)), folder=tmp_path, executor="inline")
    with closing(read_store(study(), tmp_path)) as store:
        assert '"models"' not in store._optuna.user_attrs["header"]["text"]
        assert all('"models"' not in t.user_attrs["record"] for t in store._rows)
