"""Bit shares of a study's own fault-free training: measured once by its driver, read by all."""

import json
import os
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dse import run
from dse.commands.front import show_candidate
from dse.commands.report import print_report
from dse.mistakes import UserError
from dse.results import Observer, compare, front
from dse.store import examine, read_record, read_store, repair_store
from dse.store.chain import sealed
from dse.store.database import connect
from dse.store.place import Place
from dse.study import Study, parse_study
from dse.testing.samplers import ONE_ORGANISATION
from evaluators.training import RunStatus, TrainingRun

HERE = "tests.unit.trainings.test_bit_shares"
KINDS = ("activation", "weight", "error")


@pytest.fixture(autouse=True)
def _noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTES", str(tmp_path / "notes"))


def trainer(profile: Any, recipe: Any, **told: Any) -> TrainingRun:
    """Few ones, fewer changes; notes the process it ran in, in `NOTES`."""
    with (Path(os.environ["NOTES"]) / "calls").open("a") as calls:
        calls.write(f"{os.getpid()} {profile.error_free}\n")
    worst = max(rate for _, errors in profile for rate in (*errors.to_one, *errors.to_zero))
    return TrainingRun(
        status=RunStatus.OK, training_seed=told["training_seed"], chance_accuracy=0.1, loss=0.5,
        accuracy=0.9 - 0.5 * min(worst, 1.0), ones_share=dict.fromkeys(KINDS, 0.25),
        changed_share=dict.fromkeys(KINDS, 0.125),
    )  # fmt: skip


def unmeasured(profile: Any, recipe: Any, **told: Any) -> TrainingRun:
    """Counts no bits."""
    return replace(trainer(profile, recipe, **told), ones_share=None)


def study(notes: Path, statistics: str = "measured", **changes: Any) -> Study:
    notes.mkdir(exist_ok=True)
    training = {"trainer": f"{HERE}:{changes.pop('trainer', 'trainer')}", "seeds": 1}
    return parse_study({
        "name": "x", "space": "heterogeneous", "objectives": ["energy_j", "accuracy_loss"],
        "scenario": {"network": "lenet5", "memory": {"bit_statistics": statistics},
                     "training": training},
        "axes": {**ONE_ORGANISATION, "array_rows": 32, "array_cols": [32, 64]},
        "search": {"candidates": 5, "batch": 2, "population": 2}, **changes,
    }, "x.toml")  # fmt: skip


def calls(notes: Path) -> list[str]:
    file = notes / "calls"
    return file.read_text().splitlines() if file.exists() else []


def tree(folder: Path) -> dict[str, bytes]:
    """What a folder holds; readers may keep what they solved, beside it."""
    files = (f for f in sorted(folder.rglob("*")) if f.is_file())
    return {str(f): f.read_bytes() for f in files if f.parent.name != "solved"}


def header_text(found: Study, folder: Path) -> str:
    with closing(read_store(found, folder)) as store:
        text: str = store._optuna.user_attrs["header"]["text"]
        return text


def made_before(found: Study, folder: Path) -> None:
    """Take the shares out of a store's header, as older versions wrote it."""
    import optuna

    with closing(read_store(found, folder)) as store:
        header = replace(store.header, bit_shares=None)
    storage = connect(Place(found, folder).url)
    optuna.load_study(study_name=found.name, storage=storage).set_user_attr(
        "header", sealed(header)
    )
    storage.engine.dispose()


def drop_trainings(folder: Path) -> None:
    for file in (folder / "trainings").rglob("*.json"):
        file.unlink()


def figures(found: Study, folder: Path) -> list[tuple[float, ...]]:
    return [tuple(map(float, row)) for row in front(read_record(found, folder)).values]


