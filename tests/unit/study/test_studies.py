"""Every study of ours opens with its question, is listed, and passes `dse check`."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dse import front, read_study, run
from dse.commands.check import print_check
from dse.commands.study_verbs import app
from dse.results import verdict

ROOT = Path(__file__).parents[3]
STUDIES = ROOT / "studies"


@pytest.mark.parametrize("file", sorted(STUDIES.glob("*.toml")), ids=lambda file: file.stem)
def test_every_study_can_be_read_and_rehearsed(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    text = file.read_text()
    assert text.startswith("# ")
    assert "?" in text.split("\nname = ")[0]
    print_check(read_study(file), as_json=True)
    assert json.loads(capsys.readouterr().out)["rehearsed_designs"] >= 2
    assert f"`{file.name}`" in (STUDIES / "README.md").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["iso_capacity", "iso_area", "my_network"])
def test_the_answers_without_training_are_what_the_studies_say_now(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    record = run(read_study(STUDIES / f"{name}.toml"), folder=tmp_path, executor="inline")
    told = " ".join((STUDIES / "README.md").read_text().split())
    assert verdict(record, front(record).candidates) in told
    if name == "iso_capacity":
        ours, sram = (record.candidates[at].evaluation.energy for at in (1, 0))
        assert ours is not None
        assert sram is not None
        assert f"needs {ours.energy_j / sram.energy_j:.2f}x the energy of all-SRAM" in told


@pytest.mark.soak
def test_the_answer_of_two_levels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    words = ["run", "studies/two_levels.toml", "--executor", "inline", "--folder", str(tmp_path)]
    told = " ".join(CliRunner().invoke(app, words).output.split())
    page = (STUDIES / "README.md").read_text()
    (quoted,) = re.findall(r"- `two_levels\.toml`.*?\n\n", page, re.DOTALL)
    figures = re.findall(r"[\d.]+ (?:mJ|ms|mm²|MiB|KiB)", " ".join(quoted.split()))
    assert len(figures) == 8
    for figure in figures:
        assert figure in told
