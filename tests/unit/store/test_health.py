"""What is told as a damaged store: damage, and neither our own mistakes nor another's lock."""

import logging
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dse import run
from dse.commands.logs import notes_shown
from dse.mistakes import UserError
from dse.store import examine, open_store, read_record, repair_store
from dse.study import Study, parse_study

RAW: dict[str, Any] = {
    "name": "x", "space": "homogeneous", "objectives": ["energy_j", "area_m2"],
    "scenario": {"network": "lenet5"},
    "axes": {"array_rows": 32, "array_cols": [32, 64]}, "search": {"candidates": 3},
}  # fmt: skip


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("finished")
    run(parse_study(RAW, "x.toml"), folder=folder, executor="inline")
    return folder


@pytest.fixture
def study(finished: Path, tmp_path: Path) -> Study:
    """Its results lie in `tmp_path`, a copy for each test."""
    shutil.copytree(finished, tmp_path, dirs_exist_ok=True)
    return parse_study(RAW, "x.toml")


def raising(error: Exception) -> Any:
    def raises(*_: Any, **__: Any) -> Any:
        raise error

    return raises


@contextmanager
def locked(folder: Path) -> Iterator[sqlite3.Connection]:
    """Another program's exclusive lock."""
    other = sqlite3.connect(folder / "x" / "study.db", isolation_level=None)
    with closing(other):
        other.execute("BEGIN EXCLUSIVE")
        yield other


MISTAKES = [AttributeError("ours"), KeyError("ours"), AssertionError("ours"), TypeError("ours"),
            ImportError("ours"), IndexError("ours")]  # fmt: skip


@pytest.mark.parametrize("error", MISTAKES, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize(
    "where", ["dse.store.chain.loads_as", "dse.store.store.unlinked", "dse.store.links._link"]
)
def test_our_own_mistake_is_not_told_as_damage(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, where: str
) -> None:
    monkeypatch.setattr(where, raising(error))
    with pytest.raises(type(error), match="ours"):
        read_record(study, tmp_path)
    with pytest.raises(type(error), match="ours"):
        repair_store(study, tmp_path)
    assert not list(tmp_path.rglob("*.damaged-*"))


@pytest.mark.parametrize("error", MISTAKES, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("where", ["constraints.excesses", "distributions.inside"])
def test_our_own_mistake_while_writing_is_not_told_as_damage(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, where: str
) -> None:
    candidate = read_record(study, tmp_path).candidates[-1]
    monkeypatch.setattr(f"dse.store.store.{where}", raising(error))
    with open_store(study, tmp_path) as store, pytest.raises(type(error), match="ours"):
        store.append(replace(candidate, number=candidate.number + 1))


ATTRIBUTES = "optuna.storages.RDBStorage.get_study_user_attrs"


@pytest.mark.parametrize("error", MISTAKES[:4], ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("where", [ATTRIBUTES, "optuna.load_study"])
def test_what_optuna_raises_on_damaged_rows_is_told_as_damage(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, where: str
) -> None:
    monkeypatch.setattr(where, raising(error))
    with pytest.raises(UserError, match="is damaged, or no study store"):
        read_record(study, tmp_path)


def test_a_locked_file_is_not_told_as_damage_nor_repaired(study: Study, tmp_path: Path) -> None:
    with locked(tmp_path):
        before = (tmp_path / "x" / "study.db").read_bytes()
        with pytest.raises(UserError, match="locked") as told:
            read_record(study, tmp_path)
        assert "damaged" not in str(told.value)
        assert "--repair" not in str(told.value)
        (bad,) = [f for f in examine(study, tmp_path) if f.state == "bad"]
        assert "damaged" not in bad.told
        with pytest.raises(UserError, match="locked"):
            repair_store(study, tmp_path)
    assert (tmp_path / "x" / "study.db").read_bytes() == before
    assert not list(tmp_path.rglob("*.damaged-*"))
    assert read_record(study, tmp_path).candidates


def test_what_a_waiting_driver_says_is_shown_bare(capsys: pytest.CaptureFixture[str]) -> None:
    notes = logging.getLogger("dse.store.database")
    with notes_shown():
        notes.warning("the database is back")
    assert capsys.readouterr().err == "the database is back\n"


def test_a_driver_waits_for_a_lock_to_be_given_back(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    candidate = read_record(study, tmp_path).candidates[-1]
    more = replace(candidate, number=candidate.number + 1)
    with open_store(study, tmp_path) as store:
        store.candidates()
        with locked(tmp_path) as other:
            monkeypatch.setattr(
                "dse.store.database.time.sleep",
                lambda _: other.in_transaction and other.execute("COMMIT"),
            )
            store.append(more)
    assert "waiting for the database" in caplog.text
    assert len(read_record(study, tmp_path).candidates) == more.number + 1
