"""Distinct trainings that a search needs until its front is as good as the exhaustive one.

`python -m benchmarks.search [--seeds 10] [--workers 2] [--json FILE] [--plot FILE]
[--maps ideal,cliff,...] [--only CONTENDER,...]` exhausts a space with the analytical model
(ResNet-18, batch 32, heterogeneous memories; `benchmarks/exhaustive.py`), takes accuracy from a
measured map (`benchmarks/measured_map.py`: `ideal` and `perturbed`; `benchmarks/wrong_maps.py`:
maps that the prior of sampler `gain` is wrong about), and so knows the whole Pareto front of
energy, accuracy loss and area. It then runs the product's own search with each strategy, and
pymoo's NSGA-II, and counts distinct trainings to 90, 95 and 99 % of the exhaustive hypervolume. A
run that does not arrive counts at its budget. What the JSON file holds already is not run again;
`--drawn` prints its tables and draws it.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any, Final
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from benchmarks import by_pymoo, measured_map, wrong_maps
from benchmarks.exhaustive import MARGIN, Exhausted
from dse.results import front
from dse.results.fronts import growth
from dse.search import run, surrogate
from dse.search.slices import class_name
from dse.study import Study, objective, parse_study
from evaluators.design import DataKind, ErrorProfile, SystolicArray
from evaluators.energy import baseline_design
from evaluators.evaluate import score

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


GAIN: Final = "nested + prefilter, gain"
LARGE: Final = "nested + prefilter, gain, batch 100"
FALLING: Final = "nested + prefilter, gain, falling prior"
PYMOO: Final = "joint, pymoo's NSGA-II"
NSGA2: Final = ("joint, NSGA-II", "joint, NSGA-II, 20 parents")

CONTENDERS: Final = (
    Contender(
        name="joint, random", budget=3200, search={"sampler": "random", "strategy": "joint"},
    ),
    Contender(
        name=NSGA2[0], budget=3200,
        search={"sampler": "nsga2", "strategy": "joint", "population": 50},
    ),
    Contender(
        name=NSGA2[1], budget=3200,
        search={"sampler": "nsga2", "strategy": "joint", "population": 20},
    ),
    Contender(name="joint, TPE", budget=400, search={"sampler": "tpe", "strategy": "joint"}),
    Contender(name=PYMOO, budget=3200, search={}),
    Contender(
        name="nested, NSGA-II", budget=400,
        search={"sampler": "nsga2", "prefilter": False, "least_gain": 0.0},
    ),
    Contender(
        name="nested + prefilter, random", budget=400,
        search={"sampler": "random", "least_gain": 0.0},
    ),
    Contender(
        name="nested + prefilter, NSGA-II", budget=400,
        search={"sampler": "nsga2", "least_gain": 0.0},
    ),
    Contender(
        name="nested + prefilter + least gain, NSGA-II", budget=200, search={"sampler": "nsga2"},
    ),
    Contender(
        name="nested + prefilter, Optuna's GP", budget=60,
        search={"sampler": "gp", "least_gain": 0.0},
    ),
    Contender(
        name="nested + prefilter, BoTorch's qLogNEHVI", budget=60,
        search={"sampler": "benchmarks.by_botorch:sampler", "least_gain": 0.0},
    ),
    Contender(name=LARGE, budget=202, search={"sampler": "gain", "batch": 100}),
    Contender(name=FALLING, budget=102, search={"sampler": "gain"}),
    Contender(name=GAIN, budget=62, search={"sampler": "gain"}),
)  # fmt: skip


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


def reference() -> Array:
    """The product's own: ten times the all-SRAM baseline, and ten points."""
    study = study_of("ideal", 0, {})
    design = baseline_design(study.scenario, SystolicArray(rows=128, cols=128))
    report = score([design], study.scenario)[0].energy
    assert report is not None
    figures = (report.energy_j, 0.0, report.area_m2)
    chosen = [objective(name) for name in OBJECTIVES]
    return np.array([o.cost(o.reference(v)) for o, v in zip(chosen, figures, strict=True)])


def lost(profile: ErrorProfile, map_name: str) -> float:
    """Loss of a profile on a map."""
    if map_name in wrong_maps.LOSSES:
        return wrong_maps.loss(profile, map_name)
    return measured_map.loss(profile, perturbed=map_name == "perturbed")


def exhaustive(maps: Sequence[str]) -> tuple[dict[str, float], int]:
    """Hypervolume of the whole front on each map, and how many profiles the space holds."""
    space = Exhausted(study_of("ideal", 0, {}), reference())
    volumes = {}
    for name in maps:
        margin = MARGIN if name in MAPS else None
        volumes[name] = space.volume(partial(lost, map_name=name), margin)
        print(f"{name} map: exhaustive hypervolume {volumes[name]:.4f}", flush=True)
    return volumes, len(space.profiles)


def falling(worst_severity: Array) -> Array:
    """The prior mean of sampler `gain` upside down: more errors, less loss. [-]"""
    return surrogate.LEAST + surrogate.TEN_POINTS - surrogate.rising(worst_severity)


