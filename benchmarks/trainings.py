"""CPU time and accuracy of the quickstart's trainings, in this tree and in one before, in turns.

`python -m benchmarks.trainings [--before TREE] [--seeds 6] [--turns 2] [--json FILE]` trains the
quickstart's recipe without faults and with 1e-3 of the bits failing. `TREE` is a checkout of
another version, for example of `git worktree add TREE v0.1.0`.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import mean, median, stdev
from typing import Any

HERE = Path(__file__).parents[1]
RATES = (0.0, 1e-3)

TRAININGS = """
import json, sys, time
from dse.study import read_study
from evaluators.design import BitErrors, ErrorProfile
from evaluators.training import train

recipe = read_study(sys.argv[1]).scenario.training
def trained(rate, seed):
    errors = BitErrors(to_one=(rate,) * 8, to_zero=(rate,) * 8)
    profile = ErrorProfile(activation=errors, weight=errors, error=errors)
    began = time.process_time()
    run = train(profile, recipe, number_format="int8", study_seed=0, training_seed=seed)
    return time.process_time() - began, run.accuracy
rates = json.loads(sys.argv[2])
for rate in rates:
    trained(rate, 99)  # loads and compiles
print(json.dumps([[trained(rate, seed) for seed in range(int(sys.argv[3]))] for rate in rates]))
"""


def measured(tree: Path, seeds: int) -> list[list[tuple[float, float]]]:
    """CPU time [s] and accuracy [-] of each seed, by rate, in a process of their own."""
    words = [str(HERE / "studies/quickstart.toml"), json.dumps(RATES), str(seeds)]
    environment = {**os.environ, "PYTHONPATH": str(tree), "OMP_NUM_THREADS": "1"}
    told = subprocess.run([sys.executable, "-c", TRAININGS, *words], cwd=tree, env=environment,
                          check=True, capture_output=True, text=True)  # fmt: skip
    found: list[list[tuple[float, float]]] = json.loads(told.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Print the figures, and write them where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--before", type=Path)
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--turns", type=int, default=2)
    parser.add_argument("--json", type=Path)
    told = parser.parse_args()
    trees = {"now": HERE} | ({"before": told.before.resolve()} if told.before else {})
    turns = {name: list[Any]() for name in trees}
    for _ in range(told.turns):
        for name, tree in trees.items():
            turns[name].append(measured(tree, told.seeds))
    rows: list[dict[str, Any]] = []
    for name, runs in turns.items():
        for place, rate in enumerate(RATES):
            cpu_s = [median(cpu for cpu, _ in run[place]) for run in runs]
            accuracies = [accuracy for _, accuracy in runs[0][place]]
            rows.append({"tree": name, "rate": rate, "cpu_s": min(cpu_s),
                         "accuracy": mean(accuracies), "sd": stdev(accuracies)})  # fmt: skip
    for row in rows:
        print(f"{row['tree']:<7} rate {row['rate']:<6g} {row['cpu_s']:6.2f} s CPU a training, "
              f"accuracy {row['accuracy']:.4f} (sd {row['sd']:.4f})")  # fmt: skip
    if told.json:
        told.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
