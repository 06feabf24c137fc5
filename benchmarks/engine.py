"""What the search itself costs a candidate: ask, decode, score, store, tell; nothing is trained.

`python benchmarks/engine.py [--candidates N] [--json FILE]` runs NSGA-II over every axis of the
heterogeneous space (ResNet-18) with the storage in memory, then in SQLite, and prints the CPU time
a candidate over windows of candidates against its limit: 5 ms in memory, 30 ms with SQLite. The
default strategy `nested` is measured beside it; it scores a grid of designs for each candidate. So
is sampler `gain` in batches of 1,000, with a trainer that answers at once (limit 5 ms; its first
window holds the start of the program). `--only gain` measures that alone.
"""

import argparse
import json
import math
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from dse.search import Proposer, run
from dse.search.given import Proposal
from dse.study import Study, parse_study
from evaluators.design import DataKind, ErrorProfile
from evaluators.training import RunStatus, TrainingRecipe, TrainingRun

WINDOWS = 5
STUDY = {
    "name": "engine", "space": "heterogeneous", "objectives": ["energy_j", "area_m2", "time_s"],
    "scenario": {"network": "resnet18"}, "search": {"strategy": "joint", "sampler": "nsga2"},
}  # fmt: skip


def at_once(profile: ErrorProfile, recipe: TrainingRecipe, **told: Any) -> TrainingRun:
    """A training that takes no time: accuracy falls with the worst rate, log by log."""
    del recipe
    worst = max(rate for _, errors in profile for rate in (*errors.to_one, *errors.to_zero))
    lost = 0.0 if worst < 1e-6 else 0.8 * (math.log10(worst) + 6.0) / 6.0
    return TrainingRun(status=RunStatus.OK, training_seed=told["training_seed"], loss=0.5,
                       accuracy=0.9 - lost, chance_accuracy=0.1)  # fmt: skip


def measure(study: Study, candidates: int, *, whole: bool = False) -> list[float]:
    """CPU time a candidate in each window, in ms; with `whole` the first has the start in it."""
    marks: list[float] = [time.process_time()] if whole else []
    window, begun = candidates // WINDOWS, 0 if whole else 3

    def progress(done: int, goal: int) -> None:
        del goal
        if done % window == 0 or done == begun:
            marks.append(time.process_time())

    with tempfile.TemporaryDirectory() as folder:
        run(study, candidates=candidates, folder=folder, executor="inline", progress=progress)
    counts = [window - begun, *[window] * (WINDOWS - 1)]
    return [
        1e3 * (after - before) / count
        for before, after, count in zip(marks[:-1], marks[1:], counts, strict=True)
    ]


def proposals(study: Study, trained: tuple[int, ...]) -> list[float]:
    """CPU time of a proposal in batches of 10, by the candidates told before, in s.

    They are told as the user's own are; the first batch of each, which fits no caches, does not
    count.
    """
    asked = replace(study, search=replace(study.search, batch=10))
    with tempfile.TemporaryDirectory() as folder:
        record = run(study, candidates=max(trained) + 2, folder=folder, executor="inline")
    found = []
    for count in trained:
        proposer = Proposer(asked, asked.scenario)
        for candidate in record.candidates[: count + 2]:
            design = candidate.evaluation.design
            proposer.tell(
                Proposal(source=candidate.source, values=dict(candidate.values), design=design),
                candidate,
            )
        proposer.next_batch(10, [])
        began = time.process_time()
        proposer.next_batch(10, [])
        found.append((time.process_time() - began) / 10)
    return found


def main() -> None:
    """Measure, print, and write JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--candidates", type=int, default=5000)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--only", default="", help="cases whose names hold this")
    chosen = parser.parse_args()
    joint = parse_study(STUDY, "engine")
    nested = replace(joint, search=replace(joint.search, strategy="nested"))
    cases: tuple[tuple[str, Study, int, float | None], ...] = (
        ("joint, in memory", replace(joint, storage="memory"), chosen.candidates, 5.0),
        ("joint, SQLite", joint, chosen.candidates, 30.0),
        ("nested, in memory", replace(nested, storage="memory"), chosen.candidates // 10, None),
    )
    gain = parse_study(
        {
            **STUDY, "storage": "memory", "objectives": ["energy_j", "accuracy_loss", "area_m2"],
            "scenario": {"network": "resnet18", "training": {
                "trainer": "benchmarks.engine:at_once", "seeds": 1}},
            "axes": {
                "array_rows": [32, 64, 128, 256], "array_cols": [32, 64, 128, 256],
                **{f"{kind}_capacity_bytes": [2**p for p in range(20, 24)] for kind in DataKind},
                **{f"{kind}_reliable_bits": [0, 2, 4, 8] for kind in DataKind},
            },
            "search": {"sampler": "gain", "batch": 1000},
        },
        "engine",
    )  # fmt: skip
    cases = (*cases, ("nested, gain, batch of 1000", gain, chosen.candidates, 5.0))
    told: list[dict[str, Any]] = []
    for name, study, candidates, limit in (c for c in cases if chosen.only in c[0]):
        batched = study.search.batch > candidates // 50
        windows = measure(study, candidates, whole=batched)
        worst = max(windows[1:] if batched else windows)
        told.append({"case": name, "candidates": candidates, "cpu_ms": windows, "limit_ms": limit})
        ratio = f"{worst / limit:.2f} of its limit of {limit:g} ms" if limit else "no limit"
        print(
            f"{name}: {', '.join(f'{w:.2f}' for w in windows)} ms a candidate in {WINDOWS} "
            f"windows of {candidates // WINDOWS}; worst is {ratio}",
            flush=True,
        )
    if chosen.only in "nested, gain":
        for count, spent, limit in zip((50, 1000), proposals(gain, (50, 1000)), (0.05, 0.3),
                                       strict=True):  # fmt: skip
            told.append({"case": f"a proposal after {count} candidates", "cpu_ms": [1e3 * spent],
                         "limit_ms": 1e3 * limit})  # fmt: skip
            print(f"gain, a proposal after {count} candidates, batch of 10: {1e3 * spent:.0f} ms "
                  f"(limit {1e3 * limit:.0f})")  # fmt: skip
    if chosen.json:
        chosen.json.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
