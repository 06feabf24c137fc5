"""The lock is on the store itself: a file beside it that is deleted lets no second driver in."""

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from dse import run
from dse.mistakes import UserError
from dse.store import database, examine, file_lock, open_store, read_record, read_store
from dse.store.lock import only_driver, running_driver
from dse.store.opening import driver_of
from dse.study import Study, parse_study
from dse.testing.samplers import ONE_ORGANISATION

LOCK = "study.db.x.lock"


@pytest.fixture
def study(tmp_path: Path) -> Study:
    asked = parse_study({
        "name": "x", "space": "homogeneous", "objectives": ["energy_j", "area_m2"],
        "scenario": {"network": "lenet5"},
        "axes": {**ONE_ORGANISATION, "array_rows": 32, "array_cols": [32, 64]},
        "search": {"candidates": 3, "strategy": "joint"},
    }, "x.toml")  # fmt: skip
    run(asked, folder=tmp_path, executor="inline")
    return asked


def appended(folder: Path, asked: Study, number: int = 3) -> None:
    """A driver that stores one candidate more."""
    last = read_record(asked, folder).candidates[-1]
    with open_store(asked, folder) as store:
        store.append(replace(last, number=number))


@pytest.mark.parametrize("how", ["deleted", "replaced", "emptied", "renamed"])
def test_a_second_driver_is_refused_whatever_became_of_the_file_beside(
    study: Study, tmp_path: Path, how: str
) -> None:
    file = tmp_path / "x" / LOCK
    with open_store(study, tmp_path) as store:
        last = store.candidates()[-1]
        match how:
            case "deleted":
                file.unlink()
            case "replaced":
                file.unlink()
                file.write_text("host elsewhere, process 1, since 2026-01-01T00:00:00")
            case "emptied":
                file.write_text("")
            case "renamed":
                file.rename(file.with_name("old"))
        assert driver_of(study, tmp_path) is not None
        with (
            pytest.raises(UserError, match="another driver runs this study"),
            open_store(study, tmp_path),
        ):
            pass
        store.append(replace(last, number=3))
        if how != "emptied":
            told = driver_of(study, tmp_path)
            assert told is not None
            assert told.pid == os.getpid()  # it has said again who it is
    assert driver_of(study, tmp_path) is None
    assert len(read_record(study, tmp_path).candidates) == 4
    assert "bad" not in {found.state for found in examine(study, tmp_path)}


