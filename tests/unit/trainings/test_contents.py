"""A kept training belongs to the content of the code and data it was made from, not to a name."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dse import run
from dse.store import Record
from dse.study import Study, contents, parse_study, user_code
from dse.study.contents import training_contents
from dse.trainings.cache import TrainingCache, task_key
from evaluators.design import ErrorProfile
from evaluators.training import TrainingRecipe, TrainingTask

TRAINER = """
from evaluators.training import RunStatus, TrainingRun
{more}

def train(profile, recipe, *, training_seed, **_):
    return TrainingRun(status=RunStatus.OK, training_seed=training_seed, accuracy={accuracy},
                       chance_accuracy=0.1, loss=0.5)
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder in which `dse` is started; the modules in it are forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield tmp_path
    forget(tmp_path)


def forget(folder: Path) -> None:
    """As a new process, which has imported nothing from a folder."""
    for name, module in [*sys.modules.items()]:
        if Path(getattr(module, "__file__", None) or "/").is_relative_to(folder):
            del sys.modules[name]


def write(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def study(name: str = "x", **training: Any) -> Study:
    return parse_study({
        "name": name, "space": "homogeneous", "objectives": ["energy_j", "accuracy_loss"],
        "scenario": {"network": "lenet5", "training": {"seeds": 1, **training}},
        "axes": {"array_rows": 32, "array_cols": 32},
        "search": {"candidates": 2, "strategy": "joint"},
    }, "x.toml")  # fmt: skip


def accuracy(record: Record) -> float:
    training = record.baseline.evaluation.training
    assert training is not None
    return training.accuracy


def searched(
    folder: Path, results: Path, monkeypatch: pytest.MonkeyPatch, **training: Any
) -> float:
    """The accuracy that a study finds when it is started in a folder of its own."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "path", [*sys.path, str(folder)])
    forget(folder.parent)
    found = accuracy(run(study(folder.name, **training), folder=results, executor="inline"))
    sys.path.remove(str(folder))
    return found


def test_two_projects_with_a_module_of_the_same_name_share_nothing(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, wanted in (("one", 0.8), ("other", 0.1), ("again", 0.8)):
        write(project / name / "my_trainer.py", TRAINER.format(more="", accuracy=wanted))
        found = searched(project / name, project / "r", monkeypatch, trainer="my_trainer:train")
        assert found == wanted
    kept = [*(project / "r" / "trainings").rglob("*.json")]
    assert len(kept) == 2  # the third project's code is the first one's


def test_what_a_module_imports_from_the_project_counts(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, wanted in (("one", 0.8), ("other", 0.1)):
        more = "def value():\n    from my_package import layers\n    return layers.VALUE"
        write(project / name / "my_trainer.py", TRAINER.format(more=more, accuracy="value()"))
        write(project / name / "my_package" / "__init__.py", "")
        write(project / name / "my_package" / "layers.py", "from .deep import VALUE")
        write(project / name / "my_package" / "deep.py", f"VALUE = {wanted}")
        found = searched(project / name, project / "r", monkeypatch, trainer="my_trainer:train")
        assert found == wanted


def test_two_projects_with_a_data_folder_of_the_same_name_share_nothing(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = "float(Path(recipe.data_folder, 'deep', 'value').read_text())"
    code = TRAINER.format(more="from pathlib import Path", accuracy=read)
    for name, wanted in (("one", 0.8), ("other", 0.1)):
        write(project / name / "my_trainer.py", code)
        write(project / name / "data" / "deep" / "value", str(wanted))
        training = {"trainer": "my_trainer:train", "data_folder": "data"}
        assert searched(project / name, project / "r", monkeypatch, **training) == wanted
    write(project / "other" / "data" / "deep" / "value", "0.3")
    training = {"trainer": "my_trainer:train", "data_folder": "data"}
    (project / "fresh").symlink_to(project / "other")
    assert searched(project / "fresh", project / "r", monkeypatch, **training) == 0.3


FORMS = {
    "import": "import helper",
    "import as": "import helper as h",
    "from": "from helper import VALUE",
    "star": "from helper import *",
    "in a function": "def f():\n    import helper",
    "in a branch": "try:\n    import helper\nexcept ImportError:\n    pass",
    "by call": "import importlib\nhelper = importlib.import_module('helper')",
    "by __import__": "helper = __import__('helper')",
    "through another": "import between",
    "of a package": "import package.inner",
    "relative": "from package import outer",
    "in a circle": "import circle",
    "of a folder that is no package": "from spread.deep import inner",
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_every_form_of_import_is_followed_and_none_is_run(project: Path, form: str) -> None:
    stop = "raise SystemExit('it was run')\n"
    write(project / "my_model.py", f"{stop}{form}\n")
    write(project / "spread" / "deep" / "inner.py", f"{stop}import helper")
    write(project / "between.py", f"{stop}import helper")
    write(project / "circle.py", f"{stop}import my_model, helper")
    write(project / "package" / "__init__.py", stop)
    write(project / "package" / "inner.py", f"{stop}from .. import nothing\nimport helper")
    write(project / "package" / "outer.py", f"{stop}from .inner import x")
    write(project / "helper.py", f"{stop}VALUE = 1")
    recipe = TrainingRecipe(model="my_model:build", data="digits")
    before = training_contents(recipe)
    assert "scenario.training code helper" in before
    assert training_contents(recipe) == before
    write(project / "helper.py", f"{stop}VALUE = 2")
    after = training_contents(recipe)
    assert [key for key in after if after[key] != before[key]] == ["scenario.training code helper"]


def test_only_what_is_imported_counts(project: Path) -> None:
    write(project / "my_model.py", "import torch, numpy.linalg, evaluators.training, json")
    write(project / "neighbour.py", "")
    recipe = TrainingRecipe(model="my_model:build", data="digits")
    assert set(training_contents(recipe)) == {"scenario.training code my_model"}


def test_a_source_that_cannot_be_parsed_is_known_by_its_bytes(project: Path) -> None:
    recipe, found = TrainingRecipe(trainer="my_model:f"), []
    for content in (b"def f(:", b"\xff\xfe", b"x = 1\x00", b"(" * 9000):
        (project / "my_model.py").write_bytes(content)
        found.append(training_contents(recipe)["scenario.training code my_model"])
    assert len(set(found)) == 4


def test_a_module_of_the_user_never_stands_for_one_of_the_standard_library(project: Path) -> None:
    write(project / "random.py", "VALUE = 1")
    write(project / "my_model.py", "import random")
    assert list(user_code.sources(["my_model:f"])) == ["my_model"]


def task(**recipe: Any) -> TrainingTask:
    return TrainingTask(
        profile=ErrorProfile.none(8), recipe=TrainingRecipe(**recipe), number_format="int8",
        study_seed=0, training_seed=0,
    )  # fmt: skip


def test_without_code_or_data_of_the_user_the_key_is_the_old_one(project: Path) -> None:
    write(project / "data" / "unrelated.csv", "1")
    for data in ("digits", "fashion_mnist", "mnist", "cifar10"):
        contents_here = training_contents(TrainingRecipe(data=data))
        assert contents_here == {}
        cache = TrainingCache(project, contents_here)
        assert cache.key(task(data=data)) == task_key(task(data=data))


def test_files_of_a_set_of_ours_count_wherever_they_lie(project: Path) -> None:
    recipe = TrainingRecipe(data="mnist")
    raw = project / "data" / "MNIST" / "raw"
    write(raw / "train-images-idx3-ubyte", "a")
    before = training_contents(recipe)
    assert set(before) == {"scenario.training data MNIST/raw/train-images-idx3-ubyte"}
    write(raw / "train-images-idx3-ubyte", "b")
    write(raw / "another", "c")
    assert training_contents(recipe).keys() == before.keys()
    assert training_contents(recipe) != before


def test_a_copy_of_data_is_the_same_data(project: Path) -> None:
    trainer: dict[str, Any] = {"trainer": "nowhere:train"}
    for folder in ("one", "other"):
        write(project / folder / "a.bin", "a")
        write(project / folder / ".cache" / "x", folder)
    told = [training_contents(TrainingRecipe(data_folder=f, **trainer)) for f in ("one", "other")]
    assert told[0] == told[1]
    assert told[0] != {}


def test_results_within_the_data_are_no_data(project: Path) -> None:
    recipe = TrainingRecipe(trainer="nowhere:train", data_folder=".")
    write(project / "a", "a")
    before = training_contents(recipe, project / "results")
    write(project / "results" / "trainings" / "x.json", "x")
    assert training_contents(recipe, project / "results") == before


def test_much_data_is_known_by_size_and_ends(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contents, "WHOLE_BYTES", 0)
    monkeypatch.setattr(contents, "END_BYTES", 2)
    recipe = TrainingRecipe(trainer="nowhere:train", data_folder="d")
    found = []
    for text in ("abcdefgh", "abcdefgx", "abxxefgh", "xbcdefgh", "abcdefghi"):
        write(project / "d" / "big", text)
        found.append(next(iter(training_contents(recipe).values())))
    assert found[2] == found[0]  # the middle of much data is not read
    assert len(set(found)) == 4
    monkeypatch.setattr(contents, "MOST_ENTRIES", 1)
    write(project / "d" / "second", "")
    assert list(training_contents(recipe)) == ["scenario.training data, 2 files"]


def test_a_file_is_read_once_by_a_process(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(project / "a", "x")
    first = contents.file_digest(file)
    monkeypatch.setattr("dse.study.contents.hashlib.sha256", None)
    assert contents.file_digest(file) == first
