"""A study goes on only while what its figures depend on has the content it was begun with."""

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dse import front, run
from dse.mistakes import UserError
from dse.store import examine, read_record, read_store
from dse.store.chain import sealed
from dse.store.database import connect
from dse.store.place import Place
from dse.study import Study, parse_study

CELL = """voltage_v,pulse_width_s,error_probability_p_to_ap,error_probability_ap_to_p,energy_j
0.5,5e-9,1e-3,1e-3,{energy}
0.5,2e-8,1e-10,1e-10,4e-13
0.9,5e-9,1e-10,1e-10,3e-13
0.9,2e-8,1e-12,1e-12,6e-13
"""
LAYERS = "Layer, M, N, K\nfirst, 64, {n}, 32\n"
BUILDER = """from sizes import N

def build(batch_size=32):
    from evaluators.networks import network
    return network("lenet5", batch_size)
"""
SAMPLER = """import optuna

def sampler(seed, *_, **__):
    return optuna.samplers.RandomSampler(seed=seed)  # {note}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    yield tmp_path
    for name in ("sizes", "builder"):
        sys.modules.pop(name, None)


def study(goal: int = 3, **scenario: Any) -> Study:
    return parse_study({
        "name": "x", "space": "homogeneous", "objectives": ["energy_j", "area_m2"],
        "scenario": {"network": "lenet5", **scenario}, "axes": {"array_rows": 32,
        "array_cols": [32, 64], "write_voltage_v": 0.9, "pulse_width_s": 2e-8},
        "search": {"candidates": goal, "strategy": "joint"},
    }, "x.toml")  # fmt: skip


def cell(project: Path, turn: int) -> dict[str, Any]:
    (project / "measured.csv").write_text(CELL.format(energy=f"{turn + 1}e-13"))
    return {"cell": "measured.csv", "memory": {"cell_area_f2": 50.0}}


def topology(project: Path, turn: int) -> dict[str, Any]:
    (project / "layers.csv").write_text(LAYERS.format(n=64 << turn))
    return {"network": "layers.csv"}


def code(project: Path, turn: int) -> dict[str, Any]:
    (project / "builder.py").write_text(BUILDER)
    (project / "sizes.py").write_text(f"N = {turn}")
    return {"network": "builder:build"}


KINDS = [cell, topology, code]


@pytest.mark.parametrize("kind", KINDS)
def test_a_changed_file_is_refused_with_the_difference(
    project: Path, kind: Callable[[Path, int], dict[str, Any]]
) -> None:
    results = project / "r"
    told = kind(project, 0)
    run(study(**told), folder=results, executor="inline")
    assert len(run(study(4, **told), folder=results, executor="inline").candidates) == 4
    before = (results / "x" / "study.db").read_bytes()
    told = kind(project, 1)
    operations: list[Callable[[], object]] = [
        lambda: run(study(5, **told), folder=results, executor="inline"),
        lambda: read_record(study(**told), results),
    ]
    for operation in operations:
        with pytest.raises(UserError, match="another content") as refused:
            operation()
        assert "files of study 'x' have changed since it was started" in str(refused.value)
        assert "--reuse" in str(refused.value)
    bad = [found for found in examine(study(**told), results) if found.state == "bad"]
    assert "another content" in bad[0].told
    assert (results / "x" / "study.db").read_bytes() == before
    told = kind(project, 0)
    assert len(run(study(5, **told), folder=results, executor="inline").candidates) == 5


def test_another_place_of_the_same_files_is_no_change(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = topology(project, 0)
    run(study(**told), folder=project / "r", executor="inline")
    shutil.copytree(project, project / "copy")
    monkeypatch.chdir(project / "copy")
    assert len(run(study(4, **told), folder=Path("r"), executor="inline").candidates) == 4


def test_a_store_made_before_takes_the_content_it_finds(project: Path) -> None:
    import optuna

    told, results = topology(project, 0), project / "r"
    run(study(**told), folder=results, executor="inline")
    with closing(read_store(study(**told), results)) as store:
        whole = store.header
    storage = connect(Place(study(), results).url)
    optuna.load_study(study_name="x", storage=storage).set_user_attr(
        "header", sealed(replace(whole, contents=None))
    )
    storage.engine.dispose()
    told = topology(project, 1)
    assert len(read_record(study(**told), results).candidates) == 3
    run(study(4, **told), folder=results, executor="inline")
    told = topology(project, 0)
    with pytest.raises(UserError, match=r"scenario.network layers.csv: another content"):
        run(study(5, **told), folder=results, executor="inline")


TRAINER = """from evaluators.training import RunStatus, TrainingRun
from pathlib import Path

def train(profile, recipe, *, training_seed, **_):
    Path("data").mkdir(exist_ok=True)
    Path("data", "fetched").write_text("x")
    return TrainingRun(status=RunStatus.OK, training_seed=training_seed, accuracy=0.5,
                       chance_accuracy=0.1, loss=0.5)
"""


def test_of_trainings_finished_results_are_read_whatever_became_of_their_files(
    project: Path,
) -> None:
    (project / "fetches.py").write_text(TRAINER)
    told: dict[str, Any] = {
        "training": {"trainer": "fetches:train", "seeds": 1, "data_folder": "data"}
    }
    asked = replace(study(**told), objectives=("energy_j", "accuracy_loss"))
    first = run(asked, folder=project / "r", executor="inline")
    more = replace(asked, search=replace(asked.search, candidates=4))
    run(more, folder=project / "r", executor="inline")  # data that a training fetched itself
    (project / "fetches.py").write_text(TRAINER + "\n")
    assert len(front(read_record(asked, project / "r")).record.candidates) == 4
    with pytest.raises(UserError, match=r"scenario.training code fetches: another content"):
        run(more, folder=project / "r", executor="inline")
    (project / "fetches.py").write_text(TRAINER)
    (project / "data" / "fetched").write_text("y")
    with pytest.raises(UserError, match=r"scenario.training data fetched: another content"):
        run(more, folder=project / "r", executor="inline")
    other = replace(more, name="other")
    again = run(other, folder=project / "r", executor="inline", reuse=first)
    assert all(c.source != "reused" or c.evaluation.training for c in again.candidates)


def test_without_files_of_the_user_nothing_is_asked(project: Path) -> None:
    run(study(), folder=project / "r", executor="inline")
    with closing(read_store(study(), project / "r")) as store:
        assert store.header.contents == {}
