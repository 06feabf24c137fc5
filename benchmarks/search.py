"""Distinct trainings that a search needs until its front is as good as the exhaustive one.

`python -m benchmarks.search [--seeds 5] [--workers 2] [--json FILE] [--plot FILE]
[--maps ideal,cliff,...] [--only CONTENDER]` scores every design of a space with the analytical
model (ResNet-18, batch 32, heterogeneous memories), takes accuracy from a measured map
(`benchmarks/measured_map.py`: `ideal` and `perturbed`; `benchmarks/wrong_maps.py`), and so knows
the whole Pareto front of energy, accuracy loss and area. It then runs the product's own search
with each strategy, and pymoo's NSGA-II, and counts distinct trainings to 90, 95 and 99 % of the
exhaustive hypervolume. A run that does not arrive counts at its budget.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any, Final

import moocore
import numpy as np
from numpy.typing import NDArray

from benchmarks import by_pymoo, measured_map, wrong_maps
from dse.results import front
from dse.results.fronts import growth
from dse.search import Slices, run
from dse.search.slices import class_name
from dse.study import Study, objective, parse_study
from evaluators.design import DataKind, ErrorProfile, SystolicArray
from evaluators.energy import baseline_design
from evaluators.evaluate import score
from evaluators.profiles import error_profiles, snapped
from search_spaces.axes import Value

Array = NDArray[np.float64]
MIB: Final = 2**20
OBJECTIVES: Final = ("energy_j", "accuracy_loss", "area_m2")
SHARES: Final = (0.90, 0.95, 0.99)
MAPS: Final = ("ideal", "perturbed")
CLASS: Final = class_name("")


@dataclass(frozen=True, kw_only=True)
class Contender:
    """A way to search, and how many candidates it may evaluate."""

    name: str
    budget: int
    search: dict[str, Any]


DEFAULT: Final = "nested + prefilter + gain"
GAIN: Final = "nested + prefilter, sampler gain"
PYMOO: Final = "joint pymoo NSGA-II"

CONTENDERS: Final = (
    Contender(name="joint random", budget=3200, search={"sampler": "random", "strategy": "joint"}),
    Contender(
        name="joint NSGA-II", budget=3200,
        search={"sampler": "nsga2", "strategy": "joint", "population": 50},
    ),
    Contender(
        name="joint NSGA-II, 20 parents", budget=3200,
        search={"sampler": "nsga2", "strategy": "joint", "population": 20},
    ),
    Contender(name="joint TPE", budget=400, search={"sampler": "tpe", "strategy": "joint"}),
    Contender(name=PYMOO, budget=3200, search={}),
    Contender(
        name="nested", budget=400, search={"prefilter": False, "least_gain": 0.0},
    ),
    Contender(name="nested + prefilter", budget=400, search={"least_gain": 0.0}),
    Contender(
        name="nested + prefilter + gain, random", budget=200, search={"sampler": "random"},
    ),
    Contender(name=GAIN, budget=42, search={"sampler": "gain"}),
    Contender(name=DEFAULT, budget=200, search={}),
)  # fmt: skip
"""The last is the product's default."""


def study_of(map_name: str, seed: int, search: dict[str, Any]) -> Study:
    """The space that is searched."""
    kinds = tuple(DataKind)
    module = "wrong_maps" if map_name in wrong_maps.LOSSES else "measured_map"
    return parse_study(
        {
            "name": "search", "space": "heterogeneous", "objectives": list(OBJECTIVES),
            "storage": "memory",
            "scenario": {"network": "resnet18", "training": {
                "trainer": f"benchmarks.{module}:{map_name}", "seeds": 1}},
            "axes": {
                "array_rows": [32, 64, 128, 256], "array_cols": [32, 64, 128, 256],
                **{f"{kind}_capacity_bytes": [MIB, 2 * MIB, 4 * MIB, 8 * MIB] for kind in kinds},
                **{f"{kind}_reliable_bits": [0, 2, 4, 8] for kind in kinds},
            },
            "search": {"seed": seed, **search},
        },
        "search",
    )  # fmt: skip


def memories() -> Iterator[dict[str, Value]]:
    """Every distinct choice of memories and reliable bits."""
    options = [("sram", 8), *(("stt_mram", bits) for bits in (0, 2, 4, 8))]
    for chosen in product(options, repeat=3):
        values: dict[str, Value] = {}
        for kind, (technology, bits) in zip(DataKind, chosen, strict=True):
            values[f"{kind}_technology"] = technology
            values[f"{kind}_reliable_bits"] = bits
        yield values


@dataclass(frozen=True, kw_only=True)
class Exhausted:
    """Unbeaten points of one choice of memories: energy, area, and the profile's number."""

    figures: Array
    profile: NDArray[np.intp]
    profiles: list[ErrorProfile]


