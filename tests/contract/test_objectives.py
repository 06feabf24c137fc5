"""Every objective of ours, and users' of each scale, keeps what `dse.testing` promises."""

import itertools

import pytest

from dse.study import Objective, energy_objective
from dse.study.objectives import OBJECTIVES
from dse.testing import check_objective
from dse.testing.objectives import example_evaluations
from evaluators.evaluate import Evaluation, Status
from tests.unit.test_objectives import ACCURACY, KELVIN, MINUS, PER_JOULE

COUNT = itertools.count()

NEGATIVE = energy_objective("negative", "minimize", lambda f: -f["energy_j"])
ZERO = energy_objective("zero", "minimize", lambda f: 0.0 * f["energy_j"])
ONE_NUMBER = energy_objective("one", "minimize", lambda f: f["energy_j"][:1])
OF_THE_BATCH = energy_objective("batch", "minimize", lambda f: f["energy_j"] / f["energy_j"].max())
ALWAYS_NEW = Objective(name="new", direction="minimize", of=lambda _: float(next(COUNT)))
NO_NUMBER = Objective(name="nan", direction="minimize", of=lambda _: float("nan"))
BEATEN = energy_objective(
    "beaten", "minimize", lambda f: 300.0 + f["energy_j"], scale="plain", worst=10.0
)


def test_the_names_are_listed() -> None:
    assert {"energy_j", "accuracy_loss", "area_m2", "time_s", "write_energy_j", "edp_js",
            "leakage_energy_j", "dram_bytes", "write_error_probability",
            "lifetime_s"} <= set(OBJECTIVES)  # fmt: skip


@pytest.mark.parametrize("name", OBJECTIVES)
def test_it_keeps_its_promises(name: str) -> None:
    check_objective(name)


@pytest.mark.parametrize("users", [ACCURACY, KELVIN, MINUS, PER_JOULE])
def test_a_users_own_keeps_them(users: Objective) -> None:
    check_objective(users)


@pytest.mark.parametrize(
    ("users", "words"),
    [
        (NEGATIVE, "must not be negative"),
        (ZERO, "0 has no ratio"),
        (ONE_NUMBER, "must give one figure a design"),
        (OF_THE_BATCH, "must say of many designs what it says of each"),
        (ALWAYS_NEW, "must be the same for the same evaluation"),
        (NO_NUMBER, "must be a finite number"),
        (BEATEN, "must be worse than the baseline's"),
    ],
)
def test_a_wrong_one_is_told(users: Objective, words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        check_objective(users)


def test_the_examples_differ_in_what_an_objective_can_see() -> None:
    found: tuple[Evaluation, ...] = example_evaluations()
    assert len(found) >= 10
    assert {evaluation.status for evaluation in found} == {Status.OK}
    losses = [e.training.accuracy_loss for e in found if e.training is not None]
    assert len(losses) == len(found)
    assert 0.0 == losses[0] < max(losses)
    assert len({e.energy.energy_j for e in found if e.energy is not None}) == len(found)
