"""Runs a study once for each of its writes that fails: imports once, forks for each.

Started with `failing_writes.c` preloaded; prints one line of JSON a failure.
"""

import ctypes
import io
import json
import os
import shutil
import sys
from contextlib import redirect_stdout, suppress
from pathlib import Path
from typing import Any

from dse.commands import tried
from dse.commands.main import main
from dse.mistakes import UserError
from dse.store import Candidate, Store
from tests.crashes.tools.brief import Undisturbed, continued, forked, read
from tests.crashes.tools.driver import trainings

FAULTS = ctypes.CDLL(None)


def in_child(
    sound: Undisturbed, folder: Path, at: int, error: int, forever: int
) -> dict[str, Any]:
    """The real command line in a fork, with its `at`-th write below `folder` failing."""
    reader, writer = os.pipe()

    def before() -> None:
        append = Store.append

        def counted(self: Store, candidate: Candidate) -> None:
            append(self, candidate)
            os.write(writer, b".")

        Store.append = counted  # type: ignore[method-assign]
        FAULTS.fault_arm(str(folder).encode(), ctypes.c_long(at), error, forever)

    words = ("run", sound.file, "--executor", "inline", "--folder", folder)
    code, told = forked(words, before)
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        appended = len(stream.read())
    return {"at": at, "code": code, "told": told, "appended": appended}


def counted_calls(sound: Undisturbed, folder: Path) -> int:
    """How many writes the command line makes."""
    FAULTS.fault_arm(str(folder).encode(), ctypes.c_long(0), 0, 0)
    sys.argv = ["dse", "run", str(sound.file), "--executor", "inline", "--folder", str(folder)]
    with suppress(SystemExit), redirect_stdout(io.StringIO()):
        main()
    calls = int(FAULTS.fault_calls())
    FAULTS.fault_arm(b"", ctypes.c_long(0), 0, 0)
    return calls


def after(sound: Undisturbed, folder: Path) -> dict[str, Any]:
    """What is there after a failure, and whether the next run ends as it should."""
    kept = trainings(folder)
    try:
        stored = read(sound.study, folder)
    except UserError as error:
        if "no results" not in str(error) and "no finished candidate" not in str(error):
            raise
        stored = []
    right = stored == sound.wanted[: len(stored)]
    same = continued(sound.study, folder) == sound.wanted
    now = trainings(folder)
    untouched = all(now.get(file) == at for file, at in kept.items())
    left = [str(file) for file in folder.rglob("*") if file.name.endswith((".new", "-journal"))]
    return {"stored": len(stored), "right": right, "same": same, "untouched": untouched,
            "left": left}  # fmt: skip


def every_failure(base: Path, start: int, step: int, faults: list[int]) -> None:
    """Let every `step`-th write fail, by the faults in turn: an error number, and 1 to last."""
    sound = Undisturbed(base / "sound")
    calls = counted_calls(sound, base / "counted")  # and imports what an export needs
    print(json.dumps({"calls": calls}), flush=True)
    for turn, at in enumerate(range(start, calls + 1, step)):
        folder = base / f"failed{at}"
        fault = 2 * turn % len(faults)
        told = in_child(sound, folder, at, *faults[fault : fault + 2])
        print(json.dumps(told | after(sound, folder)), flush=True)
        shutil.rmtree(folder)


if __name__ == "__main__":
    start, step, *faults = map(int, sys.argv[2:])
    # The study's own code is tried in another process, whose writes are not counted: left out.
    tried.try_study = lambda *_, **__: None
    every_failure(Path(sys.argv[1]), start, step, faults)
