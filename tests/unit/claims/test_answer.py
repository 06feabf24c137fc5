"""`dse claims`: the sweep against single designs, what is solved for, and what is written."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dse.claims import Answers, Bracket, Claim, answers, as_json, models, write_markdown
from dse.claims.answer import memories
from dse.claims.arrays import area_for
from dse.claims.best import best_capacities
from dse.claims.bracket import SCOPES
from dse.claims.claim import short, span, verdict
from dse.claims.markdown import BEGIN, END, TRAINED_BEGIN, TRAINED_END, between, markdown
from dse.claims.suite import NETWORKS, Case, leakage_scales, own_scale, sweep
from dse.claims.trained import trained_claims
from dse.claims.where import configurations, where_grid
from dse.claims.writes import priced, references, relaxed_write, writes
from dse.commands.claims import run_trainings
from dse.commands.study_verbs import app
from dse.mistakes import UserError
from dse.study import Study, read_study
from evaluators.design import SystolicArray
from evaluators.energy import baseline_design, nominal_design
from evaluators.evaluate import score
from evaluators.memories import array_cost

ROOT = Path(__file__).parents[3]
STUDIES = ROOT / "studies"

pytestmark = pytest.mark.slow  # the suite is scored once for all tests here


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    return answers(STUDIES, tmp_path_factory.mktemp("results"))


@pytest.fixture(scope="module")
def study() -> Study:
    return read_study(STUDIES / "iso_capacity.toml")


def cases(study: Study, **options: object) -> list[Case]:
    small: dict[str, object] = {"networks": ("lenet5",), "factors": (1,), "gates": (1.0,)}
    return sweep(study, memories(study)[:1], **(small | options))  # type: ignore[arg-type]


@pytest.mark.parametrize("equal", ["capacity", "area"])
def test_a_case_is_the_two_designs_scored_alone(equal: str) -> None:
    study = read_study(STUDIES / f"iso_{equal}.toml")
    memory = replace(study.scenario.memory, leakage_source="cacti", leakage_scale=2.0)
    study = replace(study, scenario=replace(study.scenario, memory=memory))
    for case in cases(study):
        scenario = replace(study.scenario, network="lenet5", roadmap=case.roadmap)
        array = SystolicArray(rows=case.array[0], cols=case.array[1])
        alone = score(
            [baseline_design(scenario, array), nominal_design(scenario, array)], scenario
        )
        sram, mram = (evaluation.energy for evaluation in alone)
        assert sram is not None
        assert mram is not None
        scale = own_scale(scenario, case.roadmap)
        for scope in SCOPES:
            ratio = getattr(sram, scope) / getattr(mram, scope)
            assert case.ratio(scope, scale) == pytest.approx(ratio, rel=1e-12)
        assert case.slowdown == pytest.approx(mram.time_s / sram.time_s)
        assert case.mram_capacity_bytes == alone[1].design.memory.capacity_bytes


def test_the_leakage_that_is_solved_for_gives_the_ratio(study: Study) -> None:
    reached = 0
    for case in cases(study, gates=(1.0, 0.0), networks=("resnet18",)):
        assert 0.0 < case.limit("scratchpad_energy_j") < float("inf")  # busy banks leak on
        for scope in SCOPES:
            scale = case.scale_for(scope, 15.0)
            if scale is None:
                assert case.ratio(scope, 1e9) < 15.0
                assert case.limit(scope) <= 15.0
            else:
                assert case.ratio(scope, scale) == pytest.approx(15.0)
                reached += 1
    assert reached > 0


def test_a_free_scratchpad_is_beaten_by_no_memory_of_equal_capacity(found: Answers) -> None:
    bracket = found.equal_capacity
    for case in bracket.cases:
        for scale in leakage_scales(bracket.scenario, case.roadmap).values():
            assert case.ratio("energy_j", scale) <= case.free_memory_ratio(scale) * (1.0 + 1e-9)


def test_the_bracket_holds_both_sources_and_the_studys_own(study: Study) -> None:
    scales = leakage_scales(study.scenario, "HP")
    assert scales["nvsim"] == own_scale(study.scenario, "HP") == 1.0
    cacti = replace(study.scenario, memory=replace(study.scenario.memory, leakage_source="cacti"))
    assert scales["cacti"] == own_scale(cacti, "HP") < 1.0
    doubled = replace(study.scenario, memory=replace(study.scenario.memory, leakage_scale=2.0))
    assert own_scale(doubled, "HP") == 2.0
    assert leakage_scales(doubled, "HP")["cacti"] == 2.0 * scales["cacti"]


def test_the_claims_follow_the_study(study: Study) -> None:
    (before,) = cases(study, networks=("resnet18",))[:1]
    wider = replace(study.scenario, memory=replace(study.scenario.memory, dram="ddr3"))
    (after,) = cases(replace(study, scenario=wider), networks=("resnet18",))[:1]
    assert after.sram.without.dram_j > 10.0 * before.sram.without.dram_j
    assert after.ratio("energy_j", 1.0) != before.ratio("energy_j", 1.0)
    assert after.ratio("scratchpad_energy_j", 1.0) == before.ratio("scratchpad_energy_j", 1.0)


def test_half_the_write_energy_is_bought_with_the_fewest_errors(study: Study) -> None:
    scenario = study.scenario
    nominal = priced(scenario, "HP", [references(scenario)["nominal"]])
    relaxed = priced(scenario, "HP", [relaxed_write(scenario)])
    assert nominal.error_rate[0] == pytest.approx(1e-9, rel=0.1)
    assert relaxed.bit_j[0] <= nominal.bit_j[0] / 2.0
    every = writes(scenario, "HP")
    cheaper = every.bit_j <= nominal.bit_j[0] / 2.0
    assert relaxed.error_rate[0] == every.error_rate[cheaper].min() > nominal.error_rate[0]
    assert (every.word_j > scenario.memory.word_bits * every.bit_j).all()


def test_the_cell_area_that_is_solved_for_is_so_dense(study: Study) -> None:
    scenario, size = study.scenario, study.scenario.baseline_capacity_bytes
    area_f2 = area_for(scenario, 3.0)
    assert area_f2 is not None
    sram, mram = (
        array_cost(name, size, node_nm=22, roadmap="HP", cell_area_f2=area).area_m2[0]
        for name, area in (("sram", None), ("stt_mram", area_f2))
    )
    assert sram / mram == pytest.approx(3.0, rel=0.01)
    assert area_for(scenario, 100.0) is None


def test_all_claims_are_answered_and_none_is_trained_here(found: Answers) -> None:
    names = [claim.name for claim in found.claims]
    assert len(set(names)) == 12
    assert names[1] == "retention given up"
    for claim in found.claims:
        assert all((claim.paper, claim.ours, claim.holds, claim.untold, claim.headline))
        for grid in claim.grids:
            assert {len(row) for row in grid.rows} == {len(grid.heads)}
        assert claim.trained == ("dse run" in claim.ours)
    assert found.equal_capacity.networks == NETWORKS


def test_the_json_holds_every_case(found: Answers) -> None:
    told = json.loads(as_json(found))
    (claim,) = (c for c in told["claims"] if c["name"] == "energy at equal area")
    assert len(claim["figures"]["cases"]) == len(found.equal_area.cases)
    for case in claim["figures"]["cases"]:
        assert case["system"]["least"] <= case["system"]["ratio"] <= case["system"]["most"]


def test_the_page_on_the_paper_is_what_the_command_writes_now(found: Answers) -> None:
    page = (ROOT / "docs" / "paper.md").read_text()
    written = page.partition(BEGIN)[2].partition(END)[0]
    assert written.strip() == markdown(found).strip()


def test_a_page_keeps_what_stands_outside_the_marks(found: Answers, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"# Mine\n{BEGIN}\nold\n{END}\nlast\n")
    write_markdown(found, page)
    text = page.read_text()
    assert text.startswith("# Mine\n")
    assert text.endswith("last\n")
    assert "old" not in text.split("\n")
    trained = tmp_path / "trained.md"
    trained.write_text(f"{BEGIN}\n{END}\n{TRAINED_BEGIN}\nrun long ago\n{TRAINED_END}\n")
    write_markdown(found, trained)
    assert f"{TRAINED_BEGIN}\nrun long ago\n{TRAINED_END}\n" in trained.read_text()
    assert between("a<b>c", ("<", ">"), "x") == "a<\n\nx\n>c"
    whole = tmp_path / "whole.md"
    write_markdown(found, whole)
    assert whole.read_text() == markdown(found)


def test_the_command_prints_within_a_hundred_columns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: Answers
) -> None:
    monkeypatch.setattr("dse.claims.answers", lambda *_: found)
    monkeypatch.setenv("COLUMNS", "100")
    told = CliRunner().invoke(app, ["claims", "--folder", str(tmp_path)])
    assert told.exit_code == 0, told.output
    lines = told.output.splitlines()[:-1]
    assert max(len(line) for line in lines) <= 100
    for claim in found.claims:
        assert claim.name.split()[0] in told.output
    for name in ("claims.png", "claims.html"):
        assert (tmp_path / name).stat().st_size > 10_000


def test_a_folder_without_the_studies_is_the_users_mistake(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="iso_capacity"):
        answers(tmp_path, tmp_path)
    with pytest.raises(UserError, match="--studies"):
        answers(tmp_path / "nowhere", tmp_path)


def test_memories_that_cannot_be_sized_are_left_out(study: Study) -> None:
    area = read_study(STUDIES / "iso_area.toml")
    area = replace(area, scenario=replace(area.scenario, baseline_capacity_bytes=12 * 2**20))
    sizes = {
        label: {c.capacity_bytes for c in sweep(area, memories(area), networks=("lenet5",))
                if c.memory == label}
        for label in ("stt_mram", "stt_mram_34f2")
    }  # fmt: skip
    assert max(sizes["stt_mram_34f2"]) < max(sizes["stt_mram"])
    tiny = replace(area, scenario=replace(area.scenario, baseline_capacity_bytes=2**18))
    with pytest.raises(UserError, match="sized"):
        sweep(tiny, memories(area)[:1], networks=("lenet5",))


def test_the_best_capacity_is_no_worse_than_any(found: Answers, study: Study) -> None:
    memory = memories(study)[0]
    for best in best_capacities(study, memory, ("resnet18",)):
        for case in found.equal_capacity.own(network="resnet18", roadmap=best.roadmap):
            scale = own_scale(study.scenario, best.roadmap)
            assert best.sram_j <= case.sram.energy_j("energy_j", scale) * (1.0 + 1e-9)
            assert best.mram_j <= case.mram.energy_j("energy_j", scale) * (1.0 + 1e-9)


def test_configurations_are_all_cases_at_all_leakages(found: Answers) -> None:
    bracket = found.equal_area
    every = configurations(bracket, "energy_j")
    assert sum(len(c.ratios) for c in every) == 6 * len(bracket.cases)
    assert sum(c.own_leakage for c in every) == len(every) / 6
    held = [c for c in every if c.claimed]
    assert all(15.0 <= c.mean <= 22.0 for c in held)
    assert f"of {len(held)} configurations" in where_grid(bracket).title


def test_an_unknown_network_is_the_users_mistake(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="resnet18"):
        answers(STUDIES, tmp_path, ("resnet81",))


def test_the_trained_rows_are_read_from_studies_that_were_run(tmp_path: Path) -> None:
    studies, folder = tmp_path / "studies", tmp_path / "results"
    studies.mkdir()
    for name in ("write_optimization", "tolerance", "heterogeneous"):
        text = (STUDIES / f"{name}.toml").read_text()
        for key, value in {
            "training": '{ data = "digits", steps = 40, seeds = 1 }',
            "candidates": "8\nbatch = 4\npopulation = 4",
        }.items():
            text = re.sub(f"^{key} = .*", f"{key} = {value}", text, flags=re.MULTILINE)
        text = text.replace('"resnet18"', '"lenet5"')
        (studies / f"{name}.toml").write_text(text)
    before = trained_claims(studies, folder)
    assert [claim.verdict for claim in before] == ["`--trainings`"] * 4
    run_trainings(studies, folder, executor="inline", workers=None)
    damaged = tmp_path / "damaged" / "tolerance" / "study.db"
    damaged.parent.mkdir(parents=True)
    damaged.write_text("not a database")
    assert "not a study store" in trained_claims(studies, tmp_path / "damaged")[1].ours
    accuracy, tolerance, mixed, gentle = trained_claims(studies, folder)
    gains = [gain for gain, _ in accuracy.figures["cell_gain_and_loss"]]
    assert any(gain == pytest.approx(1.0) for gain in gains)
    assert max(gains) > 1.0
    with_periphery = [gain for gain, _ in accuracy.figures["array_gain_and_loss"]]
    assert 1.0 < max(with_periphery) < max(gains)
    assert "8 of 8 designs" in accuracy.why[-1]
    assert "so far" not in accuracy.verdict
    assert "so far" in replace_goal(studies / "heterogeneous.toml", folder).verdict
    assert tolerance.figures
    assert "not trained again" in gentle.ours
    assert gentle.figures["gain"] > 0.0
    lost = gentle.figures["accuracy_loss_by_model"]
    assert list(lost) == list(models.MODELS)
    worst = max(lost, key=lost.__getitem__)
    assert f"the worst, {worst}, counts" in gentle.why[0]
    assert "gradient norm clipped at 1, no headroom, old content" in gentle.why[-1]
    assert mixed.figures["mixed"] >= mixed.figures["converged"] >= mixed.figures["accurate"]


def replace_goal(study: Path, folder: Path) -> Claim:
    """The heterogeneous claim where the study asks for more candidates than are stored."""
    study.write_text(study.read_text().replace("candidates = 8", "candidates = 9"))
    return trained_claims(study.parent, folder)[-1]


def test_figures_in_words() -> None:
    assert [short(x) for x in (0.004, 0.75, 0.999, 4.94, 9.96, 13.2)] == [
        "0.004", "0.75", "1.0", "4.9", "10", "13",
    ]  # fmt: skip
    assert span([2.0, 1.0]) == "1.0-2.0x"
    assert span([0.5, 0.501], "") == "0.50"
    assert [verdict(v, 2.0) for v in ([2.0, 3.0], [1.0, 3.0], [1.0])] == ["yes", "in part", "no"]


def test_the_bracket_reads_the_studys_own_cases(found: Answers) -> None:
    bracket: Bracket = found.equal_capacity
    own = bracket.own(roadmap="HP")
    assert [case.network for case in own] == list(NETWORKS)
    assert {(case.memory, case.gate, case.array) for case in own} == {
        ("stt_mram", 1.0, (128, 128))
    }
    assert len(bracket.ratios(own, "energy_j")) == 6 * len(NETWORKS)


def test_the_worst_of_three_models_decides() -> None:
    lost = {"small_cnn": 0.002, "resnet8": 0.021, "tiny_transformer": -0.001}
    assert models.in_words(lost) == (
        "points lost by model: small_cnn 0.20, resnet8 2.10, tiny_transformer 0.00; the worst, "
        "resnet8, counts"
    )
    assert not models.borne(lost)
    assert models.borne({"small_cnn": 0.01})
    assert models.in_words({"small_cnn": 0.01}) == ""
