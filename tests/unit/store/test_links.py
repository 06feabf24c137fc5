"""A store is read once; a look that follows reads what is new, and what was altered is found."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from dse import run
from dse.mistakes import UserError
from dse.results import Observer
from dse.store import read_store
from dse.store.links import Links
from dse.study import Study, parse_study


def study(candidates: int) -> Study:
    raw: dict[str, Any] = {
        "name": "x", "space": "homogeneous", "objectives": ["energy_j", "area_m2"],
        "scenario": {"network": "lenet5"},
        "search": {"strategy": "joint", "sampler": "random", "candidates": candidates, "batch": 4},
    }  # fmt: skip
    return parse_study(raw, "x.toml")


def test_watching_reads_what_is_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    after = Links.after

    def counted(self: Links, first: int) -> Any:
        found = after(self, first)
        asked.append(len(found))
        return found

    run(study(6), folder=tmp_path, executor="inline")
    monkeypatch.setattr(Links, "after", counted)
    observer = Observer(study(10), tmp_path)
    assert observer.look().done == 6
    assert asked == [6]
    assert observer.look().done == 6
    assert asked == [6]
    monkeypatch.setattr(Links, "after", after)
    run(study(10), folder=tmp_path, executor="inline")
    monkeypatch.setattr(Links, "after", counted)
    looked = observer.look()
    assert (looked.done, looked.ok, asked) == (10, 10, [6, 4])
    assert looked == Observer(study(10), tmp_path).look()


@pytest.mark.parametrize("together", [1, 3, 4, 2000])
def test_links_in_parts_are_the_whole_chain(
    together: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = run(study(10), folder=tmp_path, executor="inline")
    monkeypatch.setattr("dse.store.links.TOGETHER", together)
    with closing(read_store(study(10), tmp_path)) as store:
        assert tuple(store.candidates()) == record.candidates
        assert len(store.durations()) == 10
    file = tmp_path / "x" / "study.db"
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE trials SET state = 'RUNNING' WHERE number = 7")
    wrong = pytest.raises(UserError, match="candidate 7 is not there as it was written")
    with closing(read_store(study(10), tmp_path)) as store, wrong:
        store.candidates()


def test_a_store_that_was_made_anew_is_read_anew(tmp_path: Path) -> None:
    run(study(10), folder=tmp_path, executor="inline")
    observer = Observer(study(10), tmp_path)
    assert observer.look().done == 10
    with closing(sqlite3.connect(tmp_path / "x" / "study.db")) as database, database:
        database.execute("DELETE FROM trial_user_attributes WHERE trial_id > 4")
        database.execute("DELETE FROM trials WHERE number > 3")
    assert observer.look().done == 4
