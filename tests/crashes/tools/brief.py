"""A study of milliseconds inside this process, and its results as text."""

import hashlib
import io
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from dse import front, run
from dse.commands.front import finish
from dse.commands.main import main
from dse.commands.progress_bar import progress_bar
from dse.plain import dumps
from dse.store import Record, read_record
from dse.study import Study, read_study
from evaluators.training import RunStatus, TrainingRun
from tests.crashes.tools.driver import STUDY

TEXT = STUDY.replace(
    "tests.end_to_end.stub_trainer:{trainer}", "tests.crashes.tools.brief:instant"
).replace("batch = 5", 'strategy = "joint"\nbatch = 5')


def instant(profile: Any, recipe: Any, *, training_seed: int, **_: Any) -> TrainingRun:
    """As pure as a real training, and takes no time."""
    digest = hashlib.sha256(f"{profile}{recipe.steps}{training_seed}".encode()).digest()
    worst = max(rate for _, errors in profile for rate in (*errors.to_one, *errors.to_zero))
    accuracy = 0.9 - 0.7 * min(worst, 1.0) + digest[1] / 25500
    return TrainingRun(status=RunStatus.OK, training_seed=training_seed, accuracy=accuracy,
                       chance_accuracy=0.1, loss=0.5)  # fmt: skip


def study_file(folder: Path, *, candidates: int = 20, storage: str = "") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    line = f'storage = "{storage}"' if storage else ""
    file = folder / "brief.toml"
    file.write_text(TEXT.format(candidates=candidates, storage=line), encoding="utf-8")
    return file


def study(folder: Path, *, candidates: int = 20, storage: str = "") -> Study:
    return read_study(study_file(folder, candidates=candidates, storage=storage))


def whole(record: Record) -> list[str]:
    """All that is known of each candidate: more than any table shows."""
    return [dumps(candidate) for candidate in record.candidates]


def continued(study: Study, folder: Path) -> list[str]:
    return whole(run(study, folder=folder, executor="inline"))


def read(study: Study, folder: Path) -> list[str]:
    return whole(read_record(study, folder))


def warm() -> None:
    """Import all that the command line imports late."""
    with tempfile.TemporaryDirectory() as folder, redirect_stdout(io.StringIO()):
        with progress_bar("warm"), redirect_stderr(io.StringIO()):
            record = run(study(Path(folder), candidates=3), folder=folder, executor="inline")
        for as_json in (True, False):
            finish(front(record), as_json=as_json)


def forked(words: Sequence[str | Path], before: Callable[[], None]) -> tuple[int, str]:
    """Exit code and errors of the command line in a fork, which first calls `before`.

    What it says of its progress is no error and left out.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        code, told = 1, io.StringIO()
        try:
            with redirect_stderr(told), redirect_stdout(io.StringIO()):
                before()
                sys.argv = ["dse", *map(str, words)]
                main()
        except SystemExit as left:
            code = int(left.code or 0)
        except BaseException as wrong:
            told.write(f"Traceback {wrong!r}")
        os.write(writer, json.dumps([code, told.getvalue()]).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        answer = stream.read()
    os.waitpid(child, 0)
    code, errors = json.loads(answer)
    lines = str(errors).splitlines(keepends=True)
    return int(code), "".join(line for line in lines if not line.startswith("brief: "))


class Undisturbed:
    """The finished study in a folder, from which damaged ones are made."""

    def __init__(self, folder: Path, *, candidates: int = 20) -> None:
        self.study = study(folder, candidates=candidates)
        self.file = folder / "brief.toml"
        self.folder = folder / "results"
        self.wanted = continued(self.study, self.folder)
        self.store = (self.folder / "brief" / "study.db").read_bytes()

    def copied(self, folder: Path, store: bytes | None = None) -> Path:
        """A new results folder with this study's trainings, and `store` or a whole one."""
        (folder / "brief").mkdir(parents=True)
        shutil.copytree(self.folder / "trainings", folder / "trainings", copy_function=_linked)
        (folder / "brief" / "study.db").write_bytes(self.store if store is None else store)
        return folder


def _linked(source: str, target: str) -> None:
    Path(target).hardlink_to(source)
