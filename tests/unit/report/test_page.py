"""The report: what it says, that it escapes, that it loads nothing."""

import json
import re
from copy import copy
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from dse import front, run
from dse.commands.report import print_report
from dse.report import Drawing, Subject, write_report
from dse.report.page import sections
from dse.report.section_importance import _usable, importances
from dse.report.section_search import search_section
from dse.report.sources import constants
from dse.results import verify, write_gains
from dse.results.gentle_writes import gentlest
from dse.results.sram_twin import best_mram
from dse.store import Record
from dse.study import parse_study
from dse.study.examples import opening_comment
from evaluators.design import DesignPoint
from evaluators.energy import DesignBatch, evaluate_batch, sram_twin, step_counts
from evaluators.energy.assumptions import Probe, _ratio, _with_few_banks, effects
from evaluators.energy.logic import MAC_45NM_J, element_leakage_w
from evaluators.evaluate import score
from evaluators.scenario import Scenario

SMALL: dict[str, Any] = {
    "axes": {"array_rows": [32], "array_cols": [32, 64], "activation_capacity_bytes": [2**20],
             "weight_capacity_bytes": [2**20, 2**21], "error_capacity_bytes": [2**20]},
    "search": {"candidates": 10, "batch": 5, "population": 4, "seed": 1},
}  # fmt: skip


def record(folder: Path, objectives: list[str], **search: Any) -> Record:
    raw = {
        "name": "small", "space": "heterogeneous", "objectives": objectives,
        "scenario": {"network": "lenet5",
                     "training": {"data": "digits", "steps": 20, "seeds": 2}},
        **SMALL, "search": {**SMALL["search"], **search},
    }  # fmt: skip
    return run(parse_study(raw, "small.toml"), folder=folder, executor="inline")


@pytest.fixture(scope="module")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> Record:
    return record(tmp_path_factory.mktemp("untrained"), ["energy_j", "area_m2"])


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Record:
    folder = tmp_path_factory.mktemp("trained")
    return record(folder, ["energy_j", "accuracy_loss", "area_m2"])


