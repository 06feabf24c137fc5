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
    """As the page writes it: the median, or that none arrived with the whole budget."""
    runs = runs_of(contender, map_name)
    if any(run["to"]["0.99"] is None for run in runs):
        assert all(run["to"]["0.99"] is None for run in runs)
        return f">{median(run['trainings'] for run in runs):g}"
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


def rows_of(file: str) -> list[dict[str, str]]:
    with (ROOT / "docs" / "data" / file).open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def borne(kind: str, reliable_bits: int) -> str:
    """The largest rate below which no training of the tolerance study loses more than a point."""
    own = [
        (float(row[f"{kind}_error_probability"]), float(row["accuracy_loss"]))
        for row in rows_of("tolerance.csv")
        if row[f"{kind}_error_probability"]
        and float(row[f"{kind}_reliable_bits"]) == reliable_bits
    ]
    lost = min((rate for rate, loss in own if loss > 0.01), default=1.0)
    return f"{max(rate for rate, _ in own if rate < lost):.0e}".replace("e-0", "e-")


def test_what_each_kind_of_data_bears() -> None:
    page = " ".join((ROOT / "docs" / "training.md").read_text().split())
    activation, weight, error = (
        [borne(kind, bits) for bits in (0, 2, 4)] for kind in ("activation", "weight", "error")
    )
    assert (
        f"activations bear {activation[0]} with no reliable bits, {activation[1]} with two, "
        f"{activation[2]} with four; weights {weight[0]}, {weight[1]} and {weight[2]}; "
        f"errors {error[0]} whatever is protected"
    ) in page
    assert len(set(error)) == 1


def drop(row: dict[str, str], spread: bool = True) -> str:
    """As the page writes a drop of accuracy; chance where no seed learned."""
    if float(row["accuracy"]) <= 0.105:
        return "chance"
    shown = f"{float(row['accuracy_drop']):.3f}".replace("0.", ".", 1)
    return shown + (
        f" ({float(row['accuracy_drop_sd']):.3f})".replace("0.", ".") if spread else ""
    )


def sensitivity(**chosen: str) -> list[dict[str, str]]:
    plain = {"encoding": "twos_complement", "headroom_bits": "0", "activations_at": "inputs",
             "faulty_bits": "8"}  # fmt: skip
    wanted = plain | chosen
    own = [row for row in rows_of("sensitivity.csv")
           if all(row[name] == value for name, value in wanted.items())]  # fmt: skip
    # A case that stands in two of the benchmark's tables is one.
    by_rate = {float(row["error_probability"]): row for row in own}
    return [by_rate[rate] for rate in sorted(by_rate)]


MODELS: Final = {
    "small_cnn": "small CNN", "resnet8": "ResNet-8", "tiny_transformer": "tiny transformer",
}  # fmt: skip


@pytest.mark.parametrize("model", MODELS)
def test_how_sensitive_each_kind_is(model: str) -> None:
    page = (ROOT / "docs" / "training.md").read_text()
    (free,) = sensitivity(model=model, kind="none")
    assert f"{MODELS[model]} ({float(free['accuracy']):.3f}".replace("0.", ".") in page
    for kind in ("weight", "activation", "error"):
        cells = " | ".join(map(drop, sensitivity(model=model, kind=kind)))
        assert f"| {kind}s | {cells} |" in page


def test_protected_errors_and_where_activations_are_written() -> None:
    page = (ROOT / "docs" / "training.md").read_text()
    for encoding, shown in (("twos_complement", "two's complement"),
                            ("sign_magnitude", "sign-magnitude")):  # fmt: skip
        cells = []
        for bits in (2, 4, 6, 8):
            found = sensitivity(model="small_cnn", kind="error", encoding=encoding,
                                faulty_bits=str(bits))  # fmt: skip
            cells.append(drop(next(r for r in found if float(r["error_probability"]) == 0.01)))
        assert f"| {shown} | {' | '.join(cells)} |" in page
    for headroom, at, shown in (
        ("0", "inputs", "as a layer reads them | none"),
        ("1", "inputs", "as a layer reads them | one bit"),
        ("0", "outputs", "as a layer makes them, before rectifier and pooling | none"),
    ):
        found = sensitivity(model="small_cnn", kind="activation", headroom_bits=headroom,
                            activations_at=at)  # fmt: skip
        cells = [drop(row, spread=False) for row in found]
        assert f"| {shown} | {' | '.join(cells)} |" in page


def test_figures_of_the_changelog_stand_on_their_pages() -> None:
    table = (ROOT / "CHANGELOG.md").read_text().split("| page | 0.1 | 0.2 | why |\n")[1]
    lines = table.split("\n\n", 1)[0].splitlines()[1:]
    assert len(lines) > 10
    for line in lines:
        page, before, now, why = (cell.strip() for cell in line.strip("|").split(" | "))
        assert before
        assert why
        assert now in " ".join((ROOT / page).read_text().split()), now
