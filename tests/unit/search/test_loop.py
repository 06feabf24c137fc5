"""How a search ends: stop rules, studies with nothing to choose from, odd objectives, reuse."""

from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from dse import front, run
from dse.commands.front import finish
from dse.commands.report import print_report
from dse.mistakes import UserError
from dse.results.fronts import growth
from dse.search.starting_points import reusable
from dse.store import read_record
from dse.study import Objective, Study, parse_study
from dse.testing.samplers import ONE_ORGANISATION
from evaluators.design import DataKind
from evaluators.evaluate import Evaluation, Status
from evaluators.training import RunStatus, TrainingRun

MIB = 2**20
HERE = "tests.unit.search.test_loop"
CALLS: list[object] = []


def trainer(profile: Any, recipe: Any, **told: Any) -> TrainingRun:
    """Loses accuracy with the worst error rate; notes that it was called."""
    del recipe
    CALLS.append(profile)
    worst = max(rate for _, errors in profile for rate in (*errors.to_one, *errors.to_zero))
    accuracy = 0.9 - 0.8 * min(worst, 1.0)
    return TrainingRun(status=RunStatus.OK, training_seed=told["training_seed"],
                       accuracy=accuracy, chance_accuracy=0.1, loss=0.5)  # fmt: skip


def breaks_with_faults(profile: Any, recipe: Any, **told: Any) -> TrainingRun:
    """Diverges as soon as any write may fail."""
    run = trainer(profile, recipe, **told)
    if profile.error_free:
        return run
    return TrainingRun(
        status=RunStatus.DIVERGED, training_seed=told["training_seed"], accuracy=0.1,
        chance_accuracy=0.1, loss=None, reason="loss is nan",
    )  # fmt: skip


def always_diverges(profile: Any, recipe: Any, **told: Any) -> TrainingRun:
    """Diverges without a fault, too."""
    del profile, recipe
    return TrainingRun(
        status=RunStatus.DIVERGED, training_seed=told["training_seed"], accuracy=0.1,
        chance_accuracy=0.1, loss=None, reason="loss is nan",
    )  # fmt: skip


def _odd(evaluation: Evaluation) -> float:
    """Infinite, not a number, an exception, or a value, by the array."""
    assert evaluation.energy is not None
    match (evaluation.design.array.rows, evaluation.design.array.cols):
        case (16, 32):
            return float("inf")
        case (16, 64):
            return float("nan")
        case (16, 128):
            raise RuntimeError("my own mistake")
        case _:
            return 1.0


ODD = Objective(name="odd", direction="minimize", of=_odd)


def study(**changes: Any) -> Study:
    search = {
        "candidates": 14,
        "batch": 4,
        "population": 4,
        "seed": 3,
        **changes.pop("search", {}),
    }
    raw: dict[str, Any] = {
        "name": "x", "space": "heterogeneous", "objectives": ["energy_j", "accuracy_loss"],
        "scenario": {"network": "lenet5", "training": {"trainer": f"{HERE}:trainer", "seeds": 1}},
        "axes": {**ONE_ORGANISATION, "array_rows": [16, 64], "array_cols": [32, 128],
                 **{f"{kind}_capacity_bytes": [MIB, 4 * MIB]
                    for kind in ("activation", "weight", "error")}},
    }  # fmt: skip
    return parse_study({**raw, **changes, "search": search}, "x.toml")


def trained_by(name: str) -> dict[str, Any]:
    return {"network": "lenet5", "training": {"trainer": f"{HERE}:{name}", "seeds": 1}}


def test_a_plateau_stops_a_search_at_a_batch_and_says_so(tmp_path: Path) -> None:
    stop = {"plateau_candidates": 8, "plateau_gain": 0.5}
    found = study(search={"candidates": 400, "stop": stop})
    record = run(found, folder=tmp_path, executor="inline")
    assert len(record.candidates) < 40
    assert "the hypervolume grew by" in record.stopped
    assert (len(record.candidates) - 2) % 4 == 0
    again = run(found, folder=tmp_path, executor="inline")
    assert (again.stopped, len(again.candidates)) == (record.stopped, len(record.candidates))
    further = study(search={"candidates": 60})  # other stop rules go on
    assert len(run(further, folder=tmp_path, executor="inline").candidates) == 60


def test_a_time_limit_ends_at_a_batch(tmp_path: Path) -> None:
    found = study(search={"candidates": 100, "stop": {"time_s": 1e-6}})
    record = run(found, folder=tmp_path, executor="inline")
    assert "search.stop.time_s" in record.stopped
    assert 2 < len(record.candidates) < 20


