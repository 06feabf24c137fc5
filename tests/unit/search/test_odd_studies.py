"""Studies that users brought: nothing feasible, odd objectives, own samplers, one-choice axes."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pytest

from dse import front, read_study, run
from dse.commands.check import print_check
from dse.commands.compare import print_comparison
from dse.commands.front import finish, print_table
from dse.commands.report import print_report
from dse.mistakes import UserError
from dse.results import compare
from dse.search import rehearse
from dse.search.slices import Slices
from dse.study import Study, energy_objective, parse_study
from search_spaces.axes import Choice

CASES = Path(__file__).parents[2] / "cases"
HERE = "tests.unit.search.test_odd_studies"

BELOW = energy_objective("below", "minimize", lambda f: -f["energy_j"])
NAN = energy_objective(
    "nan", "minimize", lambda f: np.where(f["area_m2"] > 5e-6, np.nan, f["energy_j"])
)
COLD = energy_objective("cold", "maximize", lambda f: -1.0 / f["energy_j"], scale="plain",
                        worst=-1e9)  # fmt: skip
SHORT = energy_objective("short", "minimize", lambda f: f["energy_j"][:1])
NOTHING = energy_objective("nothing", "minimize", lambda f: 0.0 * f["energy_j"], worst=1.0)


def case(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of a case's folder, in which the test runs."""
    shutil.copytree(CASES / name, folder / name)
    monkeypatch.chdir(folder / name)
    monkeypatch.syspath_prepend(str(folder / name))
    return folder / name


def study(**changes: Any) -> Study:
    search = {"strategy": "joint", "candidates": 6, "batch": 3, **changes.pop("search", {})}
    raw: dict[str, Any] = {
        "name": "x", "space": "homogeneous", "objectives": ["energy_j", "area_m2"],
        "scenario": {"network": "lenet5"}, "axes": {"array_rows": [32, 64], "array_cols": 32},
    }  # fmt: skip
    return parse_study({**raw, **changes, "search": search}, "x.toml")


