"""Code that a study names: left alone by verbs that read, tried elsewhere by those that run."""

import os
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dse.commands.study_verbs import app
from dse.commands.tried import try_study
from dse.mistakes import UserError
from dse.store.lock import only_driver

STUDY = """
name = "{name}"
space = "{space}"
objectives = ["energy_j", "{objective}"]
[scenario]
network = "{network}"
[axes]
array_rows = [32, 64]
array_cols = 32
[search]
strategy = "{strategy}"
sampler = "random"
candidates = 5
batch = 3
"""
MODULE = """
from pathlib import Path
from evaluators.networks.lenet5 import build
from search_spaces.homogeneous import SPACE
from dse.study import energy_objective
EDP = energy_objective("edp", "minimize", lambda f: f["energy_j"] * f["time_s"])
with open({log!r}, "a") as stream:
    stream.write("imported ")
"""


def write(folder: Path, name: str = "x", **changes: str) -> Path:
    told = {"space": "homogeneous", "objective": "area_m2", "network": "lenet5",
            "strategy": "joint", **changes}  # fmt: skip
    (folder / f"{name}.toml").write_text(STUDY.format(name=name, **told))
    return folder / f"{name}.toml"


def told(*words: str | Path) -> tuple[int, str]:
    ended = CliRunner().invoke(app, [str(word) for word in words])
    if isinstance(ended.exception, UserError):
        return 2, str(ended.exception)
    if ended.exception is not None and not isinstance(ended.exception, SystemExit):
        raise ended.exception
    return ended.exit_code, ended.output


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Grows each time that the user's module is imported; this process forgets it."""
    file = tmp_path / "imports.log"
    (tmp_path / "users.py").write_text(MODULE.format(log=str(file)))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return file


def forget(log: Path) -> None:
    from dse.study.objectives import objective

    sys.modules.pop("users", None)
    objective.cache_clear()
    log.unlink(missing_ok=True)


CASES = [
    {"network": "users:build"}, {"objective": "users:EDP"},
    {"network": "users:build", "space": "users:SPACE", "strategy": "nested"},
]  # fmt: skip


@pytest.mark.parametrize("changes", CASES)
def test_verbs_that_read_import_nothing(
    changes: dict[str, str], log: Path, tmp_path: Path
) -> None:
    study = write(tmp_path, **changes)
    code, output = told("run", study, "--executor", "inline")
    assert code == 0, output
    assert "imported" in log.read_text()
    for verb in ("status", "doctor", "front", "show", "report"):
        forget(log)
        code, output = told(verb, study, *(["2"] if verb == "show" else []))
        assert not log.exists(), verb
        if verb in ("status", "doctor"):
            assert code == 0, output
        if code:
            assert "is code of the user's own" in output
            assert f"`dse {verb}` needs it here" in output
            if verb == "front":
                assert told(verb, study, "--user-code")[0] == 0
                assert log.exists()
    status = told("status", study)[1]
    assert "done: 5" in status
    if changes == {"network": "users:build"}:  # what is stored is enough
        assert told("front", study)[0] == 0


def test_no_user_code_refuses_every_dotted_name(log: Path, tmp_path: Path) -> None:
    study = write(tmp_path, network="users:build", space="users:SPACE", objective="users:EDP")
    text = study.read_text().replace('sampler = "random"', 'sampler = "users:SAMPLER"')
    recipe = 'training = { trainer = "users:train", model = "users:m", data = "users:d" }\n[axes]'
    study.write_text(text.replace("[axes]", recipe + '\ntechnology = ["sram", "users:T"]'))
    for verb in ("check", "run"):
        code, output = told(verb, study, "--no-user-code")
        assert code == 2
        for name in ("build", "SPACE", "EDP", "SAMPLER", "train", "m'", "d'"):
            assert f"'users:{name}" in output, name
    study = write(tmp_path)
    study.write_text(study.read_text().replace("[axes]", '[axes]\ntechnology = ["users:T"]'))
    assert "'users:T' is code of the user's own" in told("check", study, "--no-user-code")[1]
    assert not log.exists()
    assert told("check", write(tmp_path), "--no-user-code")[0] == 0


def test_every_verb_leaves_the_users_code_alone_where_asked(log: Path, tmp_path: Path) -> None:
    study, own = write(tmp_path), write(tmp_path, "own", network="users:build")
    assert told("run", study, "--executor", "inline")[0] == 0
    design = tmp_path / "design.toml"
    assert told("show", study, "2", "--design", design)[0] == 0
    design.write_text(design.read_text().replace('"lenet5"', '"users:build"'))
    for verb, *words in (
        ("network", "users:build"),
        ("cell", "users:CELL"),
        ("arrays", own, "--technologies", "users:TECHNOLOGY"),
        ("evaluate", design),
        ("verify", own),
        ("compare", study, write(tmp_path, "objective", objective="users:EDP")),
        ("run", write(tmp_path, "reused"), "--reuse", own, "--executor", "inline"),
    ):
        given = () if verb in ("compare", "run") else ("--no-user-code",)
        code, output = told(verb, *words, *given)
        assert code == 2, verb
        assert not log.exists(), verb
        if verb not in ("compare", "run"):
            assert "is code of the user's own" in output, output


def test_beside_another_driver_none_is_imported(log: Path, tmp_path: Path) -> None:
    storage = f"sqlite:///{tmp_path / 'x.db'}"
    file = write(tmp_path, network="users:build")
    with only_driver(storage, "x"):
        code, output = told("run", file, "--storage", storage, "--folder", tmp_path)
    assert code == 2
    assert f"another driver runs this study: host {os.uname().nodename}" in output
    assert not log.exists()


@pytest.mark.parametrize(
    ("module", "words"),
    [
        ("import os\nos.abort()", "by signal SIGABRT"),
        ("import os\nos._exit(7)", "with exit code 7"),
        ("import os\nos._exit(0)", "with exit code 0"),
        ("import signal\nsignal.pause()", "did not come to an end within 3 s"),
        ("while True: pass", "did not come to an end within 3 s"),
        ("import os, time\nos.fork()\ntime.sleep(60)", "did not come to an end"),
        ("raise RuntimeError('mine')", "RuntimeError: mine"),
        ("import sys\nsys.exit(3)", "SystemExit: 3"),
    ],
)
def test_code_that_ends_or_never_ends_costs_one_message(
    module: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "rude.py").write_text(module)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError) as caught:
        try_study(write(tmp_path, network="rude:build"), limit_s=3.0)
    assert words in str(caught.value)
    assert "rude:build" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("network", ["os:abort", "os:fork", "signal:pause"])
def test_names_of_the_standard_library(network: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=network):
        try_study(write(tmp_path, network=network), limit_s=4.0)
