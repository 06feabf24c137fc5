"""Sampler `gain`: its sums against plain ones, and the same proposals again."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import moocore
import numpy as np
import pytest

from dse import front, run
from dse.mistakes import StudyError, UserError
from dse.search import SeenByTraining, Slices
from dse.search.fantasies import Fantasies
from dse.search.features import Features, severities
from dse.search.gain import Gain
from dse.search.offers import Offers
from dse.search.raster import Raster
from dse.search.slices import class_name
from dse.search.surrogate import LossModel, rising, squeezed
from dse.study import Study, parse_study
from evaluators.design import BitErrors, ErrorProfile
from evaluators.evaluate import score

SMALL = {
    "array_rows": [16, 64], "array_cols": [32],
    **{f"{kind}_capacity_bytes": [2**20, 2**22] for kind in ("activation", "weight", "error")},
}  # fmt: skip


@pytest.fixture(autouse=True)
def small_pools(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer choices are looked at: quicker, and the same rules."""
    for name, size in (("POOL", 48), ("ROUNDS", 2), ("AROUND", 32)):
        monkeypatch.setattr(f"dse.search.gain.{name}", size)


def study(space: str = "heterogeneous", **changes: Any) -> Study:
    raw: dict[str, Any] = {
        "name": "g", "space": space, "objectives": ["energy_j", "accuracy_loss"],
        "scenario": {"network": "lenet5", "training": {
            "trainer": "tests.end_to_end.stub_trainer:quick", "seeds": 1}},
        "axes": SMALL if space == "heterogeneous" else {},
    }  # fmt: skip
    search = {"sampler": "gain", "candidates": 17, "batch": 5, "seed": 7,
              **changes.pop("search", {})}  # fmt: skip
    return parse_study({**raw, **changes, "search": search}, "x.toml")


def table(asked: Study, folder: Path, stops: tuple[int, ...], executor: str = "inline") -> str:
    for goal in stops:
        record = run(asked, folder=folder, executor=executor, candidates=goal, workers=2)
    return str(front(record).whole_table.to_csv(index=False))


@pytest.mark.parametrize("costs", [1, 2, 3, 4])
def test_heights_are_hypervolumes(costs: int) -> None:
    """What a set adds to another, against moocore, up to the width of a cell."""
    random = np.random.default_rng(costs)
    lower, upper = np.zeros(costs), np.ones(costs)
    points = random.uniform(0.05, 1.1, (60, costs))
    owners = np.repeat([0, 1], 30)
    raster = Raster(lower, upper)
    known, new = raster.heights(points, owners, 2)
    added = float(np.maximum(known - new, 0.0).sum()) / raster.size
    before = moocore.hypervolume(points[:30], ref=upper)
    wanted = moocore.hypervolume(points, ref=upper) - before
    assert added == pytest.approx(wanted, abs=0.02)
    assert float(-known.sum()) / raster.size == pytest.approx(before, abs=0.03)


def test_a_batch_is_the_greedy_one() -> None:
    """The queue takes what asking everything each time would take."""
    random = np.random.default_rng(0)
    heights = [-np.maximum.accumulate(random.random(40)).astype(np.float32) for _ in range(30)]
    chances = (random.random((30, 4, 6)) < 0.5).astype(np.float32)
    front_ = np.zeros((6, 40), dtype=np.float32)
    plain = Fantasies(front_, 4)
    wanted: list[int] = []
    for _ in range(8):
        grown = [-1.0 if p in wanted else plain.growth(heights[p], chances[p]) for p in range(30)]
        wanted.append(int(np.argmax(grown)))
        plain.take(heights[wanted[-1]], chances[wanted[-1]])
    assert Fantasies(front_, 4).picked(heights, chances, 8) == wanted
    one_by_one = [Fantasies(front_, 4).growth(heights[p], chances[p]) for p in range(30)]
    assert Fantasies(front_, 4).growths(heights, chances) == pytest.approx(one_by_one, rel=1e-4)


def test_severity_weighs_bits_by_the_square_of_their_value() -> None:
    errors = BitErrors(to_one=(0.1, 0.0, 0.0, 0.01), to_zero=(0.3, 0.0, 0.0, 0.03))
    assert severities(errors) == pytest.approx((np.log10((0.2 + 64 * 0.02) / 85),))
    assert severities(BitErrors.none(8)) == (-8.0,)


def test_formats_are_categories() -> None:
    free = ErrorProfile.none(8)
    seen = [SeenByTraining(free, name, "twos_complement") for name in ("int8", "int16")]
    features = Features(seen)
    assert features.of(seen)[:, 3:].tolist() == [[0.0, 1.0], [1.0, 0.0]]
    assert len(features.lengths) == 5


