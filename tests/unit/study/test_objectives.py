"""Scale, direction and reference of a user's objective, wherever they count."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dse import front, run
from dse.commands.front import finish
from dse.commands.report import print_report
from dse.mistakes import StudyError, UserError
from dse.report import Subject, knees
from dse.report.section_importance import importances
from dse.results.fronts import growth
from dse.results.opponents import in_prose
from dse.search import Convergence
from dse.store import Record
from dse.study import Objective, Study, energy_objective, objective, parse_study, quantities
from dse.study.objectives import OBJECTIVES
from evaluators.evaluate import Evaluation, Status
from evaluators.training import RunStatus, TrainingRun

HERE = "tests.unit.study.test_objectives"
MIB = 2**20


def trainer(profile: Any, recipe: Any, **told: Any) -> TrainingRun:
    """Loses accuracy with the worst error rate."""
    del recipe
    worst = max(rate for _, errors in profile for rate in (*errors.to_one, *errors.to_zero))
    return TrainingRun(
        status=RunStatus.OK, training_seed=told["training_seed"], chance_accuracy=0.1, loss=0.5,
        accuracy=0.9 - 0.8 * min(worst, 1.0),
    )  # fmt: skip


def _accuracy(evaluation: Evaluation) -> float:
    assert evaluation.training is not None
    return evaluation.training.accuracy


def _energy_j(evaluation: Evaluation) -> float:
    assert evaluation.energy is not None
    return evaluation.energy.energy_j


ACCURACY = Objective(name="accuracy", direction="maximize", of=_accuracy, scale="points")
KELVIN = energy_objective(
    "temperature", "minimize", lambda f: 300.0 + 1e4 * f["energy_j"], scale="plain", worst=420.0
)
MINUS = energy_objective(
    "minus", "maximize", lambda f: -1e3 * f["energy_j"], scale="plain", worst=-20.0
)
PER_JOULE = energy_objective("per_joule", "maximize", lambda f: 1.0 / f["energy_j"])
NEGATIVE_RATIO = energy_objective("wrong", "minimize", lambda f: -f["energy_j"])
NONE_IN_SRAM = energy_objective("none", "minimize", lambda f: f["write_energy_j"])
PERCENT = Objective(name="percent", direction="maximize", scale="points",
                    of=lambda e: 100.0 * _accuracy(e))  # fmt: skip

USERS = {"ACCURACY": 0.9, "KELVIN": 350.0, "MINUS": -5.0, "PER_JOULE": 200.0}
"""Name -> what the baseline may have."""


def named(name: str) -> Objective:
    return objective(f"{HERE}:{name}")


def study(*names: str, strategy: str = "joint", candidates: int = 24) -> Study:
    return parse_study({
        "name": "x", "space": "heterogeneous", "objectives": list(names),
        "scenario": {"network": "lenet5", "roadmap": "HP",
                     "training": {"trainer": f"{HERE}:trainer", "seeds": 1}},
        "axes": {"array_rows": [16, 64], "array_cols": [32, 128],
                 **{f"{kind}_capacity_bytes": [MIB, 4 * MIB]
                    for kind in ("activation", "weight", "error")}},
        "search": {"candidates": candidates, "batch": 4, "population": 4, "seed": 3,
                   "strategy": strategy},
    }, "x.toml")  # fmt: skip


@pytest.mark.parametrize("name", USERS)
def test_better_costs_less_and_the_reference_is_worse_than_the_baseline(name: str) -> None:
    found, baseline = named(name), USERS[name]
    sign = 1.0 if found.direction == "minimize" else -1.0
    steps = np.linspace(-0.05, 0.05, 11) * abs(baseline)
    costs = [found.cost(baseline + sign * step) for step in steps]
    assert all(later > earlier for earlier, later in pairwise(costs))
    assert found.cost(found.reference(baseline)) > found.cost(baseline)
    many = found.costs(baseline + sign * steps)
    assert many == pytest.approx(costs, rel=1e-12)


@pytest.mark.parametrize("name", USERS)
def test_a_better_figure_alone_raises_the_hypervolume(name: str, tmp_path: Path) -> None:
    """Two candidates of equal area; the second is better, or worse, by the user's objective."""
    names = [f"{HERE}:{name}", "area_m2"]
    record = run(study(*names, candidates=2), folder=tmp_path, executor="inline")
    curve = Convergence([objective(n) for n in names], None, record.study.scenario)
    curve.add(record.baseline)
    base = np.array([[objective(n).of(record.baseline.evaluation) for n in names]])
    assert curve.points[0].hypervolume > 0.0
    better = 1.01 if (named(name).direction == "maximize") == (base[0, 0] > 0) else 0.99
    assert curve.gain(base * [[better, 1.0]]) > 1e-4
    assert curve.gain(base * [[2.0 - better, 1.0]]) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(("name", "strategy"), [
    ("ACCURACY", "joint"), ("KELVIN", "nested"), ("MINUS", "nested"), ("PER_JOULE", "nested"),
    ("KELVIN", "joint"),
])  # fmt: skip
def test_a_whole_study_of_it(
    name: str, strategy: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = (f"{HERE}:{name}", "area_m2")
    record = run(study(*names, strategy=strategy), folder=tmp_path, executor="inline")
    best = front(record)
    assert {c.evaluation.status for c in record.candidates} == {Status.OK}
    curve = [point.hypervolume for point in growth(best)]
    assert all(later >= earlier for earlier, later in pairwise(curve))
    assert curve[0] > 0.0
    assert curve[-1] == pytest.approx(best.hypervolume, rel=1e-9)
    sign = 1.0 if best.objectives[0].direction == "minimize" else -1.0
    subject = Subject(front=best, question="")
    word = "Least" if sign > 0 else "Greatest"
    own = best.objectives[0].axis[0]
    (extreme,) = [k for k in knees(subject) if f"{word} {own}".lower() in k.why.lower()]
    figures = sign * subject.values[:, 0]
    assert figures[subject.place(extreme.candidate)] == min(figures)
    finish(best, as_json=False)
    print_report(best, Path(__file__), tmp_path / "report.html", as_json=True)
    assert "BUILD" in capsys.readouterr().out


def test_importances_follow_the_figure(tmp_path: Path) -> None:
    """Both figures are linear in the energy, one falling and one rising."""
    names = (f"{HERE}:KELVIN", f"{HERE}:MINUS")
    record = run(study(*names, candidates=40), folder=tmp_path, executor="inline")
    subject = Subject(front=front(record), question="")
    kelvin, minus = importances(subject, list(record.candidates[2:])).values()
    assert kelvin == pytest.approx(minus, abs=0.05)  # thresholds of the trees round otherwise
    assert sum(kelvin.values()) == pytest.approx(1.0)


def test_a_slice_is_led_by_the_plain_figure_as_by_its_ratio(tmp_path: Path) -> None:
    """The knee in a figure and in the same figure negated and maximised."""
    knee = []
    for name, found in (("a", "minimize"), ("b", "maximize")):
        sign = 1.0 if found == "minimize" else -1.0
        costs = Objective(name=name, direction=found, of=_energy_j, scale="plain",  # type: ignore[arg-type]
                          worst=sign * 9.0).costs(sign * np.array([1.0, 2.0, 8.0]))  # fmt: skip
        knee.append(list(costs))
    assert knee[0] == knee[1]


@pytest.mark.parametrize(("name", "words", "strategy"), [
    ("NEGATIVE_RATIO", "`scale` = 'plain'", "joint"),
    ("NEGATIVE_RATIO", "`scale` = 'plain'", "nested"),
    ("NONE_IN_SRAM", "`worst`", "joint"),
    ("NONE_IN_SRAM", "`worst`", "nested"),
    ("PERCENT", "share", "joint"),  # of a training, which nested takes none of
])  # fmt: skip
def test_what_has_no_cost_is_refused_before_it_is_stored(
    name: str, words: str, strategy: str, tmp_path: Path
) -> None:
    asked = study(f"{HERE}:{name}", "area_m2", strategy=strategy)
    with pytest.raises(UserError) as told:
        run(asked, folder=tmp_path, executor="inline")
    assert words in str(told.value)
    assert f"{HERE}:{name}" in str(told.value)
    assert len(str(told.value).splitlines()) == 1
    other = replace(asked, objectives=("energy_j", "area_m2"))
    assert run(other, folder=tmp_path, executor="inline", candidates=2).candidates


def test_a_front_by_an_objective_without_reference_is_refused(tmp_path: Path) -> None:
    record: Record = run(study("energy_j", "area_m2"), folder=tmp_path, executor="inline")
    for name in ("NEGATIVE_RATIO", "NONE_IN_SRAM"):
        with pytest.raises(UserError, match=r"`scale` = 'plain'"):
            _ = front(record, [f"{HERE}:{name}", "area_m2"]).hypervolume


def test_a_plain_figure_without_a_worst_one_is_a_mistake_of_the_study(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_plain.py").write_text(
        "from dse.study.objectives import Objective\n"
        "OBJECTIVE = Objective(name='t', direction='minimize', of=float, scale='plain')\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(StudyError, match=r"`scale` = 'plain' .* `worst`"):
        study("my_plain:OBJECTIVE", "area_m2")


@pytest.mark.parametrize(("told", "words"), [
    ({"relative": False}, "`scale` = 'points'"),
    ({"relative": True, "scale": "points"}, "`relative` is"),
    ({"scale": "plane"}, "`scale` must be"),
    ({"direction": "up"}, "`direction` must be"),
    ({"worst": float("nan")}, "`worst` must be"),
    ({"worst": -1.0}, "`worst` must be"),
    ({"scale": "points", "worst": 90.0}, "`worst` must be"),
])  # fmt: skip
def test_an_objective_of_another_form_is_refused(told: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Objective(**{"name": "x", "direction": "minimize", "of": _energy_j, **told})


def test_code_that_says_relative_is_true_means_a_ratio() -> None:
    old = Objective(name="x", direction="minimize", of=_energy_j, relative=True)
    assert old == Objective(name="x", direction="minimize", of=_energy_j)
    assert replace(old, name="y").scale == "ratio"


def test_built_in_figures_cost_what_they_did() -> None:
    """To the last bit: hypervolumes of stored studies are compared with new ones."""
    from math import log

    for name, found in OBJECTIVES.items():
        sign = 1.0 if found.direction == "minimize" else -1.0
        for value in (0.0, 1e-12, 0.0123, 0.5, 3.3, 7e9):
            if name == "accuracy_loss":
                assert found.cost(value) == log(0.1 + max(100.0 * value, 0.0))
                assert found.reference(value) == 0.10
                continue
            assert found.cost(value) == sign * log(max(value, 1e-300))
            worst = 10.0 * value if sign > 0 else value / 10.0
            assert found.reference(value) == worst


@pytest.mark.parametrize(
    ("call", "label"),
    [
        ('energy_objective("edap", "minimize", of)', "edap"),
        ('Objective(direction="minimize", name="warmth", of=of)', "warmth"),
        ("made()", "GOAL"),
    ],
)
def test_an_own_objective_is_called_as_it_calls_itself(
    call: str, label: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    module = f"called_{label}".lower()
    (tmp_path / f"{module}.py").write_text(f"GOAL = {call}\n")
    assert quantities.axis_of(f"{module}:GOAL")[0] == label
    assert in_prose(f"{module}:GOAL") == label
