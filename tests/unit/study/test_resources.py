"""What a training may take: read from the study, and what of it decides a result."""

import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dse.commands.check import print_check
from dse.mistakes import StudyError, UserError
from dse.study import Resources, parse_study
from dse.trainings import make_executor, shipping
from dse.trainings.cache import task_key
from dse.trainings.shipping import shipped
from dse.trainings.trainer import trainings
from evaluators.design import ErrorProfile
from evaluators.training import TrainingRecipe, TrainingTask, run_task

STUDY: dict[str, Any] = {
    "name": "x", "space": "heterogeneous", "objectives": ["energy_j"],
    "scenario": {"network": "lenet5"},
}  # fmt: skip


def read(**workers: Any) -> Any:
    return parse_study({**STUDY, "workers": workers}, "x.toml")


@pytest.mark.parametrize(
    ("workers", "words"),
    [
        ({"cpus": 0}, "`workers.cpus` must be in [1, 1024], got 0"),
        ({"memory_bytes": 2_000}, "`workers.memory_bytes` must be 0, no limit, or at least 268"),
        ({"memory_byte": 2**30}, "is not a key (did you mean 'memory_bytes'?)"),
        ({"gpus": -1.0}, "`workers.gpus` must be in [0, 1024], got -1.0"),
    ],
)
def test_a_mistake_is_told_with_what_is_allowed(workers: dict[str, Any], words: str) -> None:
    with pytest.raises(StudyError) as caught:
        read(**workers)
    assert words in str(caught.value)


def test_limits_change_no_study_and_threads_do() -> None:
    plain = parse_study(STUDY, "x.toml").fingerprint()
    assert read(memory_bytes=2**30, gpus=0.5).fingerprint() == plain
    slow = {"network": "lenet5", "training": {"time_limit_s": 5.0}}
    assert parse_study({**STUDY, "scenario": slow}, "x.toml").fingerprint() == plain
    assert read(cpus=2).fingerprint() != plain


def task(threads: int = 1, **recipe: Any) -> TrainingTask:
    return TrainingTask(
        profile=ErrorProfile.none(8), recipe=TrainingRecipe(data="digits", **recipe),
        number_format="int8", study_seed=0, training_seed=0, threads=threads,
    )  # fmt: skip


def test_limits_change_no_training_and_threads_do() -> None:
    assert task_key(task(time_limit_s=5.0)) == task_key(task())
    assert task_key(task(threads=2)) != task_key(task())


def test_a_task_trains_with_its_threads() -> None:
    import torch

    try:
        run_task(task(threads=2, steps=1))
        assert torch.get_num_threads() == 2
        run_task(task(steps=1))
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(1)


def test_gpus_and_addresses_go_with_ray() -> None:
    study = read(gpus=1.0)
    with pytest.raises(UserError, match=r"`workers.gpus` = 1 are handed out by Ray"):
        make_executor("processes", 1, None, study=study)
    with pytest.raises(UserError, match="--ray joins a cluster"):
        make_executor("inline", 1, "auto")


def test_only_what_a_training_needs_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = {
        Path(place).name for place in shipped(TrainingRecipe(), Path("r"), tmp_path)["py_modules"]
    }
    assert ours == {"dse", "evaluators", "search_spaces"}
    monkeypatch.setattr(shipping, "is_installed", lambda place: "users" not in str(place))
    assert shipped(TrainingRecipe(), tmp_path / "r", tmp_path) == {}
    (tmp_path / "users_own.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    recipe = replace(TrainingRecipe(), model="users_own:build")
    with (tmp_path / "big").open("wb") as big:
        big.truncate(shipping.BIG_FILE_BYTES + 1)
    found = shipped(recipe, tmp_path / "r", tmp_path)
    assert found["working_dir"] == str(tmp_path)
    assert {"/big", "/r", "*.toml"} <= {e.rstrip("/") for e in found["excludes"]}
    monkeypatch.setattr(shipping, "SHIPPED_AT_MOST_BYTES", 10)
    (tmp_path / "small").write_text("more than ten bytes")
    with pytest.raises(UserError, match="would be sent to every node"):
        shipped(recipe, tmp_path / "r", tmp_path)


def test_a_worker_needs_some_memory() -> None:
    assert Resources(memory_bytes=0).memory_bytes == 0
    with pytest.raises(ValueError, match="or at least"):
        Resources(memory_bytes=1)


@pytest.mark.parametrize(
    ("gpus", "training", "device"),
    [
        (0.0, {}, "cpu"),
        (0.5, {}, "auto"),
        (0.0, {"device": "cuda"}, "cuda"),
        (1.0, {"device": "cuda"}, "cuda"),
        (1.0, {"trainer": "mine:train"}, "cpu"),
    ],
)
def test_a_training_takes_the_gpu_that_is_reserved_for_it(
    gpus: float, training: dict[str, str], device: str, tmp_path: Path
) -> None:
    raw = {**STUDY, "objectives": ["energy_j", "accuracy_loss"],
           "scenario": {"network": "lenet5", "training": training}}  # fmt: skip
    study = parse_study({**raw, "workers": {"gpus": gpus}}, "x.toml")
    with closing(trainings(study, study.scenario, tmp_path)) as trainer:
        assert trainer.first_task().recipe.device == device
    same = study.fingerprint() == parse_study(raw, "x.toml").fingerprint()
    assert same == (device == parse_study(raw, "x.toml").recipe.device)


def test_a_training_that_would_be_ended_is_told_before(capsys: pytest.CaptureFixture[str]) -> None:
    def told(**training: Any) -> dict[str, Any]:
        scenario = {"network": "lenet5", "training": {"data": "digits", **training}}
        axes, search = {"array_rows": 32, "array_cols": 32}, {"candidates": 4}
        raw = {**STUDY, "objectives": ["accuracy_loss"], "scenario": scenario, "axes": axes}
        raw |= {"search": search}
        print_check(parse_study(raw, "x.toml"), as_json=True)
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    large, small = told(model="resnet18", steps=2000), told(steps=2000)
    assert large["training_s"] > 60 * small["training_s"]
    assert "longer than `scenario.training.time_limit_s` = 600: raise it" in large["warnings"][0]
    assert small["warnings"] == []
    assert told(model="resnet18", steps=2000, time_limit_s=2000.0)["warnings"] == []