def test_the_curve_is_the_hypervolume_of_every_prefix(tmp_path: Path) -> None:
    record = run(study(), folder=tmp_path, executor="inline")
    curve = growth(front(record))
    assert curve[-1].hypervolume == pytest.approx(front(record).hypervolume, rel=1e-9)
    assert all(b.hypervolume >= a.hypervolume - 1e-12 for a, b in pairwise(curve))
    prefix = replace(record, candidates=record.candidates[:7])
    assert curve[6].hypervolume == pytest.approx(front(prefix).hypervolume, rel=1e-9)
    profiles = {c.evaluation.profile for c in record.candidates}
    assert curve[-1].trainings == len(profiles)


@pytest.mark.parametrize("strategy", ["nested", "joint"])
def test_one_candidate(strategy: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = study(search={"candidates": 1, "strategy": strategy})
    best = front(run(found, folder=tmp_path, executor="inline"))
    assert [c.source for c in best.record.candidates] == ["baseline", "nominal"]
    assert best.candidates
    finish(best, as_json=False)
    assert "BUILD" in capsys.readouterr().out


def test_every_faulty_training_diverges(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = study(scenario=trained_by("breaks_with_faults"))
    best = front(run(found, folder=tmp_path, executor="inline"))
    states = {c.evaluation.status for c in best.record.candidates[2:]}
    assert Status.DIVERGED in states
    losses = [row[1] for row, c in zip(best.values, best.ranked, strict=True)
              if c.evaluation.status is Status.DIVERGED]  # fmt: skip
    assert losses == pytest.approx([0.8] * len(losses))
    finish(best, as_json=False)
    assert "BUILD" in capsys.readouterr().out


def test_training_that_diverges_without_faults_stops_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"diverges without any write error: .*learning_rate"):
        run(study(scenario=trained_by("always_diverges")), folder=tmp_path, executor="inline")


def test_a_non_finite_objective_never_reaches_the_front(tmp_path: Path) -> None:
    found = study(
        objectives=["energy_j", f"{HERE}:ODD"],
        search={"strategy": "joint", "candidates": 150, "sampler": "random"},
        axes={"array_rows": [16, 32, 64, 128], "array_cols": [32, 64, 128, 256]},
    )  # fmt: skip
    record = run(found, folder=tmp_path, executor="inline")
    arrays = {c.number: c.evaluation.design.array for c in record.candidates}
    reasons = {(arrays[c.number].rows, arrays[c.number].cols): c.evaluation.reason
               for c in record.candidates}  # fmt: skip
    assert "must be finite, got inf" in reasons[16, 32]
    assert "must be finite, got nan" in reasons[16, 64]
    assert "raised RuntimeError: my own mistake" in reasons[16, 128]
    best = [arrays[c.number] for c in front(record).candidates]
    assert best
    assert all(array.rows > 16 or array.cols == 256 for array in best)


def test_a_search_that_mostly_fails_is_stopped(tmp_path: Path) -> None:
    found = study(
        objectives=["energy_j", f"{HERE}:ODD"], search={"strategy": "joint", "candidates": 40},
        axes={"array_rows": [16], "array_cols": [32, 64, 128]},
    )  # fmt: skip
    with pytest.raises(UserError, match=r"stopped, as 5 of 5 candidates failed, at last: obj"):
        run(found, folder=tmp_path, executor="inline")
    shorter = run(found, folder=tmp_path, executor="inline", candidates=4)
    for verb in (finish, partial(print_report, study=tmp_path, output=None)):
        with pytest.raises(UserError, match=r"baseline failed, so there is nothing .*my own mis"):
            verb(front(shorter), as_json=False)
    found = study(
        objectives=["energy_j", f"{HERE}:ODD"], search={"strategy": "joint", "candidates": 40},
        axes={"array_rows": [16], "array_cols": [32, 64, 256]}, name="y",
    )  # fmt: skip
    with pytest.raises(UserError, match=r"stopped, as \d+ of \d+ candidates failed, at last: obj"):
        run(found, folder=tmp_path, executor="inline")


def test_ties_and_duplicates_keep_the_earliest(tmp_path: Path) -> None:
    one = {"write_voltage_v": 0.9, "pulse_width_s": 1e-8, "array_rows": 64, "array_cols": 128,
           **{f"{k}_technology": "sram" for k in ("activation", "weight", "error")},
           **{f"{k}_reliable_bits": 0 for k in ("activation", "weight", "error")},
           **{f"{k}_capacity_bytes": MIB for k in ("activation", "weight", "error")}}  # fmt: skip
    twin = {**one, "write_voltage_v": 0.8}  # the voltage of SRAM is no voltage
    found = study(designs=[one, one, twin], search={"candidates": 5, "strategy": "joint"},
                  objectives=["energy_j", "accuracy_loss", "area_m2"])  # fmt: skip
    CALLS.clear()
    best = front(run(found, folder=tmp_path, executor="inline"))
    users = [c.number for c in best.candidates if c.source == "user"]
    assert users == [2]
    assert len(CALLS) == 1  # all five designs are free of errors


def test_maximised_objectives_lead_upwards(tmp_path: Path) -> None:
    found = study(objectives=["energy_j", "lifetime_s"], search={"candidates": 20})
    best = front(run(found, folder=tmp_path, executor="inline"))
    assert best.values[:, 1].max() == pytest.approx(100 * 365.25 * 86400)  # all SRAM
    order = best.values[[best.ranked.index(c) for c in best.candidates]]
    assert (order[1:, 0] >= order[:-1, 0]).all()
    assert (order[1:, 1] > order[:-1, 1]).all()  # more energy buys a longer life


def test_reuse_brings_values_and_trainings(tmp_path: Path) -> None:
    first = run(study(), folder=tmp_path / "a", executor="inline")
    CALLS.clear()
    other = study(name="y", objectives=["energy_j", "accuracy_loss", "area_m2"])
    second = run(other, folder=tmp_path / "b", executor="inline", reuse=first, candidates=2)
    reused = [c for c in second.candidates if c.source == "reused"]
    once = {str(c.values): c for c in first.candidates[2:]}.values()  # a duplicate says no more
    assert sorted(str(c.values) for c in reused) == sorted(str(c.values) for c in once)
    assert len(CALLS) <= 1  # the fault-free training, unless a reused candidate brings it
    trained = {str(c.values): c.evaluation.training for c in once}
    assert all(c.evaluation.training == trained[str(c.values)] for c in reused)
    more = run(other, folder=tmp_path / "b", executor="inline", candidates=8)
    assert len(more.candidates) == 8 + len(reused)
    whole = run(other, folder=tmp_path / "c", executor="inline", candidates=8, reuse=first)
    assert front(whole).whole_table.equals(front(more).whole_table)


def test_reuse_under_another_recipe_trains_again(tmp_path: Path) -> None:
    first = run(study(), folder=tmp_path / "a", executor="inline", candidates=8)
    CALLS.clear()
    scenario = {"network": "lenet5",
                "training": {"trainer": f"{HERE}:trainer", "seeds": 1, "steps": 7}}  # fmt: skip
    run(study(scenario=scenario), folder=tmp_path / "b", executor="inline", reuse=first,
        candidates=2)  # fmt: skip
    assert len(CALLS) > 1


def test_reuse_where_values_are_written_more_often_trains_again(tmp_path: Path) -> None:
    """Counts are the study's: of its network and of the capacities that it may choose."""
    small = {**study().axes, **{f"{k}_capacity_bytes": 2**19 for k in DataKind}}
    first = run(study(axes=small), folder=tmp_path / "a", executor="inline", candidates=8)
    for network, again in (("lenet5", False), ("alexnet", True)):
        scenario = {"network": network,
                    "training": {"trainer": f"{HERE}:trainer", "seeds": 1}}  # fmt: skip
        other = study(name=f"of_{network}", axes=small, scenario=scenario)
        found = reusable(other, first)
        trained = [one for one in found if one.profile and not one.profile.error_free]
        assert trained
        assert all((one.training is None) == again for one in trained)


def test_reuse_refuses_what_cannot_apply(tmp_path: Path) -> None:
    first = run(study(), folder=tmp_path / "a", executor="inline", candidates=6)
    with pytest.raises(UserError, match="already begun"):
        run(study(), folder=tmp_path / "a", executor="inline", reuse=first)
    with pytest.raises(UserError, match="lies on the axes"):
        run(study(name="y", space="homogeneous"), folder=tmp_path, executor="inline", reuse=first)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"space": "heterogeneous_writes"}, "space: stored 'heterogeneous'"),
        ({"scenario": {"network": "lenet5", "temperature_k": 300.0}}, "scenario.temperature_k"),
        ({"search": {"population": 8}}, "search.population: stored 4, now 8"),
        ({"search": {"sampler": "tpe"}}, "search.sampler: stored 'gain', now 'tpe'"),
        ({"constraints": ["area_m2 <= 1"]}, "constraints: stored [], now ['area_m2 <= 1']"),
        ({"axes": {"array_rows": [16]}}, "axes.array_rows"),
    ],
)
def test_a_changed_study_is_refused_with_the_difference(
    change: dict[str, Any], words: str, tmp_path: Path
) -> None:
    run(study(objectives=["energy_j", "area_m2"]), folder=tmp_path, executor="inline",
        candidates=4)  # fmt: skip
    before = (tmp_path / "x" / "study.db").read_bytes()
    with pytest.raises(UserError) as caught:
        run(study(**{"objectives": ["energy_j", "area_m2"], **change}), folder=tmp_path,
            executor="inline")  # fmt: skip
    assert words in str(caught.value)
    assert (tmp_path / "x" / "study.db").read_bytes() == before