def searched(case: tuple[Contender, str, int]) -> list[tuple[int, float]]:
    """Distinct trainings and hypervolume after each candidate of one search."""
    contender, map_name, seed = case
    study = study_of(map_name, seed, contender.search)
    if contender.name == PYMOO:
        return by_pymoo.searched(study, contender.budget, seed)
    prior = falling if contender.name == FALLING else surrogate.rising
    with patch("dse.search.gain.rising", prior), tempfile.TemporaryDirectory() as folder:
        record = run(study, candidates=contender.budget, folder=folder, executor="inline")
        return [(p.trainings, p.hypervolume) for p in growth(front(record))]


def trainings_to(curve: list[tuple[int, float]], volume: float, share: float) -> int | None:
    """Distinct trainings until a share of the exhaustive hypervolume; None if never."""
    return next((count for count, reached in curve if reached >= share * volume), None)


def summary(told: dict[str, Any]) -> list[str]:
    """The tables, and the ratio that counts."""
    lines = []
    for name in told["exhaustive"]:
        lines.append(f"{name} map, exhaustive hypervolume {told['exhaustive'][name]:.4f}")
        lines.append(f"{'':42}{'90 %':>6}{'95 %':>6}{'99 %':>6}   99 % by seed (> never, budget)")
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
            cells = "".join(f"{value:6.0f}" for value in counted)
            lines.append(f"{contender.name:42}{cells}   {' '.join(seeds)}")
        joint = [medians[one] for one in NSGA2 if one in medians]
        if joint and GAIN in medians:
            ratio = min(joint) / medians[GAIN]
            told.setdefault("ratio", {})[name] = ratio
            lines.append(f"{GAIN}: {ratio:.0f}x fewer distinct trainings than the better joint "
                         f"NSGA-II at its budget (goal 50x)")  # fmt: skip
    return lines


def plot(told: dict[str, Any], file: Path) -> None:
    """Median share of the exhaustive hypervolume over distinct trainings, with all seeds."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    canvas, axes = plt.subplots(1, 2, figsize=(12, 4.6), sharey=True)
    shown = [c for c in CONTENDERS if any(r["contender"] == c.name for r in told["runs"])]
    colours = mpl.colormaps["tab20"].colors  # type: ignore[attr-defined]
    for axis, name in zip(axes, MAPS, strict=True):
        for contender, colour in zip(shown, colours, strict=False):
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


def kept(file: Path | None, maps: Sequence[str]) -> dict[str, Any]:
    """What was found before, with the hypervolume of every map that is asked for."""
    told: dict[str, Any] = {"exhaustive": {}, "profiles": 0, "runs": []}
    if file is not None and file.exists():
        told = json.loads(file.read_text(encoding="utf-8"))
    new = [name for name in maps if name not in told["exhaustive"]]
    if new:
        volumes, told["profiles"] = exhaustive(new)
        told["exhaustive"].update(volumes)
    accuracy = measured_map.accuracy_map()
    told["map"] = {"fault_free_accuracy": accuracy.free, "spread": accuracy.spread,
                   "median_error_of_mixed": accuracy.mixed_error}  # fmt: skip
    return told


def main() -> None:
    """Exhaust the space, run every contender with every seed on the maps, tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--plot", type=Path)
    others = ", ".join(wrong_maps.LOSSES)
    parser.add_argument("--maps", default=",".join(MAPS), help=f"with commas; also {others}")
    parser.add_argument("--only", default="", help="contenders by their names, with semicolons")
    parser.add_argument("--drawn", action="store_true", help="run nothing")
    chosen = parser.parse_args()
    maps = [] if chosen.drawn else chosen.maps.split(",")
    only = [name.strip() for name in chosen.only.split(";") if name]
    told = kept(chosen.json, maps)
    before = {(r["contender"], r["map"], r["seed"]) for r in told["runs"]}
    cases = [(c, m, seed) for c in reversed(CONTENDERS) for m in maps
             if not only or c.name in only for seed in range(chosen.seeds)
             if (c.name, m, seed) not in before]  # fmt: skip
    with ProcessPoolExecutor(chosen.workers, mp_context=get_context("spawn")) as pool:
        found = map(searched, cases) if chosen.workers == 1 else pool.map(searched, cases)
        for (contender, name, seed), curve in zip(cases, found, strict=True):
            volume = told["exhaustive"][name]
            to = {f"{share:.2f}": trainings_to(curve, volume, share) for share in SHARES}
            told["runs"].append({"map": name, "contender": contender.name, "seed": seed,
                                 "to": to, "candidates": len(curve), "trainings": curve[-1][0],
                                 "curve": thinned(curve)})  # fmt: skip
            print(f"{name:10} {contender.name:40} seed {seed}: {to}, reached "
                  f"{curve[-1][1] / volume:.4f}", flush=True)  # fmt: skip
            write(chosen.json, told)
    print("\n".join(summary(told)))
    write(chosen.json, told)
    if chosen.plot:
        plot(told, chosen.plot)
    sys.stdout.flush()


def write(file: Path | None, told: dict[str, Any]) -> None:
    """Keep what was found so far, one run a line."""
    if file is None:
        return
    runs = sorted(told["runs"], key=lambda r: (r["map"], r["contender"], r["seed"]))
    head = json.dumps({**told, "runs": []}, indent=1).replace('"runs": []', '"runs": [\n  @]')
    lines = ",\n  ".join(json.dumps(run) for run in runs)
    file.write_text(head.replace("@", lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
