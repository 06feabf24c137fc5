"""What each correction of the model does to the answer: SRAM's energy over STT-MRAM's.

`python benchmarks/model_review.py [--networks a,b] [--json FILE]` prints, for each correction, the
geometric mean over the suite with the model as it is and with that one correction taken back, by
roadmap: 8 MiB, 128 x 128, int8, batch 32, error-free writes, and the time of STT-MRAM over SRAM's.
"""

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from evaluators.accelerator import StepCounts
from evaluators.accelerator.elementwise import elementwise_work
from evaluators.accelerator.parts import Parts
from evaluators.design import DataKind, DesignPoint, MemoryPlan, SystolicArray
from evaluators.energy import (
    DesignBatch,
    EnergyReport,
    baseline_design,
    evaluate_batch,
    nominal_design,
    sized,
    step_counts,
)
from evaluators.energy.logic import MAC_45NM_J, NODE_SCALE, element_leakage_w, mac_energy_j
from evaluators.energy.organisation import DEPTHS_WORDS, Organisations, best_organised
from evaluators.memories import ROADMAPS
from evaluators.networks import network
from evaluators.scenario import Scenario

NETWORKS = ("alexnet", "vgg16", "googlenet", "resnet18", "resnet50", "mobilenet_v2", "vit_b_16",
            "bert_base")  # fmt: skip
ARRAY = SystolicArray(rows=128, cols=128)
REVIEW = {"HP": (1.48, 2.31), "LOP": (0.88, 1.35), "LSTP": (0.80, 0.96)}
"""Least and most network of an independent review of the same corrections, fused."""

Pair = tuple[float, float]
Told = Callable[[EnergyReport, Scenario], float]


def whole(report: EnergyReport, _: Scenario) -> float:
    """The energy as it is told."""
    return report.energy_j


def elements_of_5_uw(report: EnergyReport, scenario: Scenario) -> float:
    """As if an element leaked 5 uW whatever the transistors."""
    more_w = ARRAY.rows * ARRAY.cols * (5e-6 - element_leakage_w(scenario))
    return report.energy_j + more_w * report.time_s


def bare_macs(report: EnergyReport, scenario: Scenario) -> float:
    """As if a multiply-accumulate had no registers and HP's supply."""
    bare = MAC_45NM_J[scenario.number_format] * NODE_SCALE[scenario.node_nm]
    return report.energy_j + report.mac_j * (bare / mac_energy_j(scenario) - 1.0)


def asleep_while_busy(report: EnergyReport, scenario: Scenario) -> float:
    """As if a gated region leaked nothing while it works."""
    del scenario
    accesses: float = sum(getattr(report, f"{kind}_{way}_j") for kind in DataKind
                          for way in ("read", "write"))  # fmt: skip
    return report.energy_j - (report.scratchpad_energy_j - accesses)


def half_fused(scenario: Scenario, batch: DesignBatch) -> StepCounts:
    """Element-wise layers in the scratchpad, and yet at no cost off the chip."""
    options = replace(scenario.accelerator, elementwise="unfused")
    measured = network(scenario.network, scenario.batch_size)
    work, _ = elementwise_work(measured, Parts(1), options, 0)
    counts = step_counts(batch, scenario)
    return replace(counts, reads=counts.reads + work.reads[:, :, None],
                   writes=counts.writes + work.writes[:, :, None])  # fmt: skip


def pair(
    scenario: Scenario, *, said: bool = True, told: tuple[Told, Told] = (whole, whole),
    counts: Callable[[Scenario, DesignBatch], StepCounts] = lambda s, b: step_counts(b, s),
) -> Pair:  # fmt: skip
    """Ratio of energies and of times, SRAM's and STT-MRAM's; `said` False: mats by technology."""
    designs = [baseline_design(scenario, ARRAY), nominal_design(scenario, ARRAY)]
    if not said:
        designs = [unsaid(design) for design in designs]
    batch = DesignBatch.of([sized(design, scenario) for design in designs])
    report = evaluate_batch(batch, scenario, counts=counts(scenario, batch))
    sram, mram = (of(report.row(place), scenario) for place, of in enumerate(told))
    return sram / mram, float(report["time_s"][1] / report["time_s"][0])


