"""What is kept beside a store is read where it fits, and solved anew where it does not."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from dse import front, run
from dse.mistakes import UserError
from dse.results import fronts, kept
from dse.results.slice_points import Solved
from dse.store import Record, read_record
from dse.study import Study, parse_study
from dse.testing.samplers import ONE_ORGANISATION

RAW = {
    "name": "kept", "space": "homogeneous", "objectives": ["energy_j", "area_m2"],
    "scenario": {"network": "lenet5"},
    "axes": {**ONE_ORGANISATION, "array_rows": [16, 32], "array_cols": [32]},
    "search": {"candidates": 8, "batch": 4, "seed": 1},
}  # fmt: skip


def study() -> Study:
    return parse_study(RAW, "kept.toml")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("finished")
    front(run(study(), folder=folder, executor="inline"))
    return folder


@pytest.fixture
def record(finished: Path, tmp_path: Path) -> Record:
    """Of a copy for each test."""
    shutil.copytree(finished, tmp_path, dirs_exist_ok=True)
    return read_record(study(), tmp_path)


def test_nothing_is_solved_twice(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    before = front(record)
    _ = before.hypervolume, fronts.growth(before)

    def solved(*_: object) -> None:
        raise AssertionError("solved again")

    monkeypatch.setattr(fronts, "slices_of", solved)
    again = front(record)
    assert again.candidates == before.candidates
    assert again.hypervolume == before.hypervolume
    assert fronts.growth(again) == fronts.growth(before)


@pytest.mark.parametrize("damage", ["cut", "changed", "gone", "words"])
def test_what_is_damaged_is_solved_anew(record: Record, damage: str) -> None:
    before = front(record)
    (file,) = (record.folder / kept.FOLDER).glob("points.*.json")
    text = file.read_text()
    match damage:
        case "cut":
            file.write_text(text[: len(text) // 2])
        case "changed":
            file.write_text(text.replace("sram", "mars", 1))
        case "gone":
            file.unlink()
        case _:
            file.write_text("[]")
    assert front(record).candidates == before.candidates


def test_other_candidates_than_the_chains_are_not_kept(record: Record) -> None:
    whole = front(record)
    part = replace(record, candidates=record.candidates[:4])
    assert not front(part).kept.usable
    assert {p.number for p in front(part).candidates} <= {0, 1, 2, 3}
    other = replace(record, study=replace(record.study, constraints=("area_m2 <= 1e-6",)))
    known = kept.Kept(other, other.study.objectives).known(fronts.POINTS, list[Solved])
    assert known is None
    assert whole.kept.usable


def test_a_name_is_found_whatever_the_ranking(record: Record) -> None:
    by_energy, by_time = front(record), front(record, ["time_s"])
    shown = [label for label in by_energy.labels if "-" in label]
    assert shown
    for label in shown:
        point = by_time.named(label)
        assert point.evaluation.design == by_energy.named(label).evaluation.design
        assert by_energy.named(f"#{label}").evaluation == by_energy.named(label).evaluation
    with pytest.raises(UserError, match="candidates 0 to 7"):
        by_energy.named(f"{shown[0]}zzz")
