"""What it costs to fault each physical write, beside each value once, on Fashion-MNIST.

`python -m benchmarks.counted [STUDY] [--writes AF,AB,WF,WB,E] [--csv FILE] [--workers N]` trains
the small CNN, ResNet-8 and the tiny transformer with 400 steps and three seeds while the bits of
all three kinds of data fail alike (int8, old content `random`, gradient norm clipped at 1) `once`
and as often as the energy model counts for STUDY (`studies/heterogeneous.toml`), or as `--writes`
says: activations forward and backward, weights forward and backward, errors. It prints the loss of
accuracy in points and its standard deviation.
"""

import argparse
import csv
from concurrent.futures import ProcessPoolExecutor
from dataclasses import astuple, replace
from multiprocessing import get_context
from pathlib import Path
from statistics import fmean, stdev

from dse.study import read_study
from dse.trainings.written import counted_writes
from evaluators.design import BitErrors, ErrorProfile
from evaluators.training import TrainingRecipe, WritesPerValue, train

MODELS = ("small_cnn", "resnet8", "tiny_transformer")
RATES = (4e-5, 5e-4, 1e-3)
SEEDS = 3
RECIPE = TrainingRecipe(data="fashion_mnist", steps=400, seeds=SEEDS)


def accuracy(model: str, rate: float, writes: WritesPerValue, seed: int) -> float:
    """Accuracy of one run."""
    errors = BitErrors(to_one=(rate,) * 8, to_zero=(rate,) * 8)
    profile = ErrorProfile(activation=errors, weight=errors, error=errors)
    recipe = replace(RECIPE, model=model, writes_per_value=writes)
    run = train(profile, recipe, number_format="int8", study_seed=0, training_seed=seed)
    return run.accuracy


def measure(counted: WritesPerValue, workers: int) -> list[dict[str, str | float]]:
    """A row a model, rate and count: accuracy lost and its standard deviation, in points."""
    once = WritesPerValue()
    cases = [(model, rate, name, writes) for model in MODELS for rate in RATES
             for name, writes in (("once", once), ("counted", counted))]  # fmt: skip
    rows: list[dict[str, str | float]] = []
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        free = {
            (model, seed): pool.submit(accuracy, model, 0.0, once, seed)
            for model in MODELS for seed in range(SEEDS)
        }  # fmt: skip
        runs = [[pool.submit(accuracy, model, rate, writes, seed) for seed in range(SEEDS)]
                for model, rate, _, writes in cases]  # fmt: skip
        for (model, rate, name, _), futures in zip(cases, runs, strict=True):
            clean = [free[model, seed].result() for seed in range(SEEDS)]
            lost = [100 * (c - f.result()) for c, f in zip(clean, futures, strict=True)]
            rows.append({
                "model": model, "fault_free": round(fmean(clean), 4), "error_probability": rate,
                "writes": name, "points": round(fmean(lost), 2), "sd": round(stdev(lost), 2),
            })  # fmt: skip
            print(*rows[-1].values(), sep="\t", flush=True)
    return rows


def main() -> None:
    """Train, print, and write the table where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", nargs="?", type=Path, default=Path("studies/heterogeneous.toml"))
    parser.add_argument("--writes", help="five numbers in place of the study's")
    parser.add_argument("--csv", type=Path)
    parser.add_argument("--workers", type=int, default=2)
    chosen = parser.parse_args()
    if chosen.writes:
        counted = WritesPerValue(**dict(zip(
            WritesPerValue.__dataclass_fields__, map(float, chosen.writes.split(",")), strict=True
        )))  # fmt: skip
    else:
        study = read_study(chosen.study)
        counted = counted_writes(study, study.scenario)
    print("counted:", *astuple(counted))
    rows = measure(counted, chosen.workers)
    if chosen.csv:
        with chosen.csv.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, fieldnames=list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


if __name__ == "__main__":
    main()
