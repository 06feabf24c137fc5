"""The real command line, which kills itself before or after the n-th call of a named point.

`python -m tests.crashes.tools.killed_at POINT WHEN COUNT NOTE VERB ...` writes to NOTE, whatever
the point, how long after its imports it made its first new proposal, by the clock and in CPU time,
and whether Ray was loaded by then.
"""

import importlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

POINTS: Final = {
    "suggest": ("dse.search.proposer", "Proposer", "next_batch"),
    "dispatch": ("dse.trainings.trainer", "Trainer", "request"),
    "result": ("dse.trainings.trainer", "PendingTraining", "complete"),
    "store": ("dse.store.store", "Store", "append"),
    "export": ("dse.commands.front", "", "export"),
}
IMPORTS: Final = (
    "optuna",
    "sqlalchemy",
    "pandas",
    "scipy.optimize",
    "moocore",
    "dse.search.driver",
)


def replace(module: str, owner: str, name: str, make: Callable[[Any], Any]) -> None:
    place: Any = importlib.import_module(module)
    place = getattr(place, owner) if owner else place
    setattr(place, name, make(getattr(place, name)))


def dying(original: Any, when: str, count: int) -> Any:
    left = [count]

    def call(*given: Any, **named: Any) -> Any:
        left[0] -= 1
        if when == "before" and left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        result = original(*given, **named)
        if when == "after" and left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return call


def noting(original: Any, note: Path) -> Any:
    began, used = time.monotonic(), time.process_time()

    def call(loop: Any, number: int, *given: Any) -> Any:
        if not note.exists():
            seconds, cpu_s = time.monotonic() - began, time.process_time() - used
            told = {"seconds": seconds, "cpu_s": cpu_s, "ray": "ray" in sys.modules}
            note.write_text(json.dumps(told))
        return original(loop, number, *given)

    return call


def main(point: str, when: str, count: str, note: str, *words: str) -> None:
    for name in IMPORTS:
        importlib.import_module(name)
    if point in POINTS:
        replace(*POINTS[point], lambda original: dying(original, when, int(count)))
    replace("dse.search.loop", "SearchLoop", "_sent", lambda o: noting(o, Path(note)))
    sys.argv = ["dse", *words]
    from dse.commands.main import main as dse

    dse()


if __name__ == "__main__":
    main(*sys.argv[1:])
