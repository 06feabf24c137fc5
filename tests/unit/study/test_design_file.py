"""A design that is written is read back and scores the same."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dse import Front, Record, front, run
from dse.commands.study_verbs import app
from dse.mistakes import StudyError, UserError
from dse.study import DesignFile, parse_study
from dse.study.design_file import read_design, write_design
from evaluators.accelerator import AcceleratorOptions
from evaluators.device.llc_fast import CELL
from evaluators.evaluate import score
from evaluators.memories import MemoryOptions

STUDY = """# Which?
name = "written"
space = "split_bits"
objectives = ["energy_j", "area_m2"]
scenario = { network = "lenet5", roadmap = "LOP" }

[axes]
array_rows = [32]
array_cols = [32, 64]
activation_capacity_bytes = [4194304]
weight_capacity_bytes = [4194304]
error_capacity_bytes = [4194304]

[search]
candidates = 12
batch = 6
population = 6
seed = 3
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("written") / "written.toml"
    file.write_text(STUDY)
    return file


@pytest.fixture(scope="module")
def best(study: Path) -> Front:
    import tomllib

    record: Record = run(
        parse_study(tomllib.loads(STUDY), "x"), folder=study.parent, executor="inline"
    )
    return front(record)


@pytest.mark.parametrize("ending", ["toml", "json"])
def test_every_candidate_is_read_back_as_it_was(best: Front, tmp_path: Path, ending: str) -> None:
    scenario = replace(
        best.record.study.scenario, cell=CELL, memory=MemoryOptions(gate=0.0, cell_area_f2=60.0),
        accelerator=AcceleratorOptions(branches=False),
    )  # fmt: skip
    for candidate in best.record.candidates:
        written = DesignFile(scenario=scenario, design=candidate.evaluation.design, seed=7)
        write_design(written, tmp_path / f"design.{ending}")
        assert read_design(tmp_path / f"design.{ending}") == written


@pytest.mark.parametrize("ending", ["toml", "json"])
def test_show_writes_what_evaluate_scores_alike(
    study: Path, best: Front, tmp_path: Path, ending: str
) -> None:
    label = next(name for name in best.labels if "-" in name)
    file = tmp_path / f"design.{ending}"
    folder = ["--folder", str(study.parent)]
    told = CliRunner().invoke(app, ["show", str(study), label, "--design", str(file), *folder])
    assert told.exit_code == 0, told.output
    found = read_design(file)
    (scored,) = score([found.design], found.scenario)
    assert scored.energy == best.named(label).evaluation.energy


def test_labels_name_each_design_of_the_front(best: Front) -> None:
    assert len(set(best.labels)) == len(best.candidates)
    for label, candidate in zip(best.labels, best.candidates, strict=True):
        assert best.named(label) is candidate
        assert label.split("-")[0] == str(candidate.number)
    assert best.named("0") is best.record.baseline
    for wrong in ("99", "-1", "x", "0.9", "3-zzzz"):
        with pytest.raises(UserError, match="candidates 0 to 11"):
            best.named(wrong)


def test_wrong_files_are_the_users_mistake(best: Front, tmp_path: Path) -> None:
    design = DesignFile(
        scenario=best.record.study.scenario, design=best.record.baseline.evaluation.design
    )
    with pytest.raises(UserError, match=r"FILE\.toml or FILE\.json"):
        write_design(design, tmp_path / "design.yaml")
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(StudyError, match="no JSON"):
        read_design(tmp_path / "bad.json")
    (tmp_path / "odd.json").write_text(json.dumps({"design": {}, "scenario": {"netwrok": 1}}))
    with pytest.raises(StudyError, match="netwrok"):
        read_design(tmp_path / "odd.json")
