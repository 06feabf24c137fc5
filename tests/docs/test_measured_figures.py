"""Figures that pages quote from the tables of benchmarks, and where those of a page come from."""

import csv
import json
import re
from pathlib import Path
from statistics import median
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).parents[2]

SOURCES: Final = {
    "README.md": ("studies/quickstart.toml", "docs/paper.md", "docs/quickstart.md"),
    "docs/quickstart.md": ("studies/quickstart.toml", "tests/docs/quickstart_trainings.json"),
    "docs/paper.md": ("studies/iso_capacity.toml", "studies/iso_area.toml",
                      "docs/data/write_optimization.csv", "docs/data/tolerance.csv",
                      "docs/data/heterogeneous.csv", "docs/data/heterogeneous_verified.csv"),
    "docs/physics.md": ("benchmarks/model_review.py", "tests/published/data"),
    "docs/training.md": ("docs/data/sensitivity.csv", "docs/data/counted.csv",
                         "docs/data/tolerance.csv", "benchmarks/faults.py"),
    "docs/search.md": ("benchmarks/data/search.json", "benchmarks/data/accuracy_map.csv"),
    "docs/when.md": ("docs/data/when_it_pays.csv", "benchmarks/when_it_pays.py"),
    "docs/reliability.md": ("tests/crashes",),
    "docs/networks.md": ("tests/unit/capture",),
    "studies/README.md": ("docs/data/codesign.csv", "docs/data/codesign_verified.csv",
                          "docs/data/heterogeneous_verified.csv", "docs/data/tolerance.csv",
                          "docs/data/write_optimization.csv", "studies/two_levels.toml"),
}  # fmt: skip
"""Page -> what its results come from: tables, or what computes them anew in a test."""

OF_AN_EXAMPLE: Final = {"docs/extend.md"}
"""Pages whose figures are arguments, or printed by a command that a test runs."""

RESULT: Final = re.compile(r"\d[\d.]*(?:x less|x fewer|x the| mJ| points)")
"""A figure that is an answer."""


@pytest.mark.parametrize("page", SOURCES)
def test_what_a_page_takes_its_figures_from_is_there(page: str) -> None:
    assert (ROOT / page).exists()
    for source in SOURCES[page]:
        assert (ROOT / source).exists(), source


def test_every_page_that_quotes_a_result_says_where_it_comes_from() -> None:
    pages = [*ROOT.glob("docs/*.md"), ROOT / "README.md", ROOT / "studies" / "README.md"]
    quoting = {str(p.relative_to(ROOT)) for p in pages if RESULT.search(p.read_text())}
    assert sorted(quoting - SOURCES.keys() - OF_AN_EXAMPLE) == []


SEARCHED: Final = json.loads((ROOT / "benchmarks" / "data" / "search.json").read_text())


def runs_of(contender: str, map_name: str) -> list[dict[str, Any]]:
    runs = [r for r in SEARCHED["runs"] if (r["contender"], r["map"]) == (contender, map_name)]
    return sorted(runs, key=lambda run: run["seed"])


def trainings(run: dict[str, Any]) -> str:
    return str(run["to"]["0.99"] or f">{run['trainings']}")


def of_seeds(contender: str, map_name: str) -> str:
    """As the page writes it: the median, or that it never arrived."""
    runs = runs_of(contender, map_name)
    if any(run["to"]["0.99"] is None for run in runs):
        assert len(runs) == 1
        return trainings(runs[0])
    return f"{median(run['to']['0.99'] for run in runs):g}"


SEARCHES: Final = (
    "joint, random", "joint, TPE (400 candidates)", "joint, pymoo's NSGA-II",
    "joint, NSGA-II, 50 parents", "joint, NSGA-II, 20 parents",
    "nested + prefilter, Optuna's GP (60 candidates)",
    "nested + prefilter, BoTorch's qLogNEHVI (60 candidates)",
    "nested + prefilter, gain, falling prior", "nested + prefilter, gain",
)  # fmt: skip
"""Rows of the page: the benchmark's names, with what they leave unsaid."""


@pytest.mark.parametrize("row", SEARCHES)
def test_trainings_that_a_search_takes(row: str) -> None:
    page = (ROOT / "docs" / "search.md").read_text()
    name = re.sub(r" \(.*\)|, 50 parents", "", row)
    seeds = len(runs_of(name, "ideal"))
    ideal, perturbed = (of_seeds(name, map_name) for map_name in ("ideal", "perturbed"))
    assert f"| {row} | {seeds} | {ideal} | {perturbed} |" in page


def test_trainings_of_every_seed() -> None:
    page = " ".join((ROOT / "docs" / "search.md").read_text().split())
    ideal, perturbed = (
        " ".join(map(trainings, runs_of("nested + prefilter, gain", map_name)))
        for map_name in ("ideal", "perturbed")
    )
    assert f"ideal {ideal}; perturbed {perturbed}." in page
    ratios = [SEARCHED["ratio"][name] for name in ("ideal", "perturbed")]
    assert f"at least {ratios[0]:.0f} and {ratios[1]:.0f} times fewer" in page
    falling = [run for name in ("ideal", "perturbed")
               for run in runs_of("nested + prefilter, gain, falling prior", name)]  # fmt: skip
    assert f"still arrives, after {max(run['to']['0.99'] for run in falling)} at worst" in page


WRONG: Final = {
    "fragile by 30x": "fragile", "fragile by 1,000x, noisy": "fragile_noisy",
    "tolerant by 30x": "tolerant", "tolerant by 1,000x": "tolerant_more",
    "errors fragile": "errors_fragile", "cliff": "cliff", "cliff, noisy": "cliff_noisy",
    "hump": "hump", "weights fragile": "weights_fragile",
    "weights fragile, noisy": "weights_fragile_noisy",
    "activations fragile": "activations_fragile", "shuffled": "shuffled",
    "heavy noise": "heavy_noise",
}  # fmt: skip


@pytest.mark.parametrize("row", WRONG)
def test_maps_that_the_prior_is_wrong_about(row: str) -> None:
    page = (ROOT / "docs" / "search.md").read_text()
    seeds = " ".join(map(trainings, runs_of("nested + prefilter, gain", WRONG[row])))
    assert f"| {row} | {seeds} |" in page


def test_counted_and_once() -> None:
    page = (ROOT / "docs" / "training.md").read_text()
    with (ROOT / "docs" / "data" / "counted.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    for start in range(0, len(rows), 2):
        assert {row["writes"] for row in rows[start : start + 2]} == {"once", "counted"}
    for name in dict.fromkeys(row["model"] for row in rows):
        for writes in ("once", "counted"):
            own = [row for row in rows if (row["model"], row["writes"]) == (name, writes)]
            cells = " | ".join(f"{float(r['points']):.2f} ({float(r['sd']):.2f})" for r in own)
            assert f"| {writes} | {cells} |" in page