@pytest.mark.parametrize("strategy", ["joint", "nested"])
def test_nothing_feasible_ends_well(
    strategy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    case("60-nothing-feasible", tmp_path, monkeypatch)
    found = front(run(read_study(f"{strategy}.toml"), executor="inline"))
    finish(found, as_json=False)
    told = capsys.readouterr().out
    assert "The front is empty: none of 8 candidates meets the constraints" in told
    assert "The nearest is #" in told
    home = found.record.folder
    assert (home / "front.html").exists()
    assert (home / "front.png").exists()
    print_table(found, found.table, everything=False, as_json=False)
    assert "The front is empty: none of 8" in capsys.readouterr().out
    print_report(found, Path(f"{strategy}.toml"), None, as_json=False)
    print_comparison(compare(found.record, found.record), as_json=False)


def test_figures_without_a_logarithm_are_drawn(tmp_path: Path) -> None:
    found = front(run(study(objectives=[f"{HERE}:NOTHING", "area_m2"]), folder=tmp_path,
                      executor="inline"))  # fmt: skip
    finish(found, as_json=True)
    assert (tmp_path / "x" / "front.png").stat().st_size > 1000
    scales = found.plot().layout
    assert (scales.xaxis.type, scales.yaxis.type) == ("linear", "log")
    (tmp_path / "x.toml").write_text("")
    print_report(found, tmp_path / "x.toml", None, as_json=True)


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("inf_nested", "`goals:INF` must be finite, got inf"),
        ("inf_joint", "`goals:INF` must be finite, got inf"),
        ("key_nested", "`goals:KEY` fails with unknown figure 'power_w'"),
        ("key_joint", "`goals:KEY` fails with unknown figure 'power_w'"),
    ],
)
def test_an_objective_without_a_figure_is_refused_by_check_and_run(
    file: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = case("61-objective-not-finite", tmp_path, monkeypatch)
    read = read_study(f"{file}.toml")
    verbs: list[Callable[[], object]] = [
        lambda: print_check(read, as_json=False), lambda: run(read, executor="inline")
    ]  # fmt: skip
    for verb in verbs:
        with pytest.raises(UserError) as caught:
            verb()
        assert words in str(caught.value)
        assert len(str(caught.value).splitlines()) == 1
    assert not (folder / "results").exists()


@pytest.mark.parametrize("strategy", ["joint", "nested"])
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("NAN", "must be finite, got nan"),
        ("BELOW", "is compared by ratio and must not be negative"),
    ],
)
def test_figures_that_have_no_place(name: str, strategy: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        rehearse(study(objectives=[f"{HERE}:{name}", "area_m2"], search={"strategy": strategy}))


def test_a_figure_too_few_is_refused() -> None:
    asked = study(objectives=[f"{HERE}:SHORT", "area_m2"], search={"strategy": "nested"})
    slices = Slices(asked, asked.scenario, asked.objectives)
    chosen = {axis.name: axis.options[-1] for axis in slices.seen if isinstance(axis, Choice)}
    classes = {f"{prefix}write_class": 0 for prefix in slices.classes}
    with pytest.raises(UserError, match=r"must give one figure a design, shape"):
        slices.solve(chosen | classes)


def test_negative_figures_count_by_difference(tmp_path: Path) -> None:
    found = front(run(study(objectives=[f"{HERE}:COLD", "area_m2"]), folder=tmp_path,
                      executor="inline"))  # fmt: skip
    assert found.hypervolume > 0.0
    assert (found.values[:, 0] < 0.0).all()


def test_grid_points_and_own_designs_are_named_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case("64-duplicates-grid", tmp_path, monkeypatch)
    found = front(run(read_study("dup.toml"), executor="inline"))
    assert len(found.record.candidates) == 5
    sources = [c.source for c in found.record.candidates]
    assert sources == ["baseline", "nominal", "user", "grid", "grid"]
    designs = [point.evaluation.design for point in found.candidates]
    assert len(set(designs)) == len(designs)


@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
@pytest.mark.parametrize("strategy", ["joint", "nested"])
@pytest.mark.parametrize("sampler", ["gp", "nsga2", "nsga3", "qmc", "random", "tpe"])
def test_axes_of_one_choice_end(
    sampler: str, strategy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = case("65-one-choice-axes", tmp_path, monkeypatch)
    text = (folder / "fixed.toml").read_text()
    text = text.replace('"gp"', f'"{sampler}"\nstrategy = "{strategy}"')
    (folder / "fixed.toml").write_text(text)
    assert len(run(read_study("fixed.toml"), executor="inline").candidates) == 5


def test_the_store_is_an_optuna_study_and_files_go_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pandas as pd
    import pyarrow.parquet as pq

    from dse.results import export

    case("66-optuna-api-export", tmp_path, monkeypatch)
    found = front(run(read_study("many.toml"), executor="inline"))
    files = {"csv": Path("f.csv"), "parquet": Path("f.parquet")}
    export(found.whole_table, files)
    text, table = pd.read_csv("f.csv"), pd.read_parquet("f.parquet")
    assert text.shape == table.shape
    numbers = [c for c in map(str, text) if text[c].dtype == float and c != "reason"
               and not c.endswith("reliable_in")]  # fmt: skip
    assert {"accuracy", "accuracy_loss_sd", "energy_j"} <= set(numbers)
    assert [c for c in numbers if table[c].dtype != float] == []
    schema = pq.read_schema("f.parquet")
    assert [name for name in schema.names if str(schema.field(name).type) == "null"] == []
    own = optuna.load_study(study_name="many", storage="sqlite:///results/many/study.db")
    assert len(own.trials) == 8
    assert own.metric_names == list(found.record.study.objectives)


def sampler_that_raises(search: Any, *, seed: int, distributions: Any) -> Any:
    raise RuntimeError("no licence")


def sampler_of_nothing(search: Any, *, seed: int, distributions: Any) -> Any:
    return None


class Stumbling(optuna.samplers.RandomSampler):
    """Fails when a value is asked for."""

    def sample_independent(self, *told: Any) -> Any:
        raise ZeroDivisionError("in my model")


class Forgetful(optuna.samplers.RandomSampler):
    """Fails when a result is told."""

    def after_trial(self, *told: Any) -> None:
        raise KeyError("trial")


class Beyond(optuna.samplers.RandomSampler):
    """Chooses what is no value of an axis."""

    def sample_independent(self, study: Any, trial: Any, name: str, distribution: Any) -> Any:
        if isinstance(distribution, optuna.distributions.FloatDistribution):
            return distribution.high * 2.0
        return super().sample_independent(study, trial, name, distribution)


def stumbling(search: Any, *, seed: int, distributions: Any) -> Any:
    return Stumbling(seed=seed)


def forgetful(search: Any, *, seed: int, distributions: Any) -> Any:
    return Forgetful(seed=seed)


def beyond(search: Any, *, seed: int, distributions: Any) -> Any:
    return Beyond(seed=seed)


def odd_arguments(search: Any) -> Any:
    return optuna.samplers.RandomSampler()


@pytest.mark.parametrize("strategy", ["joint", "nested"])
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("sampler_that_raises", "fails with RuntimeError: no licence"),
        ("sampler_of_nothing", "must return an Optuna sampler, got None"),
        ("stumbling", "fails with ZeroDivisionError: in my model"),
        ("odd_arguments", "unexpected keyword argument"),
    ],
)
def test_an_own_sampler_that_raises_is_refused_before_anything_starts(
    name: str, words: str, strategy: str, tmp_path: Path
) -> None:
    asked = study(search={"sampler": f"{HERE}:{name}", "strategy": strategy})
    for verb in (rehearse, lambda s: run(s, folder=tmp_path, executor="inline")):
        with pytest.raises(UserError, match=words) as caught:
            verb(asked)
        assert f"{HERE}:{name}" in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_an_own_sampler_off_the_axes_or_that_fails_later(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"must choose a value of `axes\.\w+`, got"):
        rehearse(study(search={"sampler": f"{HERE}:beyond"}))
    with pytest.raises(UserError, match=r"forgetful' fails with KeyError: 'trial'"):
        run(study(search={"sampler": f"{HERE}:forgetful"}), folder=tmp_path, executor="inline")