def test_the_model_learns_and_is_unsure_elsewhere() -> None:
    def mean(found: np.ndarray) -> np.ndarray:
        return rising(found.max(axis=1))

    features = np.array([[-7.0], [-5.0], [-3.0]])
    targets = np.array([squeezed(loss) for loss in (0.0, 0.001, 0.05)])
    model = LossModel(features, targets, mean=mean, lengths=[2.0])
    at, spread = model.marginal(features)
    assert at == pytest.approx(targets, abs=0.3)
    _, away = model.marginal(np.array([[-0.5]]))
    assert away[0] > 2 * spread.max()
    drawn = model.joint(features).samples(64, np.random.default_rng(0))
    assert drawn.mean(axis=0) == pytest.approx(at, abs=1e-9)  # antithetic
    assert np.array_equal(drawn, model.joint(features).samples(64, np.random.default_rng(0)))


def test_the_prior_rises_with_the_worst_kind() -> None:
    means = rising(np.array([-8.0, -6.0, -3.5, -1.0, 0.0]))
    assert means[0] == means[1] == squeezed(0.0)
    assert means[3] == means[4] == pytest.approx(squeezed(0.10))
    assert all(a <= b for a, b in pairwise(means))


def test_few_places_weigh_a_slice_nearly_whole() -> None:
    """With every bank, mat and depth, and the knee is the slice's own or as good."""
    asked = study(objectives=["energy_j", "area_m2", "accuracy_loss"])
    slices = Slices(asked, asked.scenario, asked.objectives)
    offers = Offers(asked, asked.scenario, slices)
    baseline = slices.solve(slices.chosen(_values(slices)) or {}).figures
    upper = np.log(baseline.max(axis=0)) + 1.0
    random = np.random.default_rng(0)
    offers.begin(random, upper)
    choices = [offers.variables.drawn(random) for _ in range(8)]
    weighed = np.array([offer.heights for offer in offers.of(choices)])
    whole = [np.log(slices.solve(choice).figures) for choice in choices]
    owners = np.repeat(np.arange(8), [len(costs) for costs in whole])
    exact = offers.raster.heights(np.concatenate(whole), owners, 8)
    assert weighed.sum(axis=1) == pytest.approx(exact.sum(axis=1), rel=0.01)
    for choice, values in zip(choices, offers.designs(choices), strict=True):
        assert slices.chosen(values) == slices.chosen(slices.any_point(choice))
        solved = slices.solve(choice)
        knee = solved.figures[solved.knee]
        report = score([asked.design(values)], asked.scenario)[0].energy
        assert report is not None
        assert [report.energy_j, report.area_m2] == pytest.approx(knee, rel=0.1)


def _values(slices: Slices) -> dict[str, Any]:
    """Of any design."""
    choice = {a.name: a.options[0] for a in slices.sampled if not isinstance(a, str)}  # type: ignore[union-attr]
    return slices.any_point({**choice, class_name(""): 0})


@pytest.mark.parametrize("objectives", [["energy_j", "area_m2"], ["edp_js", "accuracy_loss"]])
def test_figures_that_are_asked_for_are_those_of_whole_reports(objectives: list[str]) -> None:
    """The quick way to score and the whole one, to the last digits."""
    asked = study(objectives=objectives)
    slices = Slices(asked, asked.scenario, asked.objectives)
    offers = Offers(asked, asked.scenario, slices)
    offers.begin(np.random.default_rng(0), np.zeros(len(offers.analytic)))
    weighing = offers._weighing
    assert weighing is not None
    random = np.random.default_rng(1)
    choices = [offers.variables.drawn(random) for _ in range(6)]
    assert weighing._few_figures
    quick = weighing.points(choices)
    weighing._few_figures = False
    assert quick.costs == pytest.approx(weighing.points(choices).costs, rel=1e-12)


def test_a_known_loss_needs_no_model() -> None:
    """The gain of an error-free choice is what its slice adds at every level."""
    asked = study()
    slices = Slices(asked, asked.scenario, asked.objectives)
    gain = Gain(asked, asked.scenario, slices)
    gain._catch_up()
    random = np.random.default_rng(0)
    offers = gain._offers.of([gain._offers.variables.drawn(random) for _ in range(60)])
    free = [offer for offer in offers if offer.trained.error_free]
    assert free
    chances = gain._chances(free, gain._model())
    gains = Fantasies(gain._front, 1).growths([o.heights for o in free], chances[:, None])
    assert gains == pytest.approx([-24 * float(o.heights.sum()) for o in free], rel=1e-4)