@pytest.mark.parametrize(("strategy", "sampler"), [("nested", "gain"), ("joint", "nsga2")])
def test_the_default_sampler_is_the_strategys(strategy: str, sampler: str, tmp_path: Path) -> None:
    asked = study(objectives=["energy_j"], search={"strategy": strategy})
    record = run(asked, folder=tmp_path, executor="inline", candidates=3)
    assert [c.source for c in record.candidates] == ["baseline", "nominal", sampler]
    assert record.study.search.sampler == sampler
    named = study(objectives=["energy_j"], search={"strategy": strategy, "sampler": sampler})
    assert read_record(named, tmp_path).candidates == record.candidates


def test_a_study_begun_with_an_earlier_default_goes_on_with_it(tmp_path: Path) -> None:
    """Version 0.1 searched by NSGA-II where a study named no sampler, and stored that it did."""
    unnamed = study(objectives=["energy_j", "area_m2"])
    as_begun = study(objectives=["energy_j", "area_m2"], search={"sampler": "nsga2"})
    for stop in (5, 7):
        run(as_begun if stop == 5 else unnamed, folder=tmp_path / "a", executor="inline",
            candidates=stop)  # fmt: skip
    whole = run(as_begun, folder=tmp_path / "b", executor="inline", candidates=7)
    stopped = read_record(unnamed, tmp_path / "a")
    assert stopped.candidates == whole.candidates
    assert stopped.candidates[-1].source == stopped.study.search.sampler == "nsga2"
    named = study(objectives=["energy_j", "area_m2"], search={"sampler": "gain"})
    with pytest.raises(UserError, match=r"search\.sampler: stored 'nsga2', now 'gain'"):
        run(named, folder=tmp_path / "a", executor="inline")
    run(study(name="y", search={"sampler": "random"}), folder=tmp_path, executor="inline",
        candidates=3)  # fmt: skip
    with pytest.raises(UserError, match=r"search\.sampler: stored 'random', now 'gain'"):
        run(study(name="y"), folder=tmp_path, executor="inline")


