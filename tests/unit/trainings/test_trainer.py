"""The trainings of a study: what the trainer is given, whoever asks for them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dse import run
from dse.mistakes import UserError
from dse.results import verify
from dse.store import examine
from dse.study import Resources, Study, parse_study
from dse.testing.samplers import ONE_ORGANISATION
from dse.trainings import executors
from dse.trainings.processes import Processes
from evaluators.training import RunStatus, TrainingRun

CPUS = 2


class Given:
    """Stands for our own trainer: notes what each training is given."""

    def __init__(self) -> None:
        self.trainings: list[tuple[int, int, bool]] = []
        """Threads, steps, whether it was fault-free."""

    def __call__(self, profile: Any, recipe: Any, *, threads: int, **told: Any) -> TrainingRun:
        self.trainings.append((threads, recipe.steps, profile.error_free))
        worst = max(rate for _, errors in profile for rate in (*errors.to_one, *errors.to_zero))
        shares = dict.fromkeys(("activation", "weight", "error"), 0.25)
        return TrainingRun(
            status=RunStatus.OK, training_seed=told["training_seed"], chance_accuracy=0.1,
            accuracy=0.9 - 0.5 * min(worst, 1.0), loss=0.5, ones_share=shares,
            changed_share=shares,
        )  # fmt: skip


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Given:
    stub = Given()
    monkeypatch.setattr("evaluators.training.run.train", stub)
    return stub


def study(statistics: str = "given", **changes: Any) -> Study:
    return parse_study({
        "name": "x", "space": "heterogeneous", "objectives": ["energy_j", "accuracy_loss"],
        "scenario": {"network": "lenet5", "memory": {"bit_statistics": statistics},
                     "training": {"data": "digits", "steps": 20, "seeds": 1}},
        "axes": {**ONE_ORGANISATION, "array_rows": 32, "array_cols": [32, 64]},
        "search": {"candidates": 4, "batch": 2, "population": 2},
        "workers": {"cpus": CPUS}, **changes,
    }, "x.toml")  # fmt: skip


def test_every_training_of_a_study_has_as_many_threads_as_cpus(
    given: Given, tmp_path: Path
) -> None:
    record = run(study(), folder=tmp_path, executor="inline")
    searched = len(given.trainings)
    assert searched > 1
    verify(record, folder=tmp_path, longer=2, executor="inline")
    assert {steps for _, steps, _ in given.trainings[searched:]} == {40}
    assert {threads for threads, _, _ in given.trainings} == {CPUS}


def test_doctor_looks_for_the_trainings_that_were_run(given: Given, tmp_path: Path) -> None:
    run(study(), folder=tmp_path, executor="inline")
    (found,) = [f for f in examine(study(), tmp_path) if f.what == "trainings"]
    assert found.state == "sound", found.told
    gpus = replace(study(), workers=replace(study().workers, gpus=1.0))  # only Ray has them
    (found,) = [f for f in examine(gpus, tmp_path) if f.what == "store"]
    assert "device: stored 'nothing', now 'auto'" in found.told or "'cpu'" in found.told, (
        found.told
    )
    files = list((tmp_path / "trainings").rglob("*.json"))
    files[0].write_text("{}")
    (found,) = [f for f in examine(study(), tmp_path) if f.what == "trainings"]
    assert (found.state, str(files[0]) in found.told) == ("bad", True)


def test_with_measured_bits_the_fault_free_run_is_trained_once(
    given: Given, tmp_path: Path
) -> None:
    run(study("measured"), folder=tmp_path, executor="inline")
    assert [told for told in given.trainings if told[2]] == [(CPUS, 20, True)]


def test_threads_are_part_of_what_a_training_is(given: Given, tmp_path: Path) -> None:
    """Two studies of one folder that differ by their threads share no training."""
    run(study(), folder=tmp_path, executor="inline")
    before = len(given.trainings)
    one = replace(study(), name="y", workers=replace(study().workers, cpus=1))
    run(one, folder=tmp_path, executor="inline")
    assert {threads for threads, _, _ in given.trainings[before:]} == {1}
    assert len(given.trainings) == 2 * before


def test_without_ray_a_machine_trains_in_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executors, "find_spec", lambda name: None)
    made = executors.make_executor("ray", 1, None)
    assert isinstance(made, Processes)
    made.close()
    with pytest.raises(UserError, match=r"a cluster needs Ray.*pip install 'mram-dse\[ray\]'"):
        executors.check_executor("ray", Resources(), "auto")
    with pytest.raises(UserError, match=r"`workers.gpus` needs Ray"):
        executors.check_executor("ray", Resources(gpus=1.0), None)