@pytest.mark.parametrize(("lookahead", "strategy"), [(0, "joint"), (1, "nested")])
def test_stops_change_nothing(lookahead: int, strategy: str, tmp_path: Path) -> None:
    asked = study(search={"lookahead": lookahead, "strategy": strategy})
    whole = table(asked, tmp_path / "whole", (17,))
    assert table(asked, tmp_path / "parts", (4, 9, 12, 17)) == whole
    assert table(asked, tmp_path / "two", (17,), "processes") == whole


def test_seeds_follow_where_a_slice_may_be_on_the_front(tmp_path: Path) -> None:
    """Rows say how many they have; those of the front have all; and a stop changes nothing."""
    training = {"trainer": "tests.end_to_end.stub_trainer:quick", "seeds": 3}
    asked = study(
        scenario={"network": "lenet5", "training": training},
        search={"first_seeds": 1, "candidates": 12},
    )
    record = run(asked, folder=tmp_path / "whole", executor="inline")
    counts = {c.number: len(c.evaluation.training.runs) for c in record.candidates
              if c.evaluation.training}  # fmt: skip
    assert set(counts.values()) == {1, 3}
    assert counts[0] == counts[1] == 3
    best = front(record)
    counted = best.table[best.table["accuracy_loss"] < 0.1]
    assert {counts[number] for number in counted["number"]} == {3}
    assert best.whole_table["training_seeds"].tolist() == [*counts.values()]
    one_seed = {SeenByTraining.of(c.evaluation.design, c.evaluation.profile, asked.scenario)
                for c in record.candidates if counts.get(c.number) == 1
                and c.evaluation.profile}  # fmt: skip
    assert len(list((tmp_path / "whole" / "trainings").rglob("*.json"))) <= (
        3 * len(counts) - 2 * len(one_seed)
    )
    for goal in (9, 12):
        parts = run(asked, folder=tmp_path / "parts", executor="inline", candidates=goal)
    assert parts.candidates == record.candidates


def test_first_seeds_ask_for_the_sampler_that_knows_the_front() -> None:
    with pytest.raises(StudyError, match=r"first_seeds` asks for `sampler` = 'gain'.*'nsga2'"):
        study(search={"first_seeds": 1, "sampler": "nsga2"})


def test_what_is_stored_must_be_what_is_proposed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = study()
    run(asked, folder=tmp_path, executor="inline", candidates=9)
    monkeypatch.setattr("dse.search.gain.POOL", 17)  # as another version might
    with pytest.raises(UserError, match="other values than the sampler proposes now"):
        run(asked, folder=tmp_path, executor="inline", candidates=17)


@pytest.mark.parametrize(
    ("space", "objectives", "constraints"),
    [
        ("heterogeneous", ["accuracy_loss"], []),
        ("heterogeneous", ["energy_j", "area_m2", "time_s", "lifetime_s", "accuracy_loss"], []),
        ("heterogeneous", ["energy_j", "area_m2"], ["accuracy_loss <= 0.01"]),
        ("heterogeneous", ["energy_j", "accuracy_loss"], ["energy_j <= 1e-20"]),
        ("tolerance", ["energy_j", "accuracy_loss"], []),
        ("sram_only", ["energy_j", "area_m2", "accuracy_loss"], ["accuracy >= 0.5"]),
    ],
)
def test_any_space_and_objectives(
    space: str, objectives: list[str], constraints: list[str], tmp_path: Path
) -> None:
    """Also where nothing is feasible, and where a training decides nothing."""
    asked = study(space, objectives=objectives, constraints=constraints)
    record = run(asked, folder=tmp_path, executor="inline", candidates=12)
    assert [c.source for c in record.candidates[2:]] == ["gain"] * 10
    if "<= 0.01" in str(constraints):
        assert {c.evaluation.status for c in front(record).candidates} == {"ok"}


def test_decay_has_coordinates_of_its_own_where_some_profile_decays() -> None:
    free = ErrorProfile.none(8)
    held = BitErrors(to_one=(0.0,) * 8, to_zero=(0.0,) * 8, decay_to_one=(1e-3,) * 8)
    decaying = ErrorProfile(activation=held, weight=free.weight, error=free.error)
    seen = [SeenByTraining(profile, "int8", "twos_complement") for profile in (free, decaying)]
    rows = Features(seen).of(seen)
    assert rows.shape == (2, 9)
    assert rows[0].tolist() == [-8.0] * 9
    assert rows[1].tolist() == [-8.0, pytest.approx(-3.0), *[-8.0] * 7]