def test_more_candidates_and_other_objectives_go_on(tmp_path: Path) -> None:
    run(study(), folder=tmp_path, executor="inline", candidates=6)
    run(study(), folder=tmp_path, executor="inline", candidates=10)
    other = study(objectives=["energy_j", "area_m2", "time_s"])
    record = run(other, folder=tmp_path, executor="inline", candidates=14)
    assert [c.number for c in record.candidates] == list(range(14))
    assert read_record(other, tmp_path).candidates == record.candidates


@pytest.mark.parametrize("lookahead", [0, 1, 2])
def test_lookahead_is_how_many_batches_are_chosen_ahead(
    lookahead: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dse.search import Proposer

    events: list[str] = []
    ask, tell = Proposer.next_batch, Proposer.tell

    def asked(self: Proposer, size: int, stored: Any) -> Any:
        events.append("ask")
        return ask(self, size, stored)

    def told(self: Proposer, proposal: Any, candidate: Any) -> None:
        events.append("tell")
        tell(self, proposal, candidate)

    monkeypatch.setattr(Proposer, "next_batch", asked)
    monkeypatch.setattr(Proposer, "tell", told)
    found = study(search={"candidates": 10, "lookahead": lookahead})
    run(found, folder=tmp_path, executor="inline")
    batch = ["tell"] * 4
    expected = [
        ["tell", "tell", "ask", *batch, "ask", *batch],
        ["ask", "tell", "tell", "ask", *batch, *batch],
        ["ask", "ask", "tell", "tell", *batch, *batch],
    ]
    assert events == expected[lookahead]


def test_results_of_a_changed_study_are_not_shown_as_its_own(tmp_path: Path) -> None:
    run(study(objectives=["energy_j", "area_m2"]), folder=tmp_path, executor="inline",
        candidates=4)  # fmt: skip
    changed = study(objectives=["energy_j"], scenario={"network": "resnet18"})
    with pytest.raises(UserError, match=r"scenario.network: stored 'lenet5', now 'resnet18'"):
        read_record(changed, tmp_path)