def exhaust(values: dict[str, Value]) -> Exhausted:
    """All write classes, arrays and capacities for one choice of memories."""
    study = study_of("ideal", 0, {})
    slices = Slices(study, study.scenario, OBJECTIVES)
    faulty = any(values[f"{k}_technology"] == "stt_mram" and values[f"{k}_reliable_bits"] != 8
                 for k in DataKind)  # fmt: skip
    figures, numbers, profiles = [], [], []
    classes = len(slices.classes[""]) if faulty else 1
    slices.prepare([{**values, CLASS: number} for number in range(classes)])
    for number in range(classes):
        found = slices.solve({**values, CLASS: number})
        design = study.design(found.values[found.knee])
        profiles.append(snapped(error_profiles([design], study.scenario)[0], design))
        figures.append(found.figures)
        numbers.append(np.full(len(found.figures), number))
    return Exhausted(figures=np.concatenate(figures), profile=np.concatenate(numbers),
                     profiles=profiles)  # fmt: skip


def reference() -> Array:
    """The product's own: ten times the all-SRAM baseline, and ten points."""
    study = study_of("ideal", 0, {})
    design = baseline_design(study.scenario, SystolicArray(rows=128, cols=128))
    report = score([design], study.scenario)[0].energy
    assert report is not None
    figures = (report.energy_j, 0.0, report.area_m2)
    chosen = [objective(name) for name in OBJECTIVES]
    return np.array([o.cost(o.reference(v)) for o, v in zip(chosen, figures, strict=True)])


def costs(energy_j: Array, loss: Array, area_m2: Array) -> Array:
    """As `Objective.cost`, for many designs."""
    points = np.log(0.1 + np.maximum(100.0 * loss, 0.0))
    return np.stack([np.log(energy_j), points, np.log(area_m2)], axis=1)


def lost(profile: ErrorProfile, map_name: str) -> float:
    """Loss of a profile on a map."""
    if map_name in wrong_maps.LOSSES:
        return wrong_maps.loss(profile, map_name)
    return measured_map.loss(profile, perturbed=map_name == "perturbed")


def exhaustive(workers: int, maps: Sequence[str] = MAPS) -> tuple[dict[str, float], int]:
    """Hypervolume of the whole front on each map, and how many profiles the space holds."""
    everything = list(memories())
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        found = list(pool.map(exhaust, everything, chunksize=4))
    bound, volumes = reference(), {}
    for name in maps:
        best: Array = np.empty((0, 3))
        for part in found:
            losses = np.array([lost(profile, name) for profile in part.profiles])
            rows = costs(part.figures[:, 0], losses[part.profile], part.figures[:, 1])
            best = np.concatenate([best, rows])
            best = best[moocore.is_nondominated(best)]
        volumes[name] = float(moocore.hypervolume(best, ref=bound))
    return volumes, len({profile for part in found for profile in part.profiles})


def searched(case: tuple[Contender, str, int]) -> list[tuple[int, float]]:
    """Distinct trainings and hypervolume after each candidate of one search."""
    contender, map_name, seed = case
    study = study_of(map_name, seed, contender.search)
    if contender.name == PYMOO:
        return by_pymoo.searched(study, contender.budget, seed)
    with tempfile.TemporaryDirectory() as folder:
        record = run(study, candidates=contender.budget, folder=folder, executor="inline")
        return [(p.trainings, p.hypervolume) for p in growth(front(record))]


def trainings_to(curve: list[tuple[int, float]], volume: float, share: float) -> int | None:
    """Distinct trainings until a share of the exhaustive hypervolume; None if never."""
    return next((count for count, reached in curve if reached >= share * volume), None)


def summary(told: dict[str, Any]) -> list[str]:
    """The table, and the ratio that counts."""
    lines = []
    for name in told["exhaustive"]:
        lines.append(f"{name} map, exhaustive hypervolume {told['exhaustive'][name]:.4f}")
        lines.append(f"{'':34}{'90 %':>8}{'95 %':>8}{'99 %':>8}   99 % by seed (> never, budget)")
        medians = {}
        for contender in CONTENDERS:
            runs = [r for r in told["runs"]
                    if (r["map"], r["contender"]) == (name, contender.name)]  # fmt: skip
            if not runs:
                continue
            counted = [
                median(r["to"][f"{share:.2f}"] or r["trainings"] for r in runs) for share in SHARES
            ]
            medians[contender.name] = counted[-1]
            seeds = [str(r["to"]["0.99"] or f">{r['trainings']}") for r in runs]
            cells = "".join(f"{value:8.0f}" for value in counted)
            lines.append(f"{contender.name:34}{cells}   {' '.join(seeds)}")
        if name not in MAPS or not {"joint NSGA-II, 20 parents", DEFAULT} <= set(medians):
            continue
        joint = min(medians["joint NSGA-II"], medians["joint NSGA-II, 20 parents"])
        ratio = joint / medians[DEFAULT]
        told.setdefault("ratio", {})[name] = ratio
        goal, floor = {"ideal": (20, 10), "perturbed": (9, 5)}[name]
        lines.append(f"{DEFAULT} needs {ratio:.1f}x fewer distinct trainings than the "
                     f"better joint NSGA-II (goal {goal}x, floor {floor}x)")  # fmt: skip
    return lines


