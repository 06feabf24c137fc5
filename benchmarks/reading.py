"""What `status` and `front` take on a store of many candidates: CPU seconds and memory.

`python -m benchmarks.reading 20000` grows a store from a short joint search (its trainer is a
stub), then reads it in processes of their own. Rows of parameters, which only other programs read,
are left out. One core, loaded by others; `before` in 2026-11, `now` in 2026-12 on another machine:

| candidates | verb | CPU before | now | memory before | now |
| --- | --- | --- | --- | --- | --- |
| 20,000 | status | 17.0 s | 2.9 s | 447 MB | 268 MB |
| 20,000 | front | 11.5 s | 2.4 s | 448 MB | 266 MB |
"""

import json
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from dse.files import make_folder
from dse.results import Observer, front
from dse.search import run
from dse.store import read_record
from dse.store.chain import linked, new_header, start
from dse.store.opening import create_or_load
from dse.store.place import Place
from dse.study import Study, parse_study
from evaluators.training import RunStatus, TrainingRun

SEED_CANDIDATES: Final = 60
STUDY: Final[dict[str, Any]] = {
    "name": "reading", "space": "heterogeneous",
    "objectives": ["energy_j", "accuracy_loss", "area_m2"],
    "scenario": {"network": "lenet5",
                 "training": {"trainer": "benchmarks.reading:trainer", "seeds": 1}},
    "search": {"strategy": "joint", "sampler": "random", "candidates": SEED_CANDIDATES,
               "batch": SEED_CANDIDATES},
}  # fmt: skip


def trainer(profile: Any, recipe: Any, **told: Any) -> TrainingRun:
    """Loses accuracy with the worst error rate, at once."""
    del recipe
    worst = max(rate for _, errors in profile for rate in (*errors.to_one, *errors.to_zero))
    return TrainingRun(status=RunStatus.OK, training_seed=told["training_seed"],
                       accuracy=0.9 - 0.8 * min(worst, 1.0), chance_accuracy=0.1,
                       loss=0.5)  # fmt: skip


def grow(study: Study, source: Path, folder: Path, candidates: int) -> None:
    """A store of so many candidates: those of a short search, again and again. [-]"""
    known = read_record(study, source).candidates
    place = Place(study, folder)
    make_folder(place.home)
    store = create_or_load(place, new_header(study))
    head = start(store.header, None)
    store.close()
    assert place.file is not None
    with sqlite3.connect(place.file) as database:
        (number,) = database.execute("SELECT study_id FROM studies").fetchone()
        for at in range(candidates):
            again = known[at] if at < len(known) else known[2 + at % (len(known) - 2)]
            link = linked(replace(again, number=at), head, 0.01 * at)
            head = link.digest
            database.execute(
                "INSERT INTO trials (trial_id, number, study_id, state) VALUES (?, ?, ?, ?)",
                (at + 1, at, number, "COMPLETE"),
            )
            database.executemany(
                "INSERT INTO trial_user_attributes (trial_id, key, value_json) VALUES (?, ?, ?)",
                [(at + 1, "record", json.dumps(link.text)),
                 (at + 1, "sha256", json.dumps(link.digest))],
            )  # fmt: skip


def read(verb: str, folder: Path) -> None:
    """Read the store as a verb does, and print what that took."""
    study = parse_study(STUDY, "reading")
    began = time.process_time()
    if verb == "status":
        done = Observer(study, folder).look().done
    else:
        found = front(read_record(study, folder))
        done = len(found.ranked)
    cpu_s = time.process_time() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{verb:8} {done:8} candidates {cpu_s:8.2f} s CPU {memory:6} MB", flush=True)


def main(candidates: int) -> None:
    """Grow a store and read it. [-]"""
    study = parse_study(STUDY, "reading")
    with tempfile.TemporaryDirectory() as name:
        short, long = Path(name) / "short", Path(name) / "long"
        run(study, folder=short, executor="inline")
        grow(study, short, long, candidates)
        for verb in ("status", "front"):
            subprocess.run([sys.executable, "-m", "benchmarks.reading", verb, str(long)],
                           check=True)  # fmt: skip


if __name__ == "__main__":
    if sys.argv[1] in ("status", "front"):
        read(sys.argv[1], Path(sys.argv[2]))
    else:
        main(int(sys.argv[1]))
