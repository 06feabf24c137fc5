"""Every study of ours opens with its question, is listed, and passes `dse check`."""

import json
from pathlib import Path

import pytest

from dse.check import print_check
from dse.study import read_study

ROOT = Path(__file__).parents[2]
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