def plot(told: dict[str, Any], file: Path) -> None:
    """Median share of the exhaustive hypervolume over distinct trainings, with all seeds."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    canvas, axes = plt.subplots(1, 2, figsize=(12, 4.6), sharey=True)
    colours = (
        "#9aa0aa",
        "#d97706",
        "#eab308",
        "#a855f7",
        "#dc2626",
        "#0891b2",
        "#1d4ed8",
        "#84cc16",
        "#db2777",
        "#15803d",
    )
    for axis, name in zip(axes, MAPS, strict=True):
        for contender, colour in zip(CONTENDERS, colours, strict=True):
            for run_ in told["runs"]:
                if (run_["map"], run_["contender"]) != (name, contender.name):
                    continue
                steps = np.array(run_["curve"])
                axis.step(steps[:, 0], steps[:, 1] / told["exhaustive"][name], where="post",
                          color=colour, alpha=0.8, linewidth=1.1,
                          label=contender.name if run_["seed"] == 0 else None)  # fmt: skip
        axis.axhline(0.99, color="black", linewidth=0.8, linestyle=":")
        axis.set(xscale="log", xlabel="Distinct trainings (1)", title=f"{name} accuracy map",
                 ylim=(0.6, 1.01))  # fmt: skip
        axis.grid(visible=True, alpha=0.25)
    axes[0].set_ylabel("Share of the exhaustive hypervolume (1)")
    lines, names = axes[1].get_legend_handles_labels()
    canvas.legend(lines, names, frameon=False, loc="lower center", ncols=5, fontsize=8)
    canvas.tight_layout(rect=(0.0, 0.09, 1.0, 1.0))
    canvas.savefig(file, dpi=150)


def thinned(curve: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """The points where the hypervolume grows, and the last."""
    kept = [point for place, point in enumerate(curve)
            if place == 0 or point[1] > curve[place - 1][1] + 1e-9]  # fmt: skip
    return [(count, round(volume, 6)) for count, volume in [*kept, curve[-1]]]


def main() -> None:
    """Exhaust the space, run every contender with every seed on both maps, tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--plot", type=Path)
    others = ", ".join(wrong_maps.LOSSES)
    parser.add_argument("--maps", default=",".join(MAPS), help=f"with commas; also {others}")
    parser.add_argument("--only", default="", help="one contender, by its name")
    chosen = parser.parse_args()
    began = time.monotonic()
    maps = chosen.maps.split(",")
    volumes, profiles = exhaustive(chosen.workers, maps)
    print(f"exhaustive: {profiles} profiles x 1,024 arrays and capacities, "
          f"{time.monotonic() - began:.0f} s", flush=True)  # fmt: skip
    accuracy = measured_map.accuracy_map()
    told: dict[str, Any] = {
        "exhaustive": volumes, "profiles": profiles, "runs": [],
        "map": {"fault_free_accuracy": accuracy.free, "spread": accuracy.spread,
                "median_error_of_mixed": accuracy.mixed_error},
    }  # fmt: skip
    cases = [(c, m, seed) for c in reversed(CONTENDERS) for m in maps
             if chosen.only in ("", c.name) for seed in range(chosen.seeds)]  # fmt: skip
    with ProcessPoolExecutor(chosen.workers, mp_context=get_context("spawn")) as pool:
        for (contender, name, seed), curve in zip(cases, pool.map(searched, cases), strict=True):
            to = {f"{share:.2f}": trainings_to(curve, volumes[name], share) for share in SHARES}
            told["runs"].append({"map": name, "contender": contender.name, "seed": seed,
                                 "to": to, "candidates": len(curve), "trainings": curve[-1][0],
                                 "curve": thinned(curve)})  # fmt: skip
            print(f"{name:10} {contender.name:34} seed {seed}: {to}, reached "
                  f"{curve[-1][1] / volumes[name]:.4f}", flush=True)  # fmt: skip
    print("\n".join(summary(told)))
    if chosen.json:
        chosen.json.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    if chosen.plot:
        plot(told, chosen.plot)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
