"""How busy workers are, and what the second one adds.

`python -m benchmarks.workers [--executor ray|processes] [--json FILE]` prints three figures and
their limits:

- the share of time that 2 workers train, in a search of real trainings (digits, some seconds
  each), from the moment both have begun until the last training begins (95 %);
- the same for 64 and for 1,000 simulated workers, which sleep as long as a training takes (7 s,
  give or take a half), in a search with strategy `nested`, sampler `gain` and `batch = "auto"`
  (95 and 90 %);
- trainings a second of 2 workers over 1, in windows that take turns (1.85).
"""

import argparse
import hashlib
import json
import tempfile
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import Any, Final

from dse.search import SearchLoop, run
from dse.search.loop import without_progress
from dse.store import open_store
from dse.study import Study, parse_study
from dse.trainings import Trainer, TrainingCache, make_executor
from evaluators.design import BitErrors, ErrorProfile
from evaluators.training import RunStatus, TrainingRecipe, TrainingRun, TrainingTask, train

SIMULATED: Final = {64: (640, 0.95), 1000: (6000, 0.90)}
"""Simulated workers: candidates of their search, and the least busy share."""

TRAINING_S: Final = 7.0
TURNS: Final = 3
EACH: Final = 5
"""Trainings a worker in one window."""

Spans = list[tuple[str, float, float]]
"""Worker, begin and end of each training. [s, of the machine's monotonic clock]"""


def timed(profile: ErrorProfile, recipe: TrainingRecipe, **told: Any) -> TrainingRun:
    """The product's training, with a note of when it ran in the folder `data_folder`."""
    import os

    began = time.monotonic()
    result = train(profile, recipe, **told)
    line = json.dumps([str(os.getpid()), began, time.monotonic()])
    with (Path(recipe.data_folder) / f"{os.getpid()}.jsonl").open("a") as notes:
        notes.write(line + "\n")
    return result


