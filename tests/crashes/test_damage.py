"""A damaged store is never believed: refused in one line, or repaired with a copy kept."""

import json
import random
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from dse.mistakes import UserError
from dse.store import examine, read_store, repair_store
from dse.store.lock import only_driver
from dse.store.place import Place
from tests.crashes.tools.brief import Undisturbed, continued, read, study
from tests.crashes.tools.driver import dse, ended, wait_until
from tests.crashes.tools.postgres import Server

HEADER_BYTES = 100


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    return Undisturbed(tmp_path_factory.mktemp("sound"))


def refused(sound: Undisturbed, folder: Path) -> str:
    """Why the store is refused, in one line; nothing where it shows exactly what it should."""
    try:
        assert read(sound.study, folder) == sound.wanted
        return ""
    except UserError as error:
        told = str(error)
    assert str(folder / "brief" / "study.db") in told
    assert "dse doctor STUDY --repair" in told
    assert len(told.splitlines()) == 1
    assert len(told) < 700
    return told


def mended(sound: Undisturbed, folder: Path) -> None:
    """A refused store is refused to a run too, repaired with a copy, and ends as it should."""
    store = folder / "brief" / "study.db"
    before = store.read_bytes()
    with pytest.raises(UserError, match="dse doctor STUDY --repair"):
        continued(sound.study, folder)
    assert store.read_bytes() == before
    told = repair_store(sound.study, folder).told
    assert "candidates saved" in told
    assert store.with_name("study.db.damaged-1").read_bytes() == before
    assert {finding.state for finding in examine(sound.study, folder)} <= {"sound", "note"} or (
        told.startswith("0 candidates")
    )
    assert continued(sound.study, folder) == sound.wanted
    assert read(sound.study, folder) == sound.wanted


def never_wrong(
    sound: Undisturbed, tmp_path: Path, damage: Callable[[random.Random, bytearray], None],
    count: int, *, mend_every: int,
) -> dict[str, int]:  # fmt: skip
    """Damage copies of a whole store; each is shown as it was, or refused and mended."""
    told = {"same": 0, "refused": 0, "mended": 0}
    for seed in range(count):
        store = bytearray(sound.store)
        damage(random.Random(seed), store)
        folder = sound.copied(tmp_path / str(seed), bytes(store))
        if not refused(sound, folder):
            told["same"] += 1
            assert continued(sound.study, folder) == sound.wanted
        else:
            told["refused"] += 1
            if told["refused"] % mend_every == 1:
                mended(sound, folder)
                told["mended"] += 1
        shutil.rmtree(folder)
    print(told)
    return told


