"""CPU time of the verbs that read a finished study: kept beside its store against solved again.

`python -m benchmarks.verbs STUDY [--folder results] [--json FILE]` takes a study that has been
run, and works on a copy of its results.

`python -m benchmarks.verbs --grown 500,1000,2000,5000` makes one: strategy `nested` over the
heterogeneous space of ResNet-18, three objectives, a trainer that answers at once; it goes on to
each number of candidates, and the verbs read it there.
"""

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from dse.results.kept import FOLDER
from dse.search import run
from dse.study import read_study

VERBS = ("front", "show", "status", "report", "run")

GROWN = """
name = "grown"
space = "heterogeneous"
objectives = ["energy_j", "accuracy_loss", "area_m2"]

[scenario]
network = "resnet18"
training = { trainer = "benchmarks.reading:trainer", seeds = 1 }

[search]
strategy = "nested"
sampler = "gain"
candidates = 1000000
batch = 500
"""


def cpu_s(verb: str, study: Path, folder: Path) -> float:
    """CPU time of a verb, its children's included. [s]"""
    before = _used_s()
    extra = ["0"] if verb == "show" else []
    words = [verb, str(study), *extra, "--folder", str(folder)]
    subprocess.run([sys.executable, "-m", "dse", *words], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    return _used_s() - before


def _used_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measured(study: Path, results: Path) -> dict[str, dict[str, float]]:
    """For each verb the CPU time with nothing kept, and with what that left. [s]"""
    name = read_study(study).name
    found: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as copied:
        folder = Path(copied)
        shutil.copytree(results / name, folder / name)
        cpu_s("report", study, folder)  # compiles, and tables of the cell
        for verb in VERBS:
            shutil.rmtree(folder / name / FOLDER, ignore_errors=True)
            again = cpu_s(verb, study, folder)
            kept = min(cpu_s(verb, study, folder) for _ in range(2))
            found[verb] = {"solved_again_s": again, "kept_s": kept, "ratio": again / kept}
        cpu_s("run", study, folder)  # leaves all that readers need
        for verb in VERBS:
            found[verb]["after_run_s"] = cpu_s(verb, study, folder)
    return found


def grown(sizes: list[int]) -> dict[str, dict[str, float]]:
    """CPU time of each verb on a nested study of so many candidates, after its run. [s]"""
    found: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as made:
        folder, file = Path(made), Path(made) / "grown.toml"
        file.write_text(GROWN, encoding="utf-8")
        asked = read_study(file)
        for size in sizes:
            run(asked, folder=folder, candidates=size, executor="inline")
            written = GROWN.replace("1000000", str(size))
            file.write_text(written, encoding="utf-8")
            cpu_s("run", file, folder)  # leaves what readers need, as every run does
            found[str(size)] = {verb: cpu_s(verb, file, folder) for verb in VERBS}
            _print_grown(size, found[str(size)])
    return found


def _print_grown(size: int, row: dict[str, float]) -> None:
    told = "  ".join(f"{verb} {row[verb]:.1f}" for verb in VERBS)
    print(f"{size:6} candidates, CPU s: {told}", flush=True)


def main() -> None:
    """Print the figures, and write them where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", type=Path, nargs="?", default=Path("studies/quickstart.toml"))
    parser.add_argument("--folder", type=Path, default=Path("results"))
    parser.add_argument("--grown", help="numbers of candidates, comma-separated")
    parser.add_argument("--json", type=Path)
    told = parser.parse_args()
    if told.grown:
        found = grown([int(size) for size in told.grown.split(",")])
    else:
        found = measured(told.study, told.folder)
        print("verb     solved again     kept   ratio   after a run (CPU s)")
        for verb, row in found.items():
            print(f"{verb:<8} {row['solved_again_s']:12.2f} {row['kept_s']:8.2f} "
                  f"{row['ratio']:7.1f} {row['after_run_s']:13.2f}")  # fmt: skip
    if told.json:
        told.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
