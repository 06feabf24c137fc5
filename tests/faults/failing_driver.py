"""Runs a study once for each of its writes that fails: imports once, forks for each.

Started with `failing_writes.c` preloaded; prints one line of JSON a failure.
"""

import ctypes
import io
import json
import os
import shutil
import sys
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import Any

from dse.command import main
from dse.mistakes import UserError
from dse.store import Store
from tests.faults.brief import Undisturbed, continued, read
from tests.faults.driver import trainings

FAULTS = ctypes.CDLL(None)


def command(sound: Undisturbed, folder: Path) -> None:
    sys.argv = ["dse", "run", str(sound.file), "--executor", "inline", "--folder", str(folder)]
    main()


def in_child(
    sound: Undisturbed, folder: Path, at: int, error: int, forever: int
) -> dict[str, Any]:
    """The real command line in a fork, with its `at`-th write below `folder` failing."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        told = {"at": at, "code": 1, "appended": 0, "told": ""}
        append = Store.append

        def counted(store: Store, candidate: Any) -> None:
            append(store, candidate)
            told["appended"] += 1  # type: ignore[operator]

        Store.append = counted  # type: ignore[method-assign,assignment]
        stream = io.StringIO()
        try:
            with redirect_stderr(stream), redirect_stdout(io.StringIO()):
                FAULTS.fault_arm(str(folder).encode(), ctypes.c_long(at), error, forever)
                command(sound, folder)
            told["code"] = 0
        except SystemExit as left:
            told["code"] = left.code or 0
        except BaseException as wrong:
            stream.write(f"Traceback {wrong!r}")
        told |= {"told": stream.getvalue(), "calls": FAULTS.fault_calls()}
        os.write(writer, json.dumps(told).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as stream_of_child:
        answer = stream_of_child.read()
    os.waitpid(child, 0)
    return dict(json.loads(answer))


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
    with suppress(SystemExit), redirect_stdout(io.StringIO()):
        command(sound, base / "warm")  # imports what an export needs
    calls = in_child(sound, base / "counted", 0, 0, 0)["calls"]
    print(json.dumps({"calls": calls}), flush=True)
    for turn, at in enumerate(range(start, calls + 1, step)):
        folder = base / f"failed{at}"
        fault = 2 * turn % len(faults)
        told = in_child(sound, folder, at, *faults[fault : fault + 2])
        print(json.dumps(told | after(sound, folder)), flush=True)
        shutil.rmtree(folder)


if __name__ == "__main__":
    start, step, *faults = map(int, sys.argv[2:])
    every_failure(Path(sys.argv[1]), start, step, faults)
