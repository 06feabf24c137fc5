"""What leads into the program: a study to begin with, its schema, what it may name, its log."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from dse import __version__, read_study
from dse.commands import logs
from dse.commands.names import KINDS, SAMPLERS, STUDIES, rows_of
from dse.commands.study_verbs import app
from dse.mistakes import UserError
from dse.study import SAMPLERS as KNOWN_SAMPLERS
from dse.study import examples

ROOT = Path(__file__).parents[3]


def dse(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.mark.parametrize("name", examples.questions())
def test_a_study_to_begin_with_is_read_in_an_empty_folder(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = dse("init", name)
    assert told.exit_code == 0, told.output
    assert f"dse run {name}.toml" in told.output
    assert "studies." not in (tmp_path / f"{name}.toml").read_text().partition("[scenario]")[2]
    if name == "my_network":
        assert (tmp_path / "my_network.py").is_file()
        return  # imported as the repository's own elsewhere
    assert read_study(tmp_path / f"{name}.toml").name == name


def test_files_that_are_there_stay(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("mine")
    told = dse("init", "quickstart", "-o", file)
    assert isinstance(told.exception, UserError)
    assert "is there already" in str(told.exception)
    assert file.read_text() == "mine"
    assert dse("init", "quickstart", "-o", file, "--force").exit_code == 0
    assert read_study(file).name == "quickstart"
    assert "did you mean 'quickstart'" in str(dse("init", "quickstar").exception)


@pytest.mark.parametrize("kind", [*KINDS, STUDIES])
def test_a_list_says_what_its_names_are(kind: str) -> None:
    rows = rows_of(kind)
    assert all(row["meaning"] or row["source"] for row in rows)
    printed = dse("list", kind).output
    assert all(row["name"] in printed for row in rows)
    assert json.loads(dse("list", kind, "--json").output) == rows


def test_lists_know_units_directions_and_every_sampler() -> None:
    known = {row["name"]: row for row in rows_of("objectives")}
    assert known["lifetime_s"]["direction"] == "maximize"
    assert known["area_m2"]["unit"] == "mm²"
    assert set(SAMPLERS) == set(KNOWN_SAMPLERS)
    with pytest.raises(UserError, match="did you mean 'networks'"):
        rows_of("network")


def test_version_and_completion() -> None:
    assert dse("--version").output == f"mram-dse {__version__}\n"
    assert "complete" in dse("--show-completion", "bash").output.lower()


@pytest.fixture
def shown() -> Iterator[None]:
    with logs.notes_shown():
        yield


@pytest.mark.usefixtures("shown")
def test_what_is_said_follows_the_options(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def told(**options: Any) -> str:
        logs.choose(**{"quiet": False, "verbose": 0, "log_file": None, **options})
        for level in (logging.DEBUG, logging.INFO, logging.WARNING):
            logging.getLogger("dse.search").log(level, "at %s", logging.getLevelName(level))
        return capsys.readouterr().err

    assert told() == "at WARNING\n"
    assert told(verbose=1) == "at INFO\nat WARNING\n"
    assert told(verbose=3).startswith("at DEBUG\n")
    file = tmp_path / "dse.log"
    assert told(quiet=True, log_file=file) == ""
    assert logs.quiet()
    logging.getLogger("dse").debug("postgresql://me:secret@host/db")
    kept = file.read_text()
    assert "DEBUG dse.search: at DEBUG" in kept
    assert "secret" not in kept


@pytest.mark.usefixtures("shown")
def test_a_log_that_cannot_be_kept_is_refused(tmp_path: Path) -> None:
    told = dse("--log-file", tmp_path / "none" / "dse.log", "list", "cells")
    assert "cannot be written" in str(told.exception)
    assert "exclude each other" in str(dse("-q", "-v", "list", "cells").exception)


DATA = ROOT / "tests" / "unit" / "memories" / "data"


def test_arrays_of_another_tool_become_a_file_that_a_study_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from evaluators.memories import technology
    from evaluators.memories.other_tools import read_arrays

    monkeypatch.syspath_prepend(str(tmp_path))
    file = tmp_path / "own_stt_import.py"
    told = dse("import", DATA / "nvmexplorer_stt.csv", "--row", "best_case", "-o", file,
               "--error-probability", "1e-6")  # fmt: skip
    assert told.exit_code == 0, told.output
    found = technology("own_stt_import:TECHNOLOGY")
    wanted = read_arrays([DATA / "nvmexplorer_stt.csv"], "own_stt_import", row="best_case",
                         error_probability=1e-6)  # fmt: skip
    assert (found.arrays, found.fixed_write) == (wanted.arrays, wanted.fixed_write)
    assert found.label == "own_stt_import"
    assert "one cell" in str(dse("import", DATA / "nvmexplorer_stt.csv", "-o", file).exception)
    assert "FILE.py" in str(dse("import", DATA / "nvsim_rram_2mb.txt", "-o", "a.txt").exception)
