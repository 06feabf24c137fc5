"""What the search itself costs a candidate: ask, decode, score, store, tell; nothing is trained.

`python benchmarks/engine.py [--candidates N] [--json FILE]` runs NSGA-II over every axis of the
heterogeneous space (ResNet-18) with the storage in memory, then in SQLite, and prints the CPU time
a candidate over windows of candidates against its limit: 5 ms in memory, 30 ms with SQLite. The
default strategy `nested` is measured beside it; it scores a grid of designs for each candidate.
"""

import argparse
import json
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from dse.search import run
from dse.study import Study, parse_study

WINDOWS = 5
STUDY = {
    "name": "engine", "space": "heterogeneous", "objectives": ["energy_j", "area_m2", "time_s"],
    "scenario": {"network": "resnet18"}, "search": {"strategy": "joint", "sampler": "nsga2"},
}  # fmt: skip


def measure(study: Study, candidates: int) -> list[float]:
    """CPU time a candidate in each window, in ms."""
    marks: list[float] = []
    window = candidates // WINDOWS

    def progress(done: int, goal: int) -> None:
        del goal
        if done % window == 0 or done == 3:
            marks.append(time.process_time())

    with tempfile.TemporaryDirectory() as folder:
        run(study, candidates=candidates, folder=folder, executor="inline", progress=progress)
    counts = [window - 3, *[window] * (WINDOWS - 1)]
    return [
        1e3 * (after - before) / count
        for before, after, count in zip(marks[:-1], marks[1:], counts, strict=True)
    ]


def main() -> None:
    """Measure, print, and write JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--candidates", type=int, default=5000)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    joint = parse_study(STUDY, "engine")
    nested = replace(joint, search=replace(joint.search, strategy="nested"))
    cases: tuple[tuple[str, Study, int, float | None], ...] = (
        ("joint, in memory", replace(joint, storage="memory"), chosen.candidates, 5.0),
        ("joint, SQLite", joint, chosen.candidates, 30.0),
        ("nested, in memory", replace(nested, storage="memory"), chosen.candidates // 10, None),
    )
    told: list[dict[str, Any]] = []
    for name, study, candidates, limit in cases:
        windows = measure(study, candidates)
        worst = max(windows)
        told.append({"case": name, "candidates": candidates, "cpu_ms": windows, "limit_ms": limit})
        ratio = f"{worst / limit:.2f} of its limit of {limit:g} ms" if limit else "no limit"
        print(
            f"{name}: {', '.join(f'{w:.2f}' for w in windows)} ms a candidate in {WINDOWS} "
            f"windows of {candidates // WINDOWS}; worst is {ratio}",
            flush=True,
        )
    if chosen.json:
        chosen.json.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