def test_readers_neither_train_nor_write(tmp_path: Path) -> None:
    notes, results = tmp_path / "notes", tmp_path / "results"
    asked = study(notes)
    record = run(asked, folder=results, executor="inline")
    with_trainings = figures(asked, results)
    drop_trainings(results)
    before, trained = tree(results), calls(notes)
    found = front(read_record(asked, results))
    show_candidate(found, "1", as_json=False)
    compare(found.record, record)
    print_report(found, Path(__file__), tmp_path / "report.html", as_json=True)
    assert Observer(asked, results).look().front == len(found.candidates)
    assert {finding.state for finding in examine(asked, results)} <= {"sound", "note"}
    assert (tree(results), calls(notes)) == (before, trained)
    assert figures(asked, results) == with_trainings
    assert with_trainings == [tuple(row) for row in front(record).values]


def test_the_driver_measures_where_trainings_run_and_before_all(tmp_path: Path) -> None:
    asked = study(tmp_path / "notes", objectives=["energy_j", "area_m2"])
    run(asked, folder=tmp_path / "results", executor="processes", workers=1)
    ((pid, error_free),) = [call.split() for call in calls(tmp_path / "notes")]
    assert (int(pid) != os.getpid(), error_free) == (True, "True")


def test_only_measured_bits_are_in_a_header(tmp_path: Path) -> None:
    for statistics in ("given", "measured"):
        asked = replace(study(tmp_path / "notes", statistics), name=statistics)
        run(asked, folder=tmp_path, executor="inline")
        told = json.loads(header_text(asked, tmp_path))
        assert set(told) - {"bit_shares"} == {
            "contents", "fingerprint", "made_with", "models", "objectives"
        }  # fmt: skip
        shares = {"ones": 0.25, "changed": 0.125}
        wanted = None if statistics == "given" else dict.fromkeys(KINDS, shares)
        assert told.get("bit_shares") == wanted
        assert json.dumps(told, sort_keys=True) == header_text(asked, tmp_path)


def test_a_store_made_before_is_read_with_its_kept_training(tmp_path: Path) -> None:
    asked = study(tmp_path / "notes")
    run(asked, folder=tmp_path / "results", executor="inline")
    before = figures(asked, tmp_path / "results")
    made_before(asked, tmp_path / "results")
    kept, trained = tree(tmp_path / "results"), calls(tmp_path / "notes")
    assert figures(asked, tmp_path / "results") == before
    assert (tree(tmp_path / "results"), calls(tmp_path / "notes")) == (kept, trained)


def test_a_store_made_before_is_completed_by_its_driver(tmp_path: Path) -> None:
    asked, results = study(tmp_path / "notes"), tmp_path / "results"
    run(asked, folder=results, executor="inline")
    before, whole = figures(asked, results), header_text(asked, results)
    made_before(asked, results)
    drop_trainings(results)
    with pytest.raises(UserError, match="`dse run` measures them") as told:
        figures(asked, results)
    assert len(str(told.value).splitlines()) == 1
    run(asked, folder=results, executor="inline")
    assert (figures(asked, results), header_text(asked, results)) == (before, whole)
    more = replace(asked, search=replace(asked.search, candidates=7))
    drop_trainings(results)
    trained = len(calls(tmp_path / "notes"))
    run(more, folder=results, executor="inline")
    assert len(read_record(more, results).candidates) == 7
    free = [call for call in calls(tmp_path / "notes")[trained:] if call.endswith("True")]
    assert len(free) <= 1  # for the new candidates' loss, not for the bits


def test_a_repaired_store_keeps_its_bits(tmp_path: Path) -> None:
    asked = study(tmp_path / "notes")
    run(asked, folder=tmp_path, executor="inline")
    whole = header_text(asked, tmp_path)
    storage = connect(Place(asked, tmp_path).url)
    with storage.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE trial_user_attributes SET value_json = '\"x\"' WHERE rowid = 3"
        )
    storage.engine.dispose()
    with pytest.raises(UserError, match="damaged"):
        read_record(asked, tmp_path)
    repair_store(asked, tmp_path)
    assert header_text(asked, tmp_path) == whole
    assert read_record(asked, tmp_path).bits is not None


def test_a_training_that_counts_no_bits_is_told(tmp_path: Path) -> None:
    asked = study(tmp_path / "notes", trainer="unmeasured")
    with pytest.raises(UserError, match="bit statistics cannot be measured"):
        run(asked, folder=tmp_path / "results", executor="inline")