def flip(chance: random.Random, store: bytearray) -> None:
    bit = chance.randrange(8 * len(store))
    store[bit // 8] ^= 1 << bit % 8


def flip_header(chance: random.Random, store: bytearray) -> None:
    bit = chance.randrange(8 * HEADER_BYTES)
    store[bit // 8] ^= 1 << bit % 8


def truncate(chance: random.Random, store: bytearray) -> None:
    del store[chance.randrange(len(store)) :]


def mutate_header(chance: random.Random, store: bytearray) -> None:
    for _ in range(chance.randint(1, 8)):
        store[chance.randrange(HEADER_BYTES)] = chance.randrange(256)


@pytest.mark.parametrize(
    ("damage", "count"),
    [
        (flip, 40),
        (flip_header, 20),
        (truncate, 25),
        (mutate_header, 20),
        pytest.param(flip, 900, marks=pytest.mark.soak, id="flip-soak"),
        pytest.param(flip_header, 100, marks=pytest.mark.soak, id="flip_header-soak"),
        pytest.param(truncate, 500, marks=pytest.mark.soak, id="truncate-soak"),
        pytest.param(mutate_header, 200, marks=pytest.mark.soak, id="mutate_header-soak"),
    ],
)
def test_no_wrong_value_is_ever_shown(
    sound: Undisturbed,
    tmp_path: Path,
    damage: Callable[[random.Random, bytearray], None],
    count: int,
) -> None:
    told = never_wrong(sound, tmp_path, damage, count, mend_every=8 if count < 100 else 4)
    assert told["refused"] > count // 10
    assert told["mended"] > 0
    if damage is truncate:
        assert told["same"] == 0


TAMPERED = {
    "a lost last row of a pair": "DELETE FROM trial_user_attributes WHERE key = 'sha256' "
    "AND trial_id = 20",
    "a lost trial": "DELETE FROM trials WHERE number = 7",
    "a lost first trial": "DELETE FROM trials WHERE number = 0",
    "a state": "UPDATE trials SET state = 'RUNNING' WHERE number = 7",
    "a last state": "UPDATE trials SET state = 'WAITING' WHERE number = 19",
    "a doubled trial": "INSERT INTO trials (number, study_id, state) VALUES (20, 1, 'COMPLETE')",
    "a doubled number": "UPDATE trials SET number = 6 WHERE number = 7",
    "two trials swapped": "UPDATE trials SET number = 15 - number WHERE number IN (7, 8)",
    "records swapped": "UPDATE trial_user_attributes SET value_json = (SELECT b.value_json "
    "FROM trial_user_attributes b WHERE b.trial_id = 17 - trial_user_attributes.trial_id "
    "AND b.key = trial_user_attributes.key) WHERE trial_id IN (8, 9)",
    "rows of a lost last trial": "DELETE FROM trials WHERE number = 19",
    "a record": "UPDATE trial_user_attributes SET value_json = replace(value_json, '0.5', '0.4') "
    "WHERE key = 'record' AND trial_id = 3",
    "a time": "UPDATE trial_user_attributes SET value_json = "
    "replace(value_json, '_at\\\": \\\"20', '_at\\\": \\\"21') "
    "WHERE key = 'record' AND trial_id = 3",
    "a header": "UPDATE study_user_attributes SET value_json = replace(value_json, '64', '65')",
    "a lost header": "DELETE FROM study_user_attributes",
    "another start": "INSERT INTO study_user_attributes (study_id, key, value_json) "
    "VALUES (1, 'reused', '\"[]\"')",
}


@pytest.mark.parametrize("sql", TAMPERED.values(), ids=TAMPERED.keys())
def test_a_change_that_leaves_a_sound_database_is_found(
    sound: Undisturbed, tmp_path: Path, sql: str
) -> None:
    folder = sound.copied(tmp_path / "r")
    changed(folder, sql)
    assert refused(sound, folder)
    mended(sound, folder)


def changed(folder: Path, sql: str) -> None:
    with closing(sqlite3.connect(folder / "brief" / "study.db")) as connection:
        assert connection.execute(sql).rowcount > 0
        connection.commit()


ROWS = {
    "value": "UPDATE trial_values SET value = value * 2 WHERE trial_id = 5",
    "parameter": "UPDATE trial_params SET param_value = 1 - param_value WHERE trial_id = 5",
    "state": "UPDATE trials SET state = 'FAIL' WHERE trial_id = 5",
}


@pytest.mark.parametrize("sql", ROWS.values(), ids=ROWS.keys())
def test_rows_that_only_the_dashboard_shows_are_not_used_but_found_and_mended(
    sound: Undisturbed, tmp_path: Path, sql: str
) -> None:
    folder = sound.copied(tmp_path / "r")
    changed(folder, sql)
    assert read(sound.study, folder) == sound.wanted
    bad = [found for found in examine(sound.study, folder) if found.state == "bad"]
    assert [found.what for found in bad] == ["dashboard"]
    assert "20 candidates saved" in repair_store(sound.study, folder).told
    assert "bad" not in {found.state for found in examine(sound.study, folder)}
    assert read(sound.study, folder) == sound.wanted


def test_when_a_candidate_was_stored_is_vouched_for(sound: Undisturbed, tmp_path: Path) -> None:
    folder = sound.copied(tmp_path / "r")
    before = finished_at(sound, folder)
    changed(folder, "UPDATE trials SET datetime_complete = '2001-01-01 00:00:00'")
    assert finished_at(sound, folder) == before
    assert before == sorted(before)


def finished_at(sound: Undisturbed, folder: Path) -> list[tuple[str, float]]:
    with closing(read_store(sound.study, folder)) as store:
        return [(stored.stored_at, stored.driver_s) for stored in store.stored()]


def test_a_lost_tail_costs_its_evaluations_alone(sound: Undisturbed, tmp_path: Path) -> None:
    """A store that ends early is one of a shorter run, which is what it is taken for."""
    folder = sound.copied(tmp_path / "r")
    for table in ("trial_user_attributes", "trial_params", "trial_values", "trials"):
        changed(folder, f"DELETE FROM {table} WHERE trial_id > 12")
    assert read(sound.study, folder) == sound.wanted[:12]
    assert continued(sound.study, folder) == sound.wanted


def test_another_form_is_refused_and_never_replaced(sound: Undisturbed, tmp_path: Path) -> None:
    folder = sound.copied(tmp_path / "r")
    changed(folder, "UPDATE study_user_attributes SET key = 'schema', value_json = '2'")
    before = (folder / "brief" / "study.db").read_bytes()
    for operation in (read, continued, repair_store):
        with pytest.raises(UserError, match="stored in form 2, and this version reads form 3"):
            operation(sound.study, folder)
    assert (folder / "brief" / "study.db").read_bytes() == before


def test_a_foreign_database_is_left_as_it_is(sound: Undisturbed, tmp_path: Path) -> None:
    folder = tmp_path / "r"
    (folder / "brief").mkdir(parents=True)
    file = folder / "brief" / "study.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE accounts (name TEXT)")
    before = file.read_bytes()
    for operation in (read, continued):
        with pytest.raises(UserError, match="no study store"):
            operation(sound.study, folder)
    assert file.read_bytes() == before


def test_a_repair_spares_the_other_studies_of_a_file(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'shared.db'}"
    first = study(tmp_path / "a", candidates=4, storage=url)
    file = tmp_path / "a" / "brief.toml"
    continued(first, tmp_path)
    with closing(sqlite3.connect(tmp_path / "shared.db")) as connection:
        connection.execute("INSERT INTO studies (study_name) VALUES ('another')")
        connection.execute("UPDATE trials SET state = 'RUNNING' WHERE number = 2")
        connection.commit()
    before = (tmp_path / "shared.db").read_bytes()
    with pytest.raises(UserError, match="also holds 'another'"):
        repair_store(first, tmp_path)
    assert (tmp_path / "shared.db").read_bytes() == before
    assert file.exists()


def test_no_repair_beside_a_driver(sound: Undisturbed, tmp_path: Path) -> None:
    folder = sound.copied(tmp_path / "r", sound.store[:9000])
    with (
        only_driver(Place(sound.study, folder).url, "brief"),
        pytest.raises(UserError, match="another driver runs this study"),
    ):
        repair_store(sound.study, folder)


def test_copies_of_a_damaged_store_are_never_overwritten(
    sound: Undisturbed, tmp_path: Path
) -> None:
    folder = sound.copied(tmp_path / "r", sound.store[:9000])
    store = folder / "brief" / "study.db"
    repair_store(sound.study, folder)
    store.write_bytes(b"second")
    repair_store(sound.study, folder)
    kept = [store.with_name(f"study.db.damaged-{i}").read_bytes() for i in (1, 2)]
    assert kept == [sound.store[:9000], b"second"]


def test_the_command_line_tells_it_in_one_line(sound: Undisturbed, tmp_path: Path) -> None:
    """Refused by every verb that reads or runs; the doctor says so and repairs."""
    store = bytearray(sound.store)
    place = sound.store.rindex(b'\\"accuracy\\": 0.')
    store[place + 16] ^= 1
    folder = sound.copied(tmp_path / "r", bytes(store))
    words = (sound.file, "--folder", folder)
    for verb in (("run", "--executor", "inline"), ("status",)):
        _, told = ended(dse(verb[0], *words, *verb[1:]), 2)
        assert "checksum" in told
        assert len(told.strip().splitlines()) == 1
    out, _ = ended(dse("doctor", *words, "--json"), 2)
    assert json.loads(out)["sound"] is False
    out, _ = ended(dse("doctor", *words, "--repair"))
    assert "damaged-1" in out
    assert continued(sound.study, folder) == sound.wanted


def test_a_damaged_training_is_found_and_never_used(sound: Undisturbed, tmp_path: Path) -> None:
    folder = sound.copied(tmp_path / "r")
    file = sorted((folder / "trainings").rglob("*.json"))[0]
    text = file.read_text()
    file.unlink()  # the copy is a link
    file.write_text(text.replace("0.1", "0.2", 1))
    (found,) = [f for f in examine(sound.study, folder) if f.state == "bad"]
    assert found.what == "trainings"
    assert str(file) in found.told
    assert "nothing changed" in repair_store(sound.study, folder).told
    (folder / "brief" / "study.db").unlink()
    assert continued(sound.study, folder) == sound.wanted


def test_the_doctor_checks_a_server_too(postgres: Server, tmp_path: Path) -> None:
    import psycopg

    url = postgres.fresh("doctor")
    held = study(tmp_path, candidates=6, storage=url)
    continued(held, tmp_path)
    assert {found.state for found in examine(held, tmp_path)} == {"sound"}
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE trials SET state = 'FAIL' WHERE number = 4")
        assert [f.what for f in examine(held, tmp_path) if f.state == "bad"] == ["dashboard"]
        connection.execute("UPDATE trials SET number = 9 WHERE number = 5")
    (bad,) = [found for found in examine(held, tmp_path) if found.state == "bad"]
    assert "candidate 5 is not there" in bad.told
    assert "backup" in bad.told
    with pytest.raises(UserError, match="restore it from a backup"):
        repair_store(held, tmp_path)


@pytest.mark.parametrize(
    ("drivers", "each"), [(1, 2), pytest.param(5, 10, marks=pytest.mark.soak)]
)
def test_copies_of_a_live_store_open_and_resume(tmp_path: Path, drivers: int, each: int) -> None:
    """Store and journal as they are at one moment, as a crash would leave them."""
    sound = Undisturbed(tmp_path / "sound", candidates=60)
    chance = random.Random(drivers)
    journals = 0
    for turn in range(drivers):
        live = tmp_path / f"live{turn}"
        driver = dse("run", sound.file, "--folder", live, "--executor", "inline")
        wait_until((live / "brief" / "study.db").exists, driver)
        copies = []
        for number in range(each):
            time.sleep(chance.uniform(0.0, 0.1))
            driver.send_signal(signal.SIGSTOP)
            copies.append(tmp_path / f"copy{turn}-{number}")
            shutil.copytree(live, copies[-1])
            driver.send_signal(signal.SIGCONT)
        driver.communicate()
        for copy in copies:
            journals += (copy / "brief" / "study.db-journal").exists()
            assert continued(sound.study, copy) == sound.wanted
            assert read(sound.study, copy) == sound.wanted
            shutil.rmtree(copy)
    print("with a journal:", journals)
