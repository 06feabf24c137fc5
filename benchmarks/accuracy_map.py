"""Accuracy of a small network over write error rates and reliable bits, measured.

`python benchmarks/accuracy_map.py [--csv FILE] [--workers N]` trains the quickstart's network
(small CNN, scikit-learn's digits, 400 steps, int8, two seeds) with errors in one data kind at a
time, then in all three at random choices of reliable bits. It continues a file that it finds.
`benchmarks/search.py` interpolates this map, so that the front of a whole space is known.
"""

import argparse
import csv
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from evaluators.design import BitErrors, ErrorProfile
from evaluators.training import TrainingRecipe, train

BITS = 8
SEEDS = 2
RATES = (1e-4, 1e-3, 1e-2, 3e-2, 1e-1, 3e-1)
RELIABLE = (0, 2, 4, 6)
MIXED = 48
RECIPE = TrainingRecipe(data="digits", steps=400, seeds=SEEDS)
FILE = Path(__file__).parent / "data" / "accuracy_map.csv"


@dataclass(frozen=True, kw_only=True)
class Case:
    """A write error rate and, for each kind, how many high bits never fail (8: none fails)."""

    error_probability: float
    activation: int
    weight: int
    error: int
    training_seed: int

    def profile(self) -> ErrorProfile:
        """Both directions fail alike."""

        def errors(reliable: int) -> BitErrors:
            rates = (self.error_probability,) * (BITS - reliable) + (0.0,) * reliable
            return BitErrors(to_one=rates, to_zero=rates)

        return ErrorProfile(
            activation=errors(self.activation), weight=errors(self.weight),
            error=errors(self.error),
        )  # fmt: skip


def cases() -> Iterator[Case]:
    """Fault-free, one kind at a time, then all three together at random."""
    random = np.random.default_rng(0)
    points: list[tuple[float, ...]] = [(0.0, BITS, BITS, BITS)]
    for rate in RATES:
        for reliable in RELIABLE:
            for place in range(3):
                bits = [BITS] * 3
                bits[place] = reliable
                points.append((rate, *bits))
    for _ in range(MIXED):
        drawn = [int(reliable) for reliable in random.integers(0, BITS + 1, 3)]
        points.append((float(random.choice(RATES)), *drawn))
    for rate, *kept in points:
        activation, weight, error = (int(bits) for bits in kept)
        for seed in range(SEEDS):
            yield Case(error_probability=rate, activation=activation, weight=weight, error=error,
                       training_seed=seed)  # fmt: skip


def accuracy(case: Case) -> float:
    """Accuracy of one run; a diverged one is at chance."""
    run = train(
        case.profile(), RECIPE, number_format="int8", study_seed=0,
        training_seed=case.training_seed,
    )  # fmt: skip
    return run.accuracy


def known(file: Path) -> set[Case]:
    """The cases that a file holds."""
    if not file.exists():
        return set()
    with file.open(encoding="utf-8") as stream:
        return {
            Case(
                error_probability=float(row["error_probability"]),
                **{name: int(row[name]) for name in
                   ("activation", "weight", "error", "training_seed")},
            )
            for row in csv.DictReader(stream)
        }  # fmt: skip


def main() -> None:
    """Train what the file lacks, and add it as it comes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--csv", type=Path, default=FILE)
    parser.add_argument("--workers", type=int, default=2)
    chosen = parser.parse_args()
    wanted = [case for case in dict.fromkeys(cases()) if case not in known(chosen.csv)]
    fresh = not chosen.csv.exists()
    with (
        chosen.csv.open("a", newline="", encoding="utf-8") as stream,
        ProcessPoolExecutor(chosen.workers, mp_context=get_context("spawn")) as pool,
    ):
        names = [*Case.__dataclass_fields__, "accuracy"]
        writer = csv.DictWriter(stream, fieldnames=names, lineterminator="\n")
        if fresh:
            writer.writeheader()
        for case, found in zip(wanted, pool.map(accuracy, wanted), strict=True):
            writer.writerow({**asdict(case), "accuracy": round(found, 5)})
            stream.flush()
    print(f"{len(wanted)} trainings added to {chosen.csv}")


if __name__ == "__main__":
    main()
