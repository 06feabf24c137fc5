"""How much accuracy write errors of each data kind cost, on Fashion-MNIST.

`python benchmarks/sensitivity.py MODEL [--csv FILE] [--workers N]` trains MODEL (`small_cnn`,
`resnet8`, `tiny_transformer`) with 600 steps and three seeds for each data kind at 1e-3, 1e-2 and
1e-1 (int8, `flip`, gradient norm clipped at 1); the small CNN's errors again with a sign bit and
reliable high bits, and its activations with a bit of headroom and written as layers make them. It
prints the drop of accuracy and its standard deviation.
"""

import argparse
import csv
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from statistics import fmean, stdev

from evaluators.design import BitErrors, DataKind, ErrorProfile
from evaluators.training import TrainingRecipe, train

RATES = (1e-3, 1e-2, 1e-1)
SEEDS = 3
BITS = 8
RECIPE = TrainingRecipe(
    data="fashion_mnist", steps=600, seeds=SEEDS, old_content_activation="flip",
    old_content_weight="flip", old_content_error="flip",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Case:
    """One cell of the table; `kind` empty trains without faults."""

    model: str
    kind: str
    rate: float
    faulty_bits: int = BITS
    encoding: str = "twos_complement"
    headroom_bits: int = 0
    activations_at: str = "inputs"

    def profile(self) -> ErrorProfile:
        """The low `faulty_bits` of one kind fail."""
        rates = (self.rate,) * self.faulty_bits + (0.0,) * (BITS - self.faulty_bits)
        free = ErrorProfile.none(BITS)
        if not self.kind:
            return free
        return replace(free, **{self.kind: BitErrors(to_one=rates, to_zero=rates)})


def cases(model: str) -> Iterator[Case]:
    """Fault-free runs first, then the table."""
    yield Case(model=model, kind="", rate=0.0)
    for kind in DataKind:
        for rate in RATES:
            yield Case(model=model, kind=kind.value, rate=rate)
    if model == "small_cnn":
        yield Case(model=model, kind="", rate=0.0, encoding="sign_magnitude")
        for encoding in ("twos_complement", "sign_magnitude"):
            for faulty_bits in (2, 4, 6, 8):
                yield Case(model=model, kind="error", rate=1e-2, faulty_bits=faulty_bits,
                           encoding=encoding)  # fmt: skip
        free = Case(model=model, kind="", rate=0.0)
        for changed in (replace(free, headroom_bits=1), replace(free, activations_at="outputs")):
            yield changed
            for rate in RATES:
                yield replace(changed, kind="activation", rate=rate)


def accuracy(case: Case, seed: int) -> float:
    """Accuracy of one run."""
    recipe = replace(
        RECIPE, model=case.model, encoding=case.encoding,  # type: ignore[arg-type]
        scale_headroom_bits=case.headroom_bits,
        activations_at=case.activations_at,  # type: ignore[arg-type]
    )  # fmt: skip
    run = train(case.profile(), recipe, number_format="int8", study_seed=0, training_seed=seed)
    return run.accuracy


def measure(model: str, workers: int) -> list[dict[str, str | float | int]]:
    """A row a case: mean drop of accuracy and its standard deviation over the seeds."""
    table = list(cases(model))
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        futures = {
            (c, seed): pool.submit(accuracy, c, seed) for c in table for seed in range(SEEDS)
        }
        rows: list[dict[str, str | float | int]] = []
        for case in table:
            free = replace(case, kind="", rate=0.0, faulty_bits=BITS)
            found = [futures[case, seed].result() for seed in range(SEEDS)]
            drops = [futures[free, seed].result() - x for seed, x in enumerate(found)]
            rows.append({
                "model": model, "encoding": case.encoding,
                "headroom_bits": case.headroom_bits, "activations_at": case.activations_at,
                "kind": case.kind or "none",
                "faulty_bits": case.faulty_bits, "error_probability": case.rate,
                "accuracy": round(fmean(found), 4), "accuracy_drop": round(fmean(drops), 4),
                "accuracy_drop_sd": round(stdev(drops), 4),
            })  # fmt: skip
            print(*rows[-1].values(), sep="\t", flush=True)
    return rows


def main() -> None:
    """Train, print, and write the table where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", choices=["small_cnn", "resnet8", "tiny_transformer"])
    parser.add_argument("--csv", type=Path)
    parser.add_argument("--workers", type=int, default=2)
    chosen = parser.parse_args()
    rows = measure(chosen.model, chosen.workers)
    if chosen.csv:
        with chosen.csv.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, fieldnames=list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
