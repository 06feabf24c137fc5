"""Folders that cannot be used are told in one line, where possible before the first evaluation."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from dse.mistakes import UserError
from dse.store import examine
from tests.crashes.tools.brief import continued, forked, read, study, study_file, warm
from tests.crashes.tools.driver import dse, ended, run, trainings, wait_until
from tests.crashes.tools.driver import study_file as slow_study_file

NOBODY = 65534


@pytest.fixture(scope="module", autouse=True)
def _warm() -> None:
    """The other user may not be allowed to read the interpreter's packages."""
    warm()


def as_another(*words: str | Path) -> tuple[int, str]:
    """The command line by a user whom modes bind: root's process gives its rights up."""

    def leave() -> None:
        if os.getuid() == 0:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)

    return forked(words, leave)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter and write to; those of pytest are its own user's."""
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o777)
        yield Path(made)


def one_line(told: tuple[int, str], *words: str) -> None:
    code, errors = told
    assert code == 2, errors
    assert len(errors.strip().splitlines()) == 1, errors
    for word in words:
        assert word in errors


def test_a_read_only_folder(open_folder: Path) -> None:
    file = study_file(open_folder)
    results = open_folder / "results"
    results.mkdir(mode=0o555)
    told = as_another("run", file, "--folder", results, "--executor", "inline")
    one_line(told, str(results), "Permission denied", "--folder")
    assert [*results.iterdir()] == []


def test_results_of_another_owner(open_folder: Path) -> None:
    """They may be looked at; a run is refused before it evaluates."""
    if os.getuid() != 0:
        pytest.skip("needs root to make files of another owner")
    file = study_file(open_folder, candidates=6)
    results = open_folder / "results"
    wanted = continued(study(open_folder, candidates=6), results)
    words = (file, "--folder", results)
    for folder in (results, results / "brief", results / "trainings"):
        folder.chmod(0o777)
    one_line(as_another("run", *words, "--executor", "inline"), "lock", "Permission denied")
    (results / "brief" / "study.db.brief.lock").unlink()
    one_line(as_another("run", *words, "--executor", "inline"), "study.db", "belongs to root")
    assert as_another("status", *words) == (0, "")
    (results / "brief" / "study.db").chmod(0o600)
    one_line(as_another("status", *words), "study.db", "Permission denied")
    (results / "brief").chmod(0o700)
    one_line(as_another("status", *words), "study.db", "Permission denied")
    assert read(study(open_folder, candidates=6), results) == wanted
    (results / "brief").chmod(0o777)
    (results / "brief" / "study.db").unlink()
    (results / "trainings").chmod(0o755)
    one_line(as_another("run", *words, "--executor", "inline"), "trainings", "no permission")


@pytest.mark.parametrize("name", ["not there yet/at all", "with spaces, ünïcode 雪 & 100%#'"])
def test_any_name_will_do(tmp_path: Path, name: str) -> None:
    held = study(tmp_path / name, candidates=4)
    wanted = continued(held, tmp_path / name / "results")
    assert read(held, tmp_path / name / "results") == wanted
    assert (tmp_path / name / "results" / "brief" / "study.db").exists()
    file = tmp_path / name / "brief.toml"
    ended(dse("run", file, "--executor", "inline", "--folder", tmp_path / name / "results"))


ODD = ["a%41", "what?", "{name}", "a@b", "a#b", "a;b&c=d", "%", "a+b", ":memory:", "~"]
"""What means something within a URL, or to those who read one."""


@pytest.mark.parametrize("name", ODD)
def test_a_name_is_taken_as_it_is(tmp_path: Path, name: str) -> None:
    results = tmp_path / name
    wanted = continued(study(tmp_path, candidates=3), results)
    assert read(study(tmp_path, candidates=3), results) == wanted
    assert (results / "brief" / "study.db").is_file()
    assert "bad" not in {found.state for found in examine(study(tmp_path, candidates=3), results)}
    assert {entry.name for entry in tmp_path.iterdir()} == {"brief.toml", name}


def test_a_file_in_the_place_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "results").write_text("mine")
    with pytest.raises(UserError, match="cannot be written") as told:
        continued(study(tmp_path), tmp_path / "results")
    assert len(str(told.value).splitlines()) == 1
    assert (tmp_path / "results").read_text() == "mine"


def test_a_folder_that_is_deleted_in_mid_run(tmp_path: Path) -> None:
    file = slow_study_file(tmp_path, trainer="slow")
    driver = run(file, tmp_path / "results")
    wait_until(lambda: len(trainings(tmp_path / "results")) > 3, driver)
    wait_until((tmp_path / "results" / "brief" / "study.db").exists, driver)
    shutil.rmtree(tmp_path / "results", ignore_errors=True)
    _, told = ended(driver, 2)
    assert len(told.strip().splitlines()) == 1
    assert "results" in told


def test_a_missing_folder_has_nothing_to_show(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no results in .* yet; `dse run` starts it"):
        read(study(tmp_path), tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()
