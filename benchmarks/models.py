"""How fast the analytical models are, against the rates that a search needs.

`python benchmarks/models.py [--json FILE]` prints, for each model, evaluations a second of CPU
time on one core and the ratio to the rate that the product promises, or to a peer (above 1 is
better).
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from evaluators.accelerator import TrainingStep
from evaluators.design import (
    DataKind,
    DesignPoint,
    MemoryPlan,
    Region,
    SystolicArray,
    WriteCondition,
)
from evaluators.device import WriteCost, cell, write_cost, write_error_rate
from evaluators.device.write_error_table import build_table
from evaluators.energy import DesignBatch, evaluate_batch
from evaluators.memories import array_cost
from evaluators.networks import network
from evaluators.scenario import Scenario

MIB = 2**20
SCALE_SIM_S_PER_ACCESS = 2.05e-6  # CPU time of SCALE-Sim 3.0.0 for one scratchpad access


def rate(work: Callable[[], object], count: int) -> float:
    """Evaluations a CPU second, best of three after one to warm up."""
    work()
    times = []
    for _ in range(3):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return count / min(times)


def designs(count: int) -> DesignBatch:
    """Random designs: size, depth, capacity, banks, mats and write condition of each differ."""
    random = np.random.default_rng(0)

    def region() -> Region:
        write = WriteCondition(
            voltage_v=random.uniform(0.5, 1.3), pulse_width_s=random.uniform(2e-9, 20e-9)
        )
        capacity = int(2 ** random.integers(19, 26))
        banks = int(random.choice((1, 2, 4, 8, 16, 32)))
        return Region(
            technology="stt_mram", capacity_bytes=capacity, write=write, banks=banks,
            mat_kib=128 if random.random() < 0.5 else 512,
        )  # fmt: skip

    return DesignBatch.of(
        [
            DesignPoint(
                array=SystolicArray(
                    rows=int(random.integers(8, 257)),
                    cols=int(random.integers(8, 257)),
                    accumulator_depth_words=int(random.choice((512, 1024, 2048, 4096))),
                ),
                memory=MemoryPlan(**{kind.value: region() for kind in DataKind}),
            )
            for _ in range(count)
        ]
    )


def scale_sim(scenario: Scenario) -> dict[str, float]:
    """SCALE-Sim's rate for one step on 128 x 128, and how many times as fast ours is."""
    step = TrainingStep(
        network(scenario.network, scenario.batch_size), scenario.accelerator, element_bytes=1.0
    )
    side = np.array([128])
    counts = step.counts(side, side, np.full((3, 1), 8.0 * MIB))
    seconds = SCALE_SIM_S_PER_ACCESS * float(counts.reads.sum() + counts.writes.sum())
    batch = designs(8_000)
    ours = rate(lambda: evaluate_batch(batch, scenario), 8_000)
    return {"per_s": 1.0 / seconds, "ratio": ours * seconds}


def measure() -> dict[str, dict[str, float]]:
    """Rate and ratio to the promised rate of each model."""
    random = np.random.default_rng(0)
    device, scenario = cell("emram_28nm"), Scenario(network="resnet50")
    overdrive, tau = random.uniform(0.5, 5.0, 200_000), random.uniform(0.0, 20.0, 200_000)
    volts, pulse = random.uniform(0.5, 1.3, 20_000), random.uniform(2e-9, 20e-9, 20_000)
    capacity = random.integers(1, 65, 500_000) * MIB
    batch = designs(8_000)

    def cost(spread: float) -> WriteCost:
        return write_cost(
            device,
            voltage_v=volts,
            pulse_width_s=pulse,
            temperature_k=300.0,
            overdrive_spread=spread,
        )

    rates = {
        "write error rate, (i, tau) points": (
            rate(lambda: write_error_rate(overdrive, tau, thermal_stability=60.0), 200_000),
            1e6,
        ),
        "write cost, (V, t) points": (rate(lambda: cost(0.0), 20_000), 1e6),
        "write cost with 5 % spread, (V, t) points": (rate(lambda: cost(0.05), 20_000), 5e4),
        "memory arrays, capacities": (
            rate(lambda: array_cost("sram", capacity, node_nm=22, roadmap="HP"), 500_000),
            1e7,
        ),
        "ResNet-50 training step, designs": (
            rate(lambda: evaluate_batch(batch, scenario), 8_000),
            1e5,
        ),
    }
    found = {name: {"per_s": r, "ratio": r / goal} for name, (r, goal) in rates.items()}
    found["SCALE-Sim's time for one ResNet-50 training step, steps"] = scale_sim(scenario)
    start = time.process_time()
    build_table()
    seconds = time.process_time() - start
    found["first table of write errors, tables"] = {"per_s": 1 / seconds, "ratio": 5.0 / seconds}
    return found


def main() -> None:
    """Print the table; with `--json FILE` also write it."""
    found = measure()
    for name, figures in found.items():
        print(f"{name:57s} {figures['per_s']:14,.4g}/s  {figures['ratio']:10,.2f}x")
    if "--json" in sys.argv:
        Path(sys.argv[sys.argv.index("--json") + 1]).write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
