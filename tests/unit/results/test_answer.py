"""Each statement of the answer against a search through every design that it speaks of."""

from dataclasses import replace
from itertools import product
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import Any

import pytest

from dse import front, run
from dse.commands import answered
from dse.commands.printing import console
from dse.results.accuracy import accuracy_lost
from dse.results.answer import Answer, whose_accuracy
from dse.results.sram_twin import uses_mram
from dse.si import binary, in_words
from dse.store import Candidate, Record
from dse.study import objective, parse_study
from evaluators.design import DataKind
from evaluators.energy import assumptions
from evaluators.evaluate import Evaluation, Status, score
from evaluators.scenario import resolved

MIB = 2**20
OWN = "tests.unit.results.own_figures"
FIXED: dict[str, list[Any]] = {
    **{f"{kind}_{what}": [option] for kind in DataKind
       for what, option in (("banks", 4), ("mat_kib", 128))},
    "accumulator_depth_words": [1024],
}  # fmt: skip
SIZES: dict[str, list[Any]] = {
    "array_rows": [16, 32], "array_cols": [32],
    **{f"{kind}_capacity_bytes": [MIB // 4, MIB] for kind in DataKind},
}  # fmt: skip
MIXES: dict[str, list[Any]] = {f"{kind}_reliable_bits": [0] for kind in DataKind} | {
    "write_voltage_v": [0.6], "pulse_width_s": [5e-9]}  # fmt: skip
STUDIES: dict[str, dict[str, Any]] = {
    "edap": {"objectives": [f"{OWN}:EDAP", "accuracy_loss"],
             "constraints": ["area_m2 <= 5e-6", "accuracy_loss <= 0.02"],
             "axes": {f"{kind}_technology": ["sram", "sot_mram"] for kind in DataKind} | MIXES},
    "area": {"objectives": ["area_m2", "accuracy_loss", "energy_j"],
             "constraints": ["time_s <= 2e-3"]},
    "time": {"objectives": ["accuracy_loss", "time_s", "energy_j"]},
    "lifetime": {"objectives": ["lifetime_s", "accuracy_loss"],
                 "constraints": ["area_m2 <= 1.2e-6"]},
    "own": {"objectives": [f"{OWN}:OBJECTIVE", "accuracy_loss"],
            "axes": {f"{kind}_technology": ["sram", f"{OWN}:TECHNOLOGY"] for kind in DataKind}
            | MIXES},
    "edp": {"objectives": ["edp_js", "accuracy_loss"]},
    "energy": {"objectives": ["energy_j", "accuracy_loss", "area_m2"]},
}  # fmt: skip


MEMORIES = {"own": "spin_orbit", "edap": "SOT-MRAM"}


FINISHED: dict[tuple[str, str], Record] = {}


def searched(name: str, folder: Path, **scenario: Any) -> Record:
    """The record of a study, which is searched once."""
    key = (name, str(scenario))
    if key not in FINISHED:
        FINISHED[key] = _searched(name, folder, **scenario)
    return FINISHED[key]


def _searched(name: str, folder: Path, **scenario: Any) -> Record:
    told = STUDIES[name]
    raw = {
        "name": name, "space": "heterogeneous", **told,
        "axes": {**FIXED, **SIZES, **told.get("axes", {})},
        "scenario": {**scenario, "network": "lenet5", "training": {
            "trainer": "tests.end_to_end.stub_trainer:quick", "seeds": 1}},
        "search": {"candidates": 10, "batch": 5, "population": 4, "seed": 2, "prefilter": False},
    }  # fmt: skip
    return run(parse_study(raw, f"{name}.toml"), folder=folder, executor="inline")


def every(record: Record, values: dict[str, Any]) -> list[Evaluation]:
    """All designs of these seen values, within the limits."""
    names = (*SIZES, *FIXED)
    points = [{**values, **dict(zip(names, point, strict=True))}
              for point in product(*(*SIZES.values(), *FIXED.values()))]  # fmt: skip
    scored = score([record.study.design(point) for point in points], record.study.scenario)
    return [
        e
        for e in scored
        if e.status is Status.OK
        and all(
            limit.excess(getattr(e.energy, limit.quantity)) <= 0.0
            for limit in record.study.limits
            if limit.quantity != "accuracy_loss"  # of what is trained
        )
    ]


def best(found: list[Evaluation], name: str) -> float | None:
    figures = [objective(name).of(evaluation) for evaluation in found]
    pick = min if objective(name).direction == "minimize" else max
    return pick(figures) if figures else None


@pytest.mark.parametrize("name", STUDIES)
def test_the_answer_is_what_a_search_through_everything_finds(name: str, tmp_path: Path) -> None:
    record = searched(name, tmp_path)
    said = Answer(front=front(record))
    aim = next(each for each in record.study.objectives if each != "accuracy_loss")
    assert said.aim.name == aim
    chosen = next(c for c in record.candidates if c.values)
    alone = {**chosen.values, **{f"{kind}_technology": "sram" for kind in DataKind}}
    sram = best(every(record, alone), aim)
    accurate = [c for c in record.candidates if c.values and accuracy_lost(c) <= 0.01
                and c.evaluation.status is Status.OK]  # fmt: skip
    mixed = [e for values in mixes(name, accurate) for e in every(record, values)]
    least = best(mixed, aim)

    opponents, told = said.opponents, dict(said.lines())
    for ours, searched_for in ((opponents.sram, sram), (opponents.mixed, least)):
        assert (ours is None) == (searched_for is None)
        if ours is not None:
            assert ours.value == pytest.approx(searched_for, rel=1e-9, abs=0.0)
    assert said.build is not None
    both = [value for value in (sram, least) if value is not None]
    pick = min if said.aim.direction == "minimize" else max
    assert said.build.value == pytest.approx(pick(both), rel=1e-9, abs=0.0)
    assert ("none: " in told["GAIN"] or opponents.mixed is None) == (not said.wins)
    if opponents.mixed is not None and sram and least and said.aim.scale == "ratio":
        share = least / sram
        words = (f"{share:.2f}x the" if share >= 1.0 else f"{1 / share:.2f}x less"
                 if share < 0.95 else f"{100 * (1 - share):.1f} % less")  # fmt: skip
        assert words in told["GAIN"] or abs(share - 1.0) < 5e-4
        memory = MEMORIES.get(name, "STT-MRAM")
        assert memory in told["GAIN" if not said.wins else "BUILD"]
        assert said.front.named(opponents.mixed.label).evaluation.design == opponents.mixed.design
    ratios = []
    for step, ratio in said.stairs.ratios:
        fitting = [e for e in every(record, alone) if e.energy
                   and e.energy.area_m2 <= step.area_m2 * (1 + 1e-9)]  # fmt: skip
        found = best(fitting, aim)
        assert found is not None
        assert ratio == pytest.approx(found / step.value, rel=1e-9, abs=0.0)
        ratios.append(found / step.value)
        no_larger = step.area_m2 * (1 + 1e-9)
        with_mram = [e for e in mixed if e.energy and e.energy.area_m2 <= no_larger]
        assert step.value == pytest.approx(best(with_mram, aim), rel=1e-9, abs=0.0)
    if ratios and sram and least:
        span = f"{min(ratios):.2f}x to {max(ratios):.2f}x its "
        assert span in told["GAIN"]
        assert f"(median {median(ratios):.2f}x)" in told["GAIN"]
    built_as_said(said, told["BUILD"])
    fragile_as_scored(said)
    assert "stub_trainer" in told["ACCURACY"]
    assert told["ACCURACY"].endswith("steps, 1 seed)")


def mixes(name: str, accurate: list[Candidate]) -> list[dict[str, Any]]:
    """Seen values with MRAM in them; where no write fails training sees no technology."""
    if name not in MEMORIES:
        return [dict(c.values) for c in accurate if uses_mram(c)]
    options = [STUDIES[name]["axes"][f"{kind}_technology"] for kind in DataKind]
    values = [dict(zip((f"{kind}_technology" for kind in DataKind), chosen, strict=True))
              for chosen in product(*options)]  # fmt: skip
    return [{**accurate[0].values, **each} for each in values if set(each.values()) != {"sram"}]


def built_as_said(said: Answer, words: str) -> None:
    """The design that is named has the array, memories, figures and loss that are told of it."""
    build = said.build
    assert build is not None
    design, energy = build.design, build.energy
    point = said.point(build)
    assert words.startswith(f"{build.label or 'sram'}: {design.array.rows}x{design.array.cols} ")
    (again,) = score([design], said.front.record.study.scenario)
    assert again.energy is not None
    assert again.energy.area_m2 == pytest.approx(energy.area_m2, rel=1e-12, abs=0.0)
    assert said.aim.of(again) == pytest.approx(build.value, rel=1e-12, abs=0.0)
    names = ("energy_j", "area_m2", "time_s")
    told = [in_words(name, getattr(again.energy, name)) for name in names]
    assert all(figure in words for figure in (*told, said.aim.in_words(said.aim.of(again))))
    others = {design.memory[kind].technology for kind in DataKind} - {"sram"}
    assert bool(others) == said.wins == ("all in SRAM" not in words)
    for kind in DataKind:
        assert binary(design.memory[kind].capacity_bytes) in words or "the rest in SRAM" in words
    if point is not None:
        assert point.evaluation.design == design
        training = point.evaluation.training
        assert training is not None
        mean = sum(run.accuracy for run in training.runs) / len(training.runs)
        alone = said.front.record.baseline.evaluation.training
        assert alone is not None
        lost = max(alone.accuracy - mean, 0.0)
        assert f"loses {100 * lost:.1f} ± " in words
        assert lost <= said.loss_limit


def fragile_as_scored(said: Answer) -> None:
    """What turns the winner by the words is what does when both designs are scored anew."""
    mixed, sram = said.opponents.mixed, said.opponents.sram
    if mixed is None or sram is None:
        assert "FRAGILE" not in dict(said.lines())
        return
    assert said.effects is not None
    trained = said.front.record.baseline.evaluation
    told = {(effect.assumption, effect.value): effect.ratio for effect in said.effects}
    scenario = resolved(mixed.design, said.front.record.study.scenario)
    turned = {}
    for probe in assumptions.probes(scenario):
        if probe.scenario == scenario:  # counts and energies that no scenario has
            continue
        pair = score([mixed.design, sram.design], probe.scenario)
        at = (probe.assumption, probe.value)
        if any(one.energy is None for one in pair):
            assert at not in told
            continue
        ours, theirs = (said.aim.of(replace(trained, energy=one.energy)) for one in pair)
        ratio = theirs / ours if said.aim.direction == "minimize" else ours / theirs
        assert told[at] == pytest.approx(ratio, rel=1e-9, abs=0.0)
        if (ratio > 1.0) != said.wins:
            turned[at] = ratio
    assert len(told) > 15
    assert turned.keys() <= {(effect.assumption, effect.value) for effect in said.turns}
    words = dict(said.lines())["FRAGILE"]
    if not said.turns:
        assert words.startswith("no: every one of ")
        return
    surest = max(said.turns, key=lambda e: -e.ratio if said.wins else e.ratio)
    loser = MEMORIES.get(said.front.record.study.name, "STT-MRAM")
    assert words.startswith("SRAM wins" if said.wins else f"{loser} wins")
    assert f"wins with {surest.assumption} {surest.value}" in words


@pytest.mark.parametrize("roadmap", ["HP"])
def test_fragile_holds_under_other_transistors(roadmap: str, tmp_path: Path) -> None:
    said = Answer(front=front(searched("energy", tmp_path, roadmap=roadmap)))
    assert said.effects is not None
    fragile_as_scored(said)


def test_the_accuracy_is_said_to_be_of_the_model_that_was_trained() -> None:
    def told(**recipe: Any) -> str:
        raw = {"name": "own", "space": "heterogeneous", "objectives": ["energy_j"],
               "scenario": {"network": "resnet18", "training": recipe}}  # fmt: skip
        study = parse_study(raw, "own.toml")
        return whose_accuracy("resnet18", SimpleNamespace(record=SimpleNamespace(study=study)))  # type: ignore[arg-type]

    other = told(model="small_cnn", data="digits", steps=40, seeds=2)
    assert other == "of small_cnn on digits (40 steps, 2 seeds), not of resnet18"
    own = told(model="resnet18", data="cifar10", steps=1, seeds=1)
    assert own == "of resnet18 on cifar10 (1 step, 1 seed)"


def test_a_line_a_design_fits_eighty_columns(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = Answer(front=front(searched("energy", tmp_path)))
    monkeypatch.setenv("COLUMNS", "80")
    answered.print_designs(console(width=80), said)
    lines = capsys.readouterr().out.splitlines()
    rows = lines[2 : 2 + len(said.of_each_array)]
    assert all(len(line) <= 80 and "…" not in line for line in lines)
    assert lines[2 + len(rows)].startswith("ranked by ")
    arrays = [line.split("x")[0].split()[-1] for line in rows]
    assert len(set(arrays)) == len(arrays) == len(said.of_each_array)


@pytest.mark.parametrize(
    "cell",
    [{}, {"diameter_m": 36e-9, "write_scheme": "terminated", "attempts": 2, "ecc": "none"}],
)
def test_where_sram_has_none_of_it_error_free_writes_are_the_opponent(
    cell: dict[str, Any], tmp_path: Path
) -> None:
    """All-SRAM writes no MRAM cell: its 0 J are no gain of its."""
    raw = {
        "name": "writes", "space": "codesign" if cell else "heterogeneous",
        "objectives": ["write_energy_j", "accuracy_loss"],
        "axes": {**FIXED, **{name: [value] for name, value in cell.items()},
                 **{name: [values[-1]] for name, values in SIZES.items()},
                 **{f"{kind}_technology": ["stt_mram"] for kind in DataKind},
                 **{f"{kind}_reliable_bits": [0] for kind in DataKind},
                 "write_voltage_v": [0.6, 0.9], "pulse_width_s": [5e-9, 10e-9]},
        "scenario": {"network": "lenet5", "read_voltage_v": 0.04, "training": {
            "trainer": "tests.end_to_end.stub_trainer:quick", "seeds": 1}},
        "search": {"candidates": 10, "batch": 5, "seed": 2, "strategy": "joint"},
    }  # fmt: skip
    record = run(parse_study(raw, "writes.toml"), folder=tmp_path, executor="inline")
    said = Answer(front=front(record), loss_limit=1.0)
    mixed, sram = said.opponents.mixed, said.opponents.sram
    assert mixed is not None
    assert sram is not None
    assert said.wins
    assert said.build == mixed
    assert sram.energy.write_energy_j == 0.0
    without = {**record.candidates[-1].values,
               **{f"{kind}_technology": "sram" for kind in DataKind}}  # fmt: skip
    (alone,) = score([record.study.design(without)], record.study.scenario)
    assert alone.energy is not None
    assert sram.energy.energy_j == pytest.approx(alone.energy.energy_j)

    told = dict(said.lines())["GAIN"]
    factor = float(told.split("x less in its cells")[0])
    plan = mixed.design.memory.each(
        lambda _, region: replace(region, write=None, diameter_m=None, write_scheme="single",
                                  attempts=1, ecc="none"))  # fmt: skip
    (error_free,) = score([replace(mixed.design, memory=plan)], record.study.scenario)
    assert error_free.energy is not None
    assert factor == pytest.approx(error_free.energy.write_energy_j / mixed.value, rel=0.05)
    assert ("alone: " in told) == bool(cell)
    assert all(uses_mram(point) for point in said.of_each_array)
