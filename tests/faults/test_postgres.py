"""PostgreSQL: the same tables, a server that goes away, and no password anywhere."""

import signal
import time
from pathlib import Path

import pytest

from dse.masking import without_password
from tests.faults.driver import dse, ended, run, study_file, table, trained
from tests.faults.postgres import PASSWORD, Server


@pytest.mark.parametrize("away_s", [4.0, pytest.param(20.0, marks=pytest.mark.soak)])
def test_a_driver_waits_for_its_server(
    postgres: Server, undisturbed: bytes, away_s: float, tmp_path: Path
) -> None:
    file = study_file(tmp_path, storage=postgres.fresh(f"away{away_s:g}"), trainer="slow")
    driver = run(file, tmp_path)
    trained(driver, tmp_path, 11)
    postgres.stop()
    time.sleep(away_s)
    postgres.start()
    _, told = ended(driver)
    assert told.count("waiting for the database") == 1
    assert table(file, tmp_path) == undisturbed


def test_kill_and_resume(postgres: Server, undisturbed: bytes, tmp_path: Path) -> None:
    file = study_file(tmp_path, storage=postgres.fresh("killed"), trainer="slow")
    driver = run(file, tmp_path)
    trained(driver, tmp_path, 9)
    driver.send_signal(signal.SIGKILL)
    driver.communicate()
    outputs = [*ended(run(file, tmp_path))]
    assert table(file, tmp_path) == undisturbed
    for verb in (("status",), ("show",), ("report",)):
        number = ("2",) if verb == ("show",) else ()
        outputs += ended(dse(*verb, file, *number, "--folder", tmp_path))
    assert PASSWORD not in "".join(outputs)
    kept = [f for f in tmp_path.rglob("*") if f.is_file() and f != file]
    assert len(kept) > 10
    assert [f for f in kept if PASSWORD.encode() in f.read_bytes()] == []


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"password": "wrong-" + PASSWORD}, "password authentication failed"),
        ({"database": "no_such"}, 'database "no_such" does not exist'),
    ],
)
def test_a_refusal_is_one_line(
    postgres: Server, wrong: dict[str, str], words: str, tmp_path: Path
) -> None:
    file = study_file(tmp_path, storage=postgres.url(**wrong))
    _, told = ended(run(file, tmp_path), 2)
    assert words in told
    assert PASSWORD not in told
    assert len(told.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (f"postgresql://me:{PASSWORD}@127.0.0.1:1/x", "Connection refused"),
        (f"postgresql://me:{PASSWORD}@127.0.0.1:port/x", "no URL of the form"),
        (f"mysql://me:{PASSWORD}@127.0.0.1/x", "must be sqlite:///FILE or postgresql"),
    ],
)
def test_a_url_that_cannot_be_used_is_one_line(url: str, words: str, tmp_path: Path) -> None:
    file = study_file(tmp_path, storage=url)
    _, told = ended(run(file, tmp_path), 2)
    assert words in told
    assert PASSWORD not in told
    assert len(told.strip().splitlines()) == 1


def test_a_password_in_the_query_is_hidden() -> None:
    shown = without_password(f"postgresql+psycopg://me@host/x?password={PASSWORD}")
    assert PASSWORD not in shown
