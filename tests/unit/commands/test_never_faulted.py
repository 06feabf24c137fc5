"""A model whose layers are hardly faulted: every executor and every verb says so."""

import json
from pathlib import Path

import pytest
from rich.console import Console

from dse import front, read_study, run
from dse.commands.check import print_check
from dse.commands.show import print_candidate, print_summary
from dse.report import write_report

CASE = Path(__file__).parents[2] / "cases" / "22-training-warning-lost"
WARNED = "the parameters of GRU (4032 of 4362 parameters, 92 %) are never faulted"


@pytest.mark.parametrize("executor", ["inline", "processes"])
def test_layers_that_are_never_faulted_are_told(
    executor: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.syspath_prepend(str(CASE))
    study = read_study(CASE / "gru.toml")
    print_check(study, as_json=False)
    assert f"warning: {WARNED}" in capsys.readouterr().out
    print_check(study, as_json=True)
    checked = json.loads(capsys.readouterr().out)
    assert checked["warnings"][0].startswith(WARNED)
    assert checked["unfaulted_share"] == pytest.approx(4032 / 4362)

    best = front(run(study, folder=tmp_path, executor=executor, workers=1, candidates=3))
    console = Console(width=200)
    print_summary(console, best)
    assert f"warning: {WARNED}" in capsys.readouterr().out
    print_candidate(console, best, best.candidates[0])
    assert f"warning: {WARNED}" in capsys.readouterr().out
    page = tmp_path / "report.html"
    write_report(best, page)
    assert WARNED in page.read_text()
