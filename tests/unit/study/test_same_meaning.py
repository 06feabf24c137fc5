"""A study that goes on is compared by what it means; names, paths and counts that mislead."""

import os
import stat
from pathlib import Path
from typing import Any

import pytest

from dse import front, run
from dse.commands.cell import show_cell
from dse.files import write_atomically
from dse.mistakes import UserError
from dse.results import verify
from dse.store import read_record
from dse.study import Study, parse_study
from evaluators.device import Cell

HERE = "tests.unit.study.test_same_meaning"


def climbing() -> Cell:
    from dataclasses import replace

    from evaluators.device.emram_28nm import CELL as SOUND

    return replace(SOUND, name="../../x")


CELL = climbing()


def study(**changes: Any) -> Study:
    raw: dict[str, Any] = {
        "name": "x", "space": "homogeneous", "objectives": ["energy_j", "area_m2"],
        "scenario": {"network": "lenet5"},
        "axes": {"array_rows": [32], "array_cols": 32, "write_voltage_v": 1.0},
        "constraints": ["area_m2<=2e-5", "time_s <= 1"],
        "search": {"strategy": "joint", "candidates": 3, "batch": 3},
    }  # fmt: skip
    return parse_study({**raw, **changes}, "x.toml")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("same")
    run(study(), folder=place, executor="inline")
    return place


@pytest.mark.parametrize(
    "changes",
    [
        {"axes": {"array_rows": 32, "array_cols": [32, 32], "write_voltage_v": [1]}},
        {"constraints": ["area_m2 <= 0.00002", "time_s<=1.0"]},
        {"constraints": ["time_s <= 1e0", "area_m2 <= 20e-6", "area_m2 <= 2e-05"]},
    ],
)
def test_other_spellings_go_on(changes: dict[str, Any], folder: Path) -> None:
    assert len(read_record(study(**changes), folder).candidates) == 3
    assert len(run(study(**changes), folder=folder, executor="inline").candidates) == 3


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"axes": {"array_rows": 64, "array_cols": 32, "write_voltage_v": 1.0}}, "array_rows"),
        ({"constraints": ["area_m2 <= 3e-5", "time_s <= 1"]}, "constraints: stored"),
        ({"constraints": ["area_m2 >= 2e-5", "time_s <= 1"]}, "constraints: stored"),
        ({"constraints": ["time_s <= 1"]}, "constraints: stored"),
    ],
)
def test_other_meanings_are_refused(changes: dict[str, Any], words: str, folder: Path) -> None:
    with pytest.raises(UserError, match=words):
        read_record(study(**changes), folder)


@pytest.mark.parametrize("name", ["trainings", "cells", "arrays", "Trainings"])
def test_folders_of_all_studies_are_no_names(name: str) -> None:
    with pytest.raises(UserError, match="`name` must be none of arrays, cells, trainings"):
        study(name=name)


@pytest.mark.parametrize("url", ["sqlite:///:memory:", "sqlite:////", "sqlite:///?mode=memory"])
def test_a_storage_that_loses_all_is_refused(url: str) -> None:
    with pytest.raises(UserError, match="`storage`"):
        study(storage=url)


@pytest.mark.parametrize("name", ["../../x", f"{HERE}:CELL", "/etc/passwd", "..csv"])
def test_a_cell_writes_nowhere_else(name: str, tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    with pytest.raises(UserError):
        show_cell(name, tmp_path / "results", as_json=False)
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["results"]


@pytest.mark.parametrize(
    "wrong",
    [{"workers": -1}, {"workers": 0}, {"candidates": -5}, {"candidates": 0}, {"workers": True},
     {"candidates": 10**30}, {"workers": 2.5}, {"candidates": "7"}, {"executor": "slurm"}],
)  # fmt: skip
def test_python_checks_what_the_command_line_checks(wrong: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(UserError, match=next(iter(wrong))):
        run(study(), folder=tmp_path, **{"executor": "inline", **wrong})
    assert not list(tmp_path.iterdir())


def test_verify_checks_its_counts(folder: Path) -> None:
    record = read_record(study(), folder)
    for wrong in ({"longer": 0}, {"seeds": -1}, {"workers": 0}):
        with pytest.raises(UserError, match=next(iter(wrong))):
            verify(record, folder=folder, **wrong)


@pytest.mark.parametrize("name", ["9" * 5000, "²", "-1", "1e3", "٣", "x" * 5000])
def test_numbers_that_no_candidate_has(name: str, folder: Path) -> None:
    with pytest.raises(UserError, match="has candidates 0 to 2") as caught:
        front(read_record(study(), folder)).named(name)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("umask", [0o077, 0o022, 0o002])
def test_exports_follow_the_umask(umask: int, tmp_path: Path) -> None:
    before = os.umask(umask)
    try:
        write_atomically(tmp_path / "a.csv", b"x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.csv").stat().st_mode) == 0o666 & ~umask
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv"]


def test_a_folder_that_lies_too_deep_is_told(tmp_path: Path) -> None:
    deep = tmp_path / "/".join(["d" * 100] * 5)
    with pytest.raises(UserError, match="lies too deep: SQLite opens files with paths of at most"):
        run(study(), folder=deep, executor="inline")
    with pytest.raises(UserError, match=r"lies too deep|File name too long"):
        run(study(), folder=tmp_path / ("n" * 300), executor="inline")
    edge = tmp_path
    while len(str(edge)) < 511 - len("/x/.study.db.x.new-journal") - 1:
        edge = edge / ("e" * min(
            100, 511 - len("/x/.study.db.x.new-journal") - len(str(edge)) - 1))  # fmt: skip
    assert run(study(), folder=edge, executor="inline").candidates
