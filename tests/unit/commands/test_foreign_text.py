"""Text that is not ours is printed as text by every verb: no markup, escape, emoji, formula."""

import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from dse import front, run
from dse.commands.study_verbs import app
from dse.masking import csv_cell, markdown_cell, shown
from dse.mistakes import UserError
from dse.results import export
from dse.study import Objective, parse_study
from evaluators.evaluate import Evaluation
from evaluators.training import RunStatus, TrainingRun

HERE = "tests.unit.commands.test_foreign_text"
EVIL = "=HYPERLINK(1) [/x] [red]a[/red] :boom: \x1b[31mred\x1b[0m \x07 \u202e | <b>b</b>\nnext"
FOLDER = "res[/x][red]:boom:\x1b[31m"
SEEN = re.compile(r"\x1b|\x07|\u202e")


def _evil(evaluation: Evaluation) -> float:
    if evaluation.design.array.rows == 16:
        raise RuntimeError(EVIL)
    return float(evaluation.design.array.rows)


def trainer(profile: Any, recipe: Any, **told: Any) -> TrainingRun:
    """Always as good."""
    del profile, recipe
    return TrainingRun(status=RunStatus.OK, training_seed=told["training_seed"], accuracy=0.9,
                       chance_accuracy=0.1, loss=0.5)  # fmt: skip


ODD = Objective(name="odd", direction="minimize", of=_evil)

STUDY: dict[str, Any] = {
    "name": "x", "space": "homogeneous", "objectives": ["energy_j", f"{HERE}:ODD"],
    "scenario": {"network": "lenet5", "training": {"trainer": f"{HERE}:trainer", "seeds": 1}},
    "axes": {"array_rows": [16, 32, 64], "array_cols": 32},
    "search": {"strategy": "joint", "sampler": "random", "candidates": 9, "batch": 3},
}  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of evil name with a finished study."""
    import tomli_w

    folder = tmp_path_factory.mktemp("evil") / FOLDER
    for part in ("top[", "cell["):
        (folder / part).mkdir(parents=True)
    (folder / "x.toml").write_text(tomli_w.dumps(STUDY))
    lines = ["Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, "
             "Num Filter, Strides,", "Conv[/x]:boom:\x1b[31m,34,34,3,3,16,32,1,"]  # fmt: skip
    (folder / "top[/x]\x1b.csv").write_text("\n".join(lines))
    rows = ["voltage_v,pulse_width_s,error_probability_p_to_ap,error_probability_ap_to_p,energy_j"]
    rows += [f"{v},{t},1e-10,1e-10,1e-13" for v in (0.8, 1.0) for t in (5e-9, 10e-9)]
    (folder / "cell[/x]\x1b:boom:.csv").write_text("\n".join(rows))
    run(parse_study(STUDY, "x.toml"), folder=folder, executor="inline")
    return folder


def failed(home: Path) -> str:
    found = front(run(parse_study(STUDY, "x.toml"), folder=home, executor="inline"))
    return next(str(c.number) for c in found.record.candidates if c.evaluation.reason)


@pytest.mark.parametrize(
    "verb",
    ["check", "run", "status", "front", "front --all", "show", "report", "doctor", "compare",
     "verify", "evaluate", "cell", "arrays", "network"],
)  # fmt: skip
def test_every_verb_prints_text_as_text(verb: str, home: Path) -> None:
    study, results = str(home / "x.toml"), ["--folder", str(home)]
    name, *more = verb.split()
    words = {
        "check": [study], "run": [study, *results, "--executor", "inline"],
        "status": [study, *results], "front": [study, *results, *more],
        "show": [study, failed(home), *results], "report": [study, *results],
        "doctor": [study, *results], "compare": [study, study, *results],
        "verify": [study, *results, "--designs", "[/x]\x1b:boom:"],
        "evaluate": [str(home / "none[/x].toml")],
        "cell": [str(home / "cell[/x]\x1b:boom:.csv"), *results],
        "arrays": [study, *results], "network": [str(home / "top[/x]\x1b.csv"), "--layers"],
    }  # fmt: skip
    ended = CliRunner().invoke(app, [name, *words[name]])
    assert ended.exception is None or isinstance(ended.exception, UserError | SystemExit)
    assert not SEEN.search(ended.output)
    whole = ended.output.replace("\n", "")
    if name in ("show", "network", "cell") or verb == "front --all":
        assert "[/x]" in whole
        assert ":boom:" in whole
        assert "\\x1b" in whole


def test_refusals_are_printed_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    from dse.commands.main import _refused

    with pytest.raises(SystemExit):
        _refused(f"study {EVIL!s} \ud800")
    told = capsys.readouterr().err
    assert not SEEN.search(told)
    assert "[red]a[/red] :boom: \\x1b[31mred" in told
    assert "\\ud800" in told


def test_nothing_else_prints() -> None:
    folder = Path(__file__).parents[3] / "dse"
    wrong = re.compile(r"(?<![\w.])print\(|typer\.echo|(?<!class Plain\()\bConsole\(")
    found = [f"{file.name}: {line}" for file in folder.rglob("*.py") if file.name != "printing.py"
             for line in file.read_text().splitlines() if wrong.search(line)]  # fmt: skip
    assert found == []


def test_files_obey_nothing(home: Path, tmp_path: Path) -> None:
    found = front(run(parse_study(STUDY, "x.toml"), folder=home, executor="inline"))
    table = found.whole_table
    table.loc[0, "reason"] = EVIL
    table.loc[1, "reason"] = "+1 | a [link](javascript:x) <img>\nrow"
    table.loc[2, "source"] = "-2"
    export(table, {"csv": tmp_path / "a.csv", "md": tmp_path / "a.md"})
    cells = pd.read_csv(tmp_path / "a.csv", dtype=str, keep_default_na=False)
    assert not any(cell.startswith(("=", "+", "-", "@")) for name in ("reason", "source")
                   for cell in cells[name])  # fmt: skip
    assert not SEEN.search((tmp_path / "a.csv").read_text())
    lines = (tmp_path / "a.md").read_text().splitlines()
    bars = {len(re.findall(r"(?<!\\)\|", line)) for line in lines}
    assert len(bars) == 1
    assert len(lines) == len(table) + 2
    assert not re.search(r"<b>|<img>|(?<!\\)\[link", "\n".join(lines))


@pytest.mark.parametrize(
    ("text", "plain", "csv", "markdown"),
    [
        ("a b", "a b", "a b", "a b"),
        ("@x", "@x", "'@x", "@x"),
        ("  =1", "  =1", "'  =1", "=1"),
        ("-1", "-1", "'-1", "-1"),
        ("\t=1", "\t=1", "'\t=1", "=1"),
        ("a\rb", "a\\rb", "a\\rb", "a\\\\rb"),
        ("naïve 文字 🎉", "naïve 文字 🎉", "naïve 文字 🎉", "naïve 文字 🎉"),
        ("\x9b31m\u2066", "\\x9b31m\\u2066", "\\x9b31m\\u2066", "\\\\x9b31m\\\\u2066"),
    ],
)
def test_each_place_of_a_text(text: str, plain: str, csv: str, markdown: str) -> None:
    assert (shown(text), csv_cell(text), markdown_cell(text)) == (plain, csv, markdown)
    assert json.loads(json.dumps(text)) == text