class Elements(HTMLParser):
    """Every element of a page with its attributes, and the texts of scripts apart."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def ids(self, tag: str) -> set[str]:
        return {str(attributes["id"]) for name, attributes in self.found
                if name == tag and "id" in attributes}  # fmt: skip


def report(found: Record, **words: str) -> str:
    file = found.folder / "report.html"
    write_report(front(found), file, **words)
    return file.read_text(encoding="utf-8")


def island(page: str) -> dict[str, Any]:
    match = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)
    assert match
    told: dict[str, Any] = json.loads(match[1])
    return told


@pytest.fixture(scope="module")
def trained_page(trained: Record) -> str:
    return report(trained)


@pytest.fixture(scope="module")
def untrained_page(untrained: Record) -> str:
    return report(untrained)


def test_every_drawing_has_a_place_a_caption_and_two_ways_to_save_it(trained_page: str) -> None:
    page = trained_page
    places = Elements(page).ids("div")
    drawings = island(page)["drawings"]
    assert {f"draw-{name}" for name in drawings} <= places
    assert page.count('data-save="svg"') == page.count('data-save="png"') == len(drawings)
    assert page.count("<figcaption>") == len(drawings)


def test_the_page_loads_nothing(trained_page: str) -> None:
    for tag, attributes in Elements(trained_page).found:
        assert "src" not in attributes
        for name in ("href", "action", "data", "poster", "srcset"):
            assert (attributes.get(name) or "#").startswith(("#", "data:"))
        assert tag not in {"iframe", "object", "embed", "base"}


def test_what_the_user_wrote_is_escaped(untrained: Record) -> None:
    sharp = "<script>alert(1)</script>&\"'"
    study = copy(untrained.study)
    object.__setattr__(study, "name", "x</script><b>")  # which no study can be made with
    page = report(replace(untrained, study=study), question=sharp, source=sharp)
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&amp;&#34;&#39;" in page
    assert "x</script><b>" not in page
    assert island(page)["study"] == "x</script><b>"


def test_the_question_is_the_comment_that_a_study_opens_with() -> None:
    assert opening_comment("# Which data?\n# And why?\nname = 'x'\n# no") == "Which data? And why?"
    assert opening_comment("name = 'x'") == ""


def test_a_report_is_the_same_each_time(untrained: Record, untrained_page: str) -> None:
    assert report(untrained) == untrained_page


@pytest.fixture(scope="module")
def drawings(trained: Record, untrained: Record) -> list[Drawing]:
    subjects = [Subject(front=front(found), question="Which?") for found in (trained, untrained)]
    return [drawing for subject in subjects for part in sections(subject)
            for drawing in part.drawings]  # fmt: skip


def coloured(value: Any) -> Any:
    """Tokens of the style sheet as a colour that plotly knows."""
    if isinstance(value, str) and re.fullmatch(r"--[a-z]+(/[0-9.]+)?|@[0-9.]+", value):
        return "#123456"
    if value == "@scale":
        return "Viridis"
    if isinstance(value, dict):
        return {key: coloured(item) for key, item in value.items()}
    return [coloured(item) for item in value] if isinstance(value, list) else value


def test_plotly_accepts_every_drawing(drawings: list[Drawing]) -> None:
    import plotly.graph_objects as go

    for drawing in drawings:
        go.Figure(data=coloured(drawing.data), layout=coloured(drawing.layout))


def test_every_axis_of_numbers_says_its_unit(drawings: list[Drawing]) -> None:
    for drawing in drawings:
        axes = {**drawing.layout, **drawing.layout.get("scene", {})}
        for name, axis in axes.items():
            named = not axis.get("visible", True) or axis.get("type") == "category" if (
                re.fullmatch("[xyz]axis", name)) else True  # fmt: skip
            assert named or re.search(r"\(.+\)$", axis["title"]["text"]), (drawing.name, name)


def test_learning_curves_are_the_means_of_the_seeds(
    drawings: list[Drawing], trained: Record
) -> None:
    learning = next(drawing for drawing in drawings if drawing.name == "learning")
    clean = next(trace for trace in learning.data if trace["name"] == "without faults")
    training = trained.baseline.evaluation.training
    assert training is not None
    first, second = (run.loss_curve for run in training.runs)
    assert clean["y"] == pytest.approx([(a + b) / 2 for a, b in zip(first, second, strict=True)],
                                       rel=1e-4)  # fmt: skip
    assert clean["x"] == list(range(20))
    assert clean["y"][-1] < clean["y"][0]


def test_sections_follow_what_was_evaluated(trained_page: str, untrained_page: str) -> None:
    both = {"front", "chosen", "energy", "sensitivity", "time", "parallel", "importance",
            "search", "provenance"}  # fmt: skip
    assert both | {"accuracy"} <= Elements(trained_page).ids("section")
    assert "accuracy" not in Elements(untrained_page).ids("section")
    assert both <= Elements(untrained_page).ids("section")


def test_the_baseline_is_a_star_and_hovering_tells_the_design(trained_page: str) -> None:
    told = island(trained_page)
    traces = [trace for name, drawing in told["drawings"].items() if name.startswith("front-")
              for trace in drawing["data"] if trace["type"] == "scatter"]  # fmt: skip
    (baseline, *_) = [t for t in traces if t["marker"].get("symbol") == "star"]
    lines = told["designs"][baseline["customdata"][0]]["lines"]
    assert lines[0].startswith("#0 (baseline), ")
    assert any(line.startswith("weight: ") and "sram" in line for line in lines)


@pytest.mark.parametrize("objectives", [["energy_j", "area_m2"], ["energy_j", "accuracy_loss"]])
def test_progress_ends_with_the_hypervolume_of_the_front(
    trained: Record, objectives: list[str]
) -> None:
    best = front(trained, objectives)
    drawn = search_section(Subject(front=best, question="Which?")).drawings
    for drawing in drawn:
        (line,) = drawing.data
        assert line["y"][-1] == pytest.approx(best.hypervolume, rel=1e-5)
        assert line["y"] == sorted(line["y"])
    assert drawn[0].data[0]["x"] == list(range(1, len(trained.candidates) + 1))


def energy_j(design: DesignPoint, scenario: Scenario) -> float:
    (found,) = score([design], scenario)
    assert found.energy is not None
    return found.energy.energy_j


def test_sensitivity_scores_again_from_the_verdicts_ratio(untrained: Record) -> None:
    best = best_mram(untrained, front(untrained).candidates)
    assert best is not None
    design, scenario = best.candidate.evaluation.design, untrained.study.scenario
    own = Probe(assumption="none", value="own", scenario=scenario)
    assert not own.changes(scenario)
    assert _ratio(design, own) == pytest.approx(best.ratio, rel=1e-12)
    found = {(e.assumption, e.value): e.ratio for e in effects(design, scenario)}
    assert found["leakage of memories", "0.1x"] < best.ratio < found["leakage of memories", "10x"]
    assert found["temperature", "300 K"] < found["temperature", "360 K"]
    assert ("transistors", scenario.roadmap) not in found
    low = replace(scenario, memory=replace(scenario.memory, leakage_scale=0.1))
    before = [energy_j(design, low), energy_j(sram_twin(design, low), low)]
    now = [best.design.energy_j, best.twin.energy_j]
    ours, twin = (b + 11.0 * (a - b) for a, b in zip(now, before, strict=True))
    assert found["leakage of memories", "10x"] == pytest.approx(twin / ours, rel=1e-9)


def test_sensitivity_changes_reads_elements_and_idle_time(untrained: Record) -> None:
    best = best_mram(untrained, front(untrained).candidates)
    assert best is not None
    design, scenario = best.candidate.evaluation.design, untrained.study.scenario
    found = {(e.assumption, e.value): e.ratio for e in effects(design, scenario)}
    ours, twin = best.design, best.twin
    elements_w = design.array.rows * design.array.cols * element_leakage_w(scenario)
    leaks = [elements_w * report.time_s for report in (ours, twin)]
    assert 0.0 < leaks[0] < ours.leakage_j
    without = (twin.energy_j - leaks[1]) / (ours.energy_j - leaks[0])
    assert found["leakage of processing elements", "0x"] == pytest.approx(without)
    idle = (twin.energy_j + twin.leakage_j) / (ours.energy_j + ours.leakage_j)
    assert found["activity: time spent training", "50%"] == pytest.approx(idle)
    batch = DesignBatch.of([design, sram_twin(design, scenario)])
    counts = step_counts(batch, scenario)
    halved = evaluate_batch(batch, scenario, counts=replace(counts, reads=0.5 * counts.reads))
    ratio = halved["energy_j"][1] / halved["energy_j"][0]
    assert found["scratchpad traffic: reads", "0.5x"] == pytest.approx(ratio)
    assert ratio != pytest.approx(best.ratio, rel=1e-6)
    ends = [energy_j(_with_few_banks(one), scenario)
            for one in (sram_twin(design, scenario), design)]  # fmt: skip
    assert found["banks of a region", "4"] == pytest.approx(ends[0] / ends[1])


def test_gentler_writes_are_told_by_kind_of_data(trained: Record, trained_page: str) -> None:
    told = island(trained_page)["drawings"]["writes"]
    bars = [trace for trace in told["data"] if trace["type"] == "bar"]
    assert [bar["name"].split()[0] for bar in bars] == ["activations", "weights", "errors"]
    gains = write_gains(front(trained).candidates, trained.study.scenario)
    by_label = {f"#{label}": candidate for label, candidate
                in zip(front(trained).labels, front(trained).candidates, strict=True)}  # fmt: skip
    for place, name in enumerate(bars[0]["y"]):
        label, free = name[3:].removesuffix(" error-free"), name.endswith(" error-free")
        number, design = by_label[label].number, by_label[label].evaluation.design
        (gain,) = [g for g in gains if g.candidate.number == number
                   and g.candidate.evaluation.design == design]  # fmt: skip
        whole = sum(bar["x"][place] for bar in bars)
        assert whole == pytest.approx(gain.nominal_j if free else gain.write_j, rel=1e-4)
    best = gentlest([g for g in gains if g.candidate.evaluation.training
                     and g.candidate.evaluation.training.accuracy_loss <= 0.01])  # fmt: skip
    assert best is not None
    assert f"{best.gain:.2f}x" in trained_page


def test_what_was_verified_is_drawn_and_else_named(trained: Record, trained_page: str) -> None:
    assert "verified" not in island(trained_page)["drawings"]
    assert "`dse verify` trains them again" in trained_page
    folder = trained.folder.parent
    found = verify(trained, folder=folder, longer=1, seeds=3, executor="inline")
    try:
        page = report(trained)
    finally:
        (trained.folder / "verified.json").unlink()
    drawn = island(page)["drawings"]["verified"]
    search, *again = drawn["data"]
    profiles = {v.again.profile for v in found}
    assert len(search["x"]) == sum(len(trace["x"]) for trace in again) == len(profiles)
    losses = {round(100.0 * v.loss, 3) for v in found}
    assert {round(x, 3) for trace in again for x in trace["x"]} == losses
    assert "20 steps, 3 seeds" in page


def test_importances_are_the_same_each_time_and_small_studies_say_why_not(
    trained_page: str, tmp_path: Path
) -> None:
    assert "importances need at least 20" in trained_page
    more = record(tmp_path, ["energy_j", "area_m2"], candidates=26)
    subject = Subject(front=front(more), question="Which?")
    found = importances(subject, _usable(subject))
    assert found == importances(subject, _usable(subject))
    for told in found.values():
        assert sum(told.values()) == pytest.approx(1.0)
        assert not {"array_rows", "array_cols", "weight_capacity_bytes"} & told.keys()


def test_constants_are_told_as_the_code_has_them() -> None:
    found = {constant.name: constant for constant in constants("emram_28nm")}
    mac = found["MAC_45NM_J.int8"]
    assert eval(mac.value) == MAC_45NM_J["int8"]
    assert "Horowitz" in mac.source
    assert found["BOLTZMANN_J_PER_K"].value == "1.380649e-23"
    assert found["CELL.diameter_m"].module == "evaluators.device.emram_28nm"
    assert all(constant.source for constant in found.values())


def test_passwords_stay_out(untrained: Record) -> None:
    url = "postgresql://me:secret@host/db"
    study = replace(untrained.study, storage=url)
    page = report(replace(untrained, study=study), source=f'storage = "{url}"')
    assert "secret" not in page
    assert "postgresql://me:***@host/db" in page


def test_the_command_prints_the_verdict_or_the_figures(
    untrained: Record, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study, file = tmp_path / "s.toml", tmp_path / "there" / "r.html"
    study.write_text("# Which memory?\nname = 'small'\n", encoding="utf-8")
    best = front(untrained)
    print_report(best, study, file, as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert told["report"] == str(file)
    assert told["front"] == len(best.candidates)
    assert "<h1>Which memory?</h1>" in file.read_text(encoding="utf-8")
    print_report(best, study, None, as_json=False)
    assert capsys.readouterr().out.startswith(told["verdict"])
    assert (untrained.folder / "report.html").exists()


def test_tolerance_studies_show_their_maps_and_no_energies(tmp_path: Path) -> None:
    raw = {
        "name": "bears", "space": "tolerance",
        "objectives": ["write_error_probability", "accuracy_loss"],
        "scenario": {"network": "lenet5",
                     "training": {"data": "digits", "steps": 20, "seeds": 1}},
        "axes": {"faulty_kind": ["weight"], "number_format": ["int8"],
                 "encoding": ["twos_complement"], "reliable_bits": [0, 4],
                 "write_error_probability": [1e-3, 1e-1]},
        "search": {"sampler": "grid", "strategy": "joint", "candidates": 10},
    }  # fmt: skip
    found = run(parse_study(raw, "bears.toml"), folder=tmp_path, executor="inline")
    page = report(found)
    assert {"tolerance", "front"} <= Elements(page).ids("section")
    assert not {"energy", "sensitivity", "time", "cell"} & Elements(page).ids("section")
    (heat,) = island(page)["drawings"]["tolerance-weight-int8-twos-complement"]["data"]
    assert len(heat["z"]) == len(heat["z"][0]) == 2


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255.0 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [":root {", ':root[data-theme="dark"] {'])
def test_colours_can_be_told_from_the_ground_in_both_themes(theme: str) -> None:
    style = (Path(write_report.__code__.co_filename).parent / "page.css").read_text()
    block = style.split(theme, 1)[1].split("}", 1)[0]
    colours = dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6});", block))
    for ground in ("paper", "panel"):
        for words in ("ink", "soft", "accent"):
            assert contrast(colours[words], colours[ground]) >= 4.5, (words, ground)
        for mark in ("front", "baseline", "others", "activation", "weight", "error", "mac",
                     "accumulator", "dram", "leakage"):  # fmt: skip
            assert contrast(colours[mark], colours[ground]) >= 3.0, (mark, ground)


def test_a_front_that_nothing_reaches_says_so(tmp_path: Path) -> None:
    raw = {
        "name": "none", "space": "heterogeneous", "objectives": ["energy_j", "area_m2"],
        "scenario": {"network": "lenet5"}, **SMALL, "constraints": ["area_m2 <= 1e-9"],
    }  # fmt: skip
    page = report(run(parse_study(raw, "none.toml"), folder=tmp_path, executor="inline"))
    assert "The front is empty: none of 10 candidates meets the constraints" in page
    assert {"front", "search", "provenance"} <= Elements(page).ids("section")
    assert not {"chosen", "energy", "parallel"} & Elements(page).ids("section")
    told = island(page)
    assert len(told["designs"]) == 1
    assert told["designs"][0]["label"] == "#0"
