"""A front that is trained again keeps what holds."""

from dataclasses import replace
from pathlib import Path

import pytest

from dse import run
from dse.commands.verify import lines, named_designs, print_verified
from dse.mistakes import UserError
from dse.results import Point, front, verify
from dse.results.verification import selected, table, verified_front
from dse.results.verified import Verified, verification
from dse.study import Study, parse_study
from dse.testing.samplers import ONE_ORGANISATION
from evaluators.evaluate import Status


def study(*objectives: str) -> Study:
    return parse_study(
        {
            "name": "x", "space": "homogeneous", "objectives": list(objectives),
            "scenario": {"network": "lenet5",
                         "training": {"data": "digits", "steps": 20, "seeds": 2}},
            "axes": {**ONE_ORGANISATION, "array_rows": [32], "array_cols": [32],
                     "activation_capacity_bytes": [2**20], "weight_capacity_bytes": [2**20],
                     "error_capacity_bytes": [2**20]},
            "search": {"candidates": 8, "batch": 4, "seed": 1},
        },
        "x.toml",
    )  # fmt: skip


def test_the_front_is_trained_longer_with_more_seeds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = run(study("energy_j", "accuracy_loss"), folder=tmp_path, executor="inline")
    found = verify(record, folder=tmp_path, longer=2, executor="inline")
    assert len(found) >= 1
    for verified in found:
        assert verified.again.training is not None
        assert len(verified.again.training.runs) == 3
        assert verified.again.energy == verified.candidate.evaluation.energy
    before = {file: file.stat().st_mtime_ns for file in tmp_path.glob("trainings/*/*.json")}
    again = verify(record, folder=tmp_path, longer=2, executor="inline")
    assert table(record, again).equals(table(record, found))
    assert before == {f: f.stat().st_mtime_ns for f in tmp_path.glob("trainings/*/*.json")}
    recipe, kept_again = verification(front(record))
    assert recipe is not None
    assert (recipe.steps, recipe.seeds) == (40, 3)
    told = [[(v.candidate.label, v.again) for v in each] for each in (kept_again, found)]
    assert told[0] == told[1]
    print_verified(record, found, as_json=False)
    printed = capsys.readouterr().out
    assert "designs hold" in printed
    head, *rows = lines(found)
    assert "points lost before" in head
    assert all(row in printed and len(row) <= 80 for row in (head, *rows))
    assert len(rows) == len({v.candidate.evaluation.profile for v in found})
    assert sum(int(row.split()[1]) for row in rows) == len(found)
    assert (record.folder / "verified.csv").exists()
    kept = {v.candidate.number for v in found if v.holds} | {0}
    assert {c.number for c in verified_front(record, found).candidates} <= kept


def test_what_collapses_is_struck(tmp_path: Path) -> None:
    record = run(study("energy_j", "accuracy_loss"), folder=tmp_path, executor="inline")
    candidate = Point.of(record.candidates[1])
    training = candidate.evaluation.training
    assert training is not None
    steady = Verified(candidate=candidate, again=candidate.evaluation)
    assert steady.holds
    worse = replace(training, accuracy_loss=training.accuracy_loss + 0.5)
    lost = replace(candidate.evaluation, training=worse)
    assert not Verified(candidate=candidate, again=lost).holds
    gone = replace(candidate.evaluation, status=Status.DIVERGED)
    assert not Verified(candidate=candidate, again=gone).holds


def test_a_study_without_training_has_nothing_to_verify(tmp_path: Path) -> None:
    record = run(study("energy_j", "area_m2"), folder=tmp_path, executor="inline")
    with pytest.raises(UserError, match="trains nothing"):
        verify(record, folder=tmp_path, executor="inline")


def test_chosen_designs_are_verified_and_the_others_kept(tmp_path: Path) -> None:
    record = run(study("energy_j", "accuracy_loss"), folder=tmp_path, executor="inline")
    best = front(record)
    numbers = list(dict.fromkeys(c.number for c in best.candidates))
    assert selected(best, [numbers[0]]) == tuple(
        c for c in best.candidates if c.number == numbers[0]
    )
    with pytest.raises(UserError, match="takes numbers of the front"):
        selected(best, [999])
    assert named_designs(record, [str(numbers[0]), "chosen"])[0] == str(numbers[0])
    assert set(named_designs(record, ["chosen"])) <= set(best.labels)
    assert selected(best, [best.labels[-1]]) == (best.candidates[-1],)
    for name in ("999", "all", "-1"):
        with pytest.raises(UserError, match="--designs"):
            named_designs(record, [name])
    for number in numbers[:2]:
        found = verify(record, folder=tmp_path, designs=[number], longer=1, executor="inline")
        print_verified(record, found, as_json=True)
    rows = (record.folder / "verified.csv").read_text().splitlines()[1:]
    assert {int(row.split(",")[0]) for row in rows} == set(numbers[:2])
    assert {v.candidate.number for v in verification(best)[1]} == set(numbers[:2])
    (record.folder / "verified.json").write_text("{")
    assert verification(best) == (None, [])