class Sleepers:
    """Simulated workers: threads that sleep as long as a training might take."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self.spans: Spans = []
        self._pool = ThreadPoolExecutor(workers)

    def submit(self, task: TrainingTask) -> "Future[TrainingRun]":
        """Queue one sleep; its length depends on the task alone."""
        return self._pool.submit(self._sleep, task)

    def close(self) -> None:
        """Nothing is left to stop."""
        self._pool.shutdown()

    def _sleep(self, task: TrainingTask) -> TrainingRun:
        import threading

        digest = hashlib.sha256(f"{task}".encode()).digest()
        began = time.monotonic()
        time.sleep(TRAINING_S * (0.5 + digest[0] / 255))
        self.spans.append((threading.current_thread().name, began, time.monotonic()))
        worst = max(rate for _, errors in task.profile for rate in errors.to_one)
        return TrainingRun(status=RunStatus.OK, training_seed=task.training_seed, loss=0.5,
                           accuracy=0.9 - 0.7 * min(worst, 1.0), chance_accuracy=0.1)  # fmt: skip


def busy_share(spans: Spans, workers: int) -> float:
    """Share of time spent training, once all workers have begun and while trainings are left."""
    first: dict[str, float] = {}
    for name, began, _ in spans:
        first[name] = min(began, first.get(name, began))
    if len(first) < workers:
        raise SystemExit(f"only {len(first)} of {workers} workers were ever busy")
    begin, end = max(first.values()), max(began for _, began, _ in spans)
    trained = sum(max(min(e, end) - max(b, begin), 0.0) for _, b, e in spans)
    return trained / (workers * (end - begin))


def study(training: dict[str, Any], **search: Any) -> Study:
    """A search over every axis of the heterogeneous space."""
    return parse_study(
        {
            "name": "workers", "space": "heterogeneous", "storage": "memory",
            "objectives": ["energy_j", "accuracy_loss"],
            "scenario": {"network": "resnet18", "training": training}, "search": search,
        },
        "workers",
    )  # fmt: skip


def real(executor: str, candidates: int) -> tuple[float, int]:
    """Busy share of 2 workers on real trainings, and how many ran."""
    with tempfile.TemporaryDirectory() as folder:
        training = {"data": "digits", "steps": 1000, "seeds": 2, "data_folder": folder,
                    "trainer": "benchmarks.workers:timed"}  # fmt: skip
        run(study(training, candidates=candidates), workers=2, executor=executor, folder=folder)
        notes = [f.read_text().splitlines() for f in Path(folder).glob("*.jsonl")]
    spans: Spans = [tuple(json.loads(line)) for lines in notes for line in lines]
    return busy_share(spans, 2), len(spans)


def simulated(workers: int, candidates: int, strategy: str) -> dict[str, float]:
    """Busy share of workers that sleep, how many trainings they ran, and what the driver took."""
    search = {"strategy": strategy, "candidates": candidates, "batch": "auto",
              "sampler": "gain" if strategy == "nested" else "nsga2"}  # fmt: skip
    asked = study({"seeds": 2}, **search)
    sleepers = Sleepers(workers)
    began = time.process_time()
    with tempfile.TemporaryDirectory() as folder, open_store(asked, Path(folder)) as store:
        loop = SearchLoop(asked, store, without_progress, scenario=asked.scenario)
        cache = TrainingCache(Path(folder) / "trainings")
        trainer = Trainer(asked, loop.scenario, executor=sleepers, cache=cache)
        loop.run(candidates, trainer)
    spent = time.process_time() - began
    sleepers.close()
    return {"workers": workers, "candidates": candidates, "batch": asked.search.batch,
            "busy": busy_share(sleepers.spans, workers), "trainings": len(sleepers.spans),
            "cpu_ms_a_candidate": 1e3 * spent / candidates}  # fmt: skip


def throughput(executor: str, turns: int) -> tuple[list[float], list[float]]:
    """Trainings a second of 1 worker and of 2, window by window, after start-up."""
    rates = BitErrors(to_one=(1e-3,) * 8, to_zero=(1e-3,) * 8)
    profile = ErrorProfile(activation=rates, weight=rates, error=rates)

    def window(workers: int) -> float:
        working = make_executor(executor, workers, None)
        try:
            for steps, each in ((10, 2), (1000, EACH)):  # the first loads torch and the data
                recipe = TrainingRecipe(data="digits", steps=steps)
                tasks = [TrainingTask(profile=profile, recipe=recipe, number_format="int8",
                                      study_seed=0, training_seed=n)
                         for n in range(each * workers)]  # fmt: skip
                began = time.monotonic()
                runs = [future.result() for future in [working.submit(task) for task in tasks]]
                assert all(run.status is not RunStatus.FAILED for run in runs)
                rate = len(tasks) / (time.monotonic() - began)
            return rate
        finally:
            working.close()

    pairs = [(window(1), window(2)) for _ in range(turns)]
    return [one for one, _ in pairs], [two for _, two in pairs]


def main() -> None:
    """Measure, print, and write JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--executor", choices=("ray", "processes"), default="ray")
    parser.add_argument("--candidates", type=int, default=24, help="of the search with 2 workers")
    parser.add_argument("--simulated", default="64,1000", help="workers, with commas")
    parser.add_argument("--strategy", choices=("joint", "nested"), default="nested")
    parser.add_argument("--only-simulated", action="store_true")
    parser.add_argument("--turns", type=int, default=TURNS)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    told: dict[str, Any] = {"executor": chosen.executor}
    told["strategy"] = chosen.strategy
    told["simulated"] = []
    for workers in map(int, chosen.simulated.split(",")):
        candidates, least = SIMULATED[workers]
        found = simulated(workers, candidates, chosen.strategy)
        told["simulated"].append(found)
        print(f"{workers} simulated workers, {chosen.strategy}, batch {found['batch']}: busy "
              f"{found['busy']:.1%} over {found['trainings']} trainings (limit {least:.0%}); "
              f"driver {found['cpu_ms_a_candidate']:.1f} ms of CPU a candidate",
              flush=True)  # fmt: skip
    if chosen.only_simulated:
        return
    told["real_busy"], told["real_trainings"] = real(chosen.executor, chosen.candidates)
    print(f"2 workers, {chosen.executor}: busy {told['real_busy']:.1%} over "
          f"{told['real_trainings']} trainings (limit 95 %)", flush=True)  # fmt: skip
    one, two = throughput(chosen.executor, chosen.turns)
    told["trainings_per_s"] = {"1": one, "2": two}
    told["speedup"] = median(b / a for a, b in zip(one, two, strict=True))
    pairs = ", ".join(f"{b / a:.2f}" for a, b in zip(one, two, strict=True))
    print(f"2 workers over 1: {told['speedup']:.2f} times the trainings a second, median of "
          f"{pairs} (limit 1.85)")  # fmt: skip
    if chosen.json:
        chosen.json.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