def test_without_locks_a_chain_that_another_has_grown_is_left_whole(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a file system that cannot lock a store, with the file beside it deleted."""
    monkeypatch.setattr(file_lock, "SET", None)
    monkeypatch.setattr(file_lock, "LOOK", None)
    with open_store(study, tmp_path) as store:
        last = store.candidates()[-1]
        (tmp_path / "x" / LOCK).unlink()
        appended(tmp_path, study)
        with pytest.raises(UserError, match="another program has written to study 'x'"):
            store.append(replace(last, number=3))
    assert len(read_record(study, tmp_path).candidates) == 4
    assert "bad" not in {found.state for found in examine(study, tmp_path)}


@pytest.mark.parametrize("ours", [2, 3, 4])
def test_the_chain_must_end_where_its_driver_knows(
    study: Study, tmp_path: Path, ours: int
) -> None:
    """Shorter than known, another candidate of the same number, longer than known."""
    with open_store(study, tmp_path) as store, closing(read_store(study, tmp_path)) as other:
        last = store.candidates()[-1]
        if ours == 2:
            with closing(sqlite3.connect(tmp_path / "x" / "study.db")) as connection:
                connection.execute("DELETE FROM trials WHERE number = 2")
                connection.commit()
        else:
            other.candidates()
            other.append(replace(last, number=3))
            store.candidates()
            if ours == 4:
                other.append(replace(last, number=4))
            else:
                store._head = "0" * 64
        with pytest.raises(UserError, match="another program has written"):
            store.append(replace(last, number=4 if ours != 2 else 3))


def test_two_studies_of_one_file_do_not_shut_each_other_out(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'shared.db'}"
    (tmp_path / "shared.db").touch()
    with only_driver(database, "one"), only_driver(database, "other"):
        for name in ("one", "other"):
            (tmp_path / f"shared.db.{name}.lock").unlink()
            with pytest.raises(UserError, match="another driver"), only_driver(database, name):
                pass
    assert running_driver(database, "one") is None


def test_a_store_made_after_the_lock_is_locked_too(tmp_path: Path) -> None:
    database, file = f"sqlite:///{tmp_path / 'new.db'}", tmp_path / "new.db"
    with only_driver(database, "x") as hold:
        file.touch()
        hold()
        (tmp_path / "new.db.x.lock").unlink()
        with pytest.raises(UserError, match="another driver"), only_driver(database, "x"):
            pass


def test_a_child_that_outlives_its_driver_does_not_hold_the_store(tmp_path: Path) -> None:
    (tmp_path / "x.db").touch()
    database = f"sqlite:///{tmp_path / 'x.db'}"
    reader, writer = os.pipe()
    with only_driver(database, "x"):
        child = os.fork()
        if child == 0:
            os.close(writer)
            os.read(reader, 1)
            os._exit(0)
    try:
        with only_driver(database, "x"):
            pass
    finally:
        os.close(writer)
        os.close(reader)
        os.waitpid(child, 0)


def test_readers_of_the_store_are_not_kept_out(study: Study, tmp_path: Path) -> None:
    code = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], timeout=0);"
        "c.execute('CREATE TABLE notes (x)'); c.execute('DROP TABLE notes'); c.commit()"
    )
    with open_store(study, tmp_path):
        subprocess.run([sys.executable, "-c", code, tmp_path / "x" / "study.db"], check=True)


OTHER = """
import sqlite3, sys, time
c = sqlite3.connect(sys.argv[1], isolation_level=None)
c.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
sys.stdin.readline()
"""


@contextmanager
def another_program(folder: Path) -> "Iterator[subprocess.Popen[str]]":
    """Holds the store's lock until it is told to end."""
    words: list[str | Path] = [sys.executable, "-c", OTHER, folder / "x" / "study.db"]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "locked\n"
        yield other
        if other.poll() is None:
            other.communicate("\n")


def test_a_foreign_lock_is_waited_for_from_the_start_and_told_with_its_holder(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    monkeypatch.setattr("dse.store.database.BRIEF_S", 0.1)
    with another_program(tmp_path) as other:
        monkeypatch.setattr("dse.store.database.time.sleep", lambda _: other.communicate("\n"))
        more = replace(study, search=replace(study.search, candidates=4))
        assert len(run(more, folder=tmp_path, executor="inline").candidates) == 4
    assert "waiting for the database (another program has locked it" in caplog.text
    assert "the database is back" in caplog.text
    if database.LOCKS.exists():
        assert f"process {other.pid}" in caplog.text


def test_a_foreign_lock_that_stays_is_called_a_lock(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dse.store.database.BRIEF_S", 0.1)
    monkeypatch.setattr("dse.store.database.PATIENCE_S", 0.0)
    with another_program(tmp_path), pytest.raises(UserError, match="locked it") as told:
        run(study, folder=tmp_path, executor="inline")
    assert "damaged" not in str(told.value)
    assert "the same command continues" in str(told.value)


@pytest.mark.parametrize("what", ["study.db", LOCK])
def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(
    study: Study, tmp_path: Path, what: str
) -> None:
    file = tmp_path / "x" / what
    file.unlink()
    os.mkfifo(file)
    with told_within(10.0), pytest.raises(UserError, match=what):
        run(study, folder=tmp_path, executor="inline")


@contextmanager
def told_within(seconds: float) -> Iterator[None]:
    """Ends the process of the tests where something hangs, rather than waiting for ever."""
    late = threading.Timer(seconds, os._exit, (1,))
    late.start()
    try:
        yield
    finally:
        late.cancel()