def unsaid(design: DesignPoint) -> DesignPoint:
    """As many banks as mats up to 16, of 128 KiB for SRAM and 512 KiB for STT-MRAM."""
    regions = {
        kind.value: replace(design.memory[kind], banks=None, mat_kib=None) for kind in DataKind
    }
    return replace(design, memory=MemoryPlan(**regions))


def organised(scenario: Scenario, depths: Sequence[int]) -> Pair:
    """Each technology with the banks, mats and accumulator that suit it best."""
    best = []
    for design in (baseline_design(scenario, ARRAY), nominal_design(scenario, ARRAY)):
        found = best_organised(DesignBatch.of([design]), scenario, ["energy_j"],
                               organisations=Organisations(depths_words=depths))  # fmt: skip
        best.append(found.report.row(0))
    return best[0].energy_j / best[1].energy_j, best[1].time_s / best[0].time_s


def rows() -> dict[str, Callable[[Scenario], Pair]]:
    """Each row of the table by its name."""

    def changed(**options: Any) -> Callable[[Scenario], Pair]:
        return lambda s: pair(replace(s, accelerator=replace(s.accelerator, **options)))

    def memory(**options: Any) -> Callable[[Scenario], Pair]:
        return lambda s: pair(replace(s, memory=replace(s.memory, **options)))

    def area(cell: Any) -> Callable[[Scenario], Pair]:
        return lambda s: pair(
            replace(s, sizing="iso_area", memory=replace(s.memory, sram_cell=cell))
        )

    return {
        "as it is: same banks and mats": pair,
        "as it is: each with its best banks and mats": lambda s: organised(s, (4096,)),
        "E1 taken back: one maximum over the step": changed(overlap="step"),
        "E1 further: by layer": changed(overlap="layer"),
        "E2 taken back: mats by technology, a bank each": lambda s: pair(s, said=False),
        "E3 taken back: elements of 5 uW": lambda s: pair(
            s, told=(elements_of_5_uw, elements_of_5_uw)),
        "E4: 4096 words, best accumulator instead": lambda s: organised(s, DEPTHS_WORDS),
        "E5 taken back: unfused on the chip, fused off it": lambda s: pair(s, counts=half_fused),
        "E5: unfused": changed(elementwise="unfused"),
        "E5: statistics first": changed(elementwise="statistics_first"),
        "E6 taken back: no registers, HP's scale": lambda s: pair(s, told=(bare_macs, bare_macs)),
        "E7: gate 0": memory(gate=0.0),
        "E7 taken back: gate 0, nothing leaks while busy": lambda s: pair(
            replace(s, memory=replace(s.memory, gate=0.0)), told=(whole, asleep_while_busy)),
        "E8: equal area, NVSim's SRAM cell": area("nvsim"),
        "E8: equal area, 0.092 um2": area("silicon_dense"),
        "E8: equal area, 0.108 um2": area("silicon_low_voltage"),
        "depthwise layers one group at a time": changed(depthwise="single"),
    }  # fmt: skip


def measure(networks: Sequence[str]) -> dict[str, dict[str, dict[str, float]]]:
    """Mean, least and most ratio and mean slowdown, by row and roadmap."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for name, of in rows().items():
        found[name] = {}
        for roadmap in ROADMAPS:
            pairs = [of(Scenario(network=each, roadmap=roadmap)) for each in networks]
            ratios, times = (np.array(side) for side in zip(*pairs, strict=True))
            found[name][roadmap] = {
                "mean": float(np.exp(np.log(ratios).mean())),
                "least": float(ratios.min()),
                "most": float(ratios.max()),
                "slowdown": float(np.exp(np.log(times).mean())),
            }
        told = "   ".join(
            f"{roadmap} {f['mean']:.2f} ({f['least']:.2f}-{f['most']:.2f}; {f['slowdown']:.2f})"
            for roadmap, f in found[name].items()
        )
        print(f"{name:50s} {told}", flush=True)
    spans = ", ".join(f"{roadmap} {low}-{high}" for roadmap, (low, high) in REVIEW.items())
    print(f"{'the review, together, fused':50s} {spans}")
    return found


def main() -> None:
    """Print the table; with `--json FILE` also write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--networks", default=",".join(NETWORKS))
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    found = measure(chosen.networks.split(","))
    if chosen.json:
        chosen.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
