"""CPU time of the verbs that read a finished study: kept beside its store against solved again.

`python -m benchmarks.verbs STUDY [--folder results] [--json FILE]` takes a study that has been
run, and works on a copy of its results.
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
from dse.study import read_study

VERBS = ("front", "show", "status", "report", "run")


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


def main() -> None:
    """Print the figures, and write them where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", type=Path)
    parser.add_argument("--folder", type=Path, default=Path("results"))
    parser.add_argument("--json", type=Path)
    told = parser.parse_args()
    found = measured(told.study, told.folder)
    print("verb     solved again     kept   ratio   after a run (CPU s)")
    for verb, row in found.items():
        print(f"{verb:<8} {row['solved_again_s']:12.2f} {row['kept_s']:8.2f} {row['ratio']:7.1f}"
              f" {row['after_run_s']:13.2f}")  # fmt: skip
    if told.json:
        told.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
