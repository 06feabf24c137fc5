"""The study file at the border: every mistake at once, with place, rule, value and remedy."""

from pathlib import Path
from typing import Any

import pytest

from dse.mistakes import StudyError
from dse.search import rehearse
from dse.study import parse_study, read_study

GOOD: dict[str, Any] = {
    "name": "tiny",
    "space": "heterogeneous",
    "objectives": ["energy_j", "accuracy_loss"],
    "scenario": {"network": "lenet5", "training": {"data": "digits", "steps": 10}},
}


def mistakes_of(**changes: Any) -> list[str]:
    with pytest.raises(StudyError) as caught:
        rehearse(parse_study({**GOOD, **changes}, "tiny.toml"))
    return caught.value.mistakes


def test_quickstart_is_valid() -> None:
    assert read_study("studies/quickstart.toml").search.candidates == 30


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"objectivs": ["energy_j"]}, ["`objectivs` is not a key", "objectives"]),
        ({"search": {"seeed": 1}}, ["`search.seeed` is not a key", "'seed'"]),
        (
            {"search": {"constraints": ["area_m2 <= 1"]}},
            ["`search.constraints` stands below", "move `constraints` above the first `[...]`"],
        ),
        ({"search": {"candidates": "ten"}}, ["`search.candidates`", "'ten'"]),
        ({"search": {"candidates": 0}}, ["`search.candidates`", "[1, 1000000]", "got 0"]),
        ({"space": "heterogenous"}, ["unknown space", "'heterogeneous'"]),
        ({"objectives": ["energy"]}, ["unknown objective 'energy'", "'energy_j'"]),
        ({"objectives": []}, ["`objectives` must be one to five"]),
        ({"search": {"sampler": "nsga"}}, ["unknown sampler", "nsga2"]),
        ({"scenario": {"network": "resnet81"}}, ["unknown network", "'resnet18'"]),
        ({"axes": {"pulse_width_s": [2, 20]}}, ["seconds", "4 ns is written 4e-9", "got 2"]),
        ({"axes": {"write_voltage_v": [1.2, 0.6]}}, ["low < high", "[1.2, 0.6]"]),
        ({"axes": {"array_rows": [16, 4]}}, ["`axes.array_rows`", "[8, 1024]", "got 4"]),
        ({"axes": {"weight_technology": ["stt_ram"]}}, ["unknown technology", "'stt_mram'"]),
        ({"axes": {"voltage": 1}}, ["`axes.voltage` is not an axis", "write_voltage_v"]),
        ({"designs": [{"array_rows": 16}]}, ["must give `array_cols`"]),
        ({"name": "../elsewhere"}, ["`name` must be letters", "'../elsewhere'"]),
    ],
)
def test_one_message_names_place_rule_and_value(changes: dict[str, Any], words: list[str]) -> None:
    text = "\n".join(mistakes_of(**changes))
    for word in words:
        assert word in text


def test_all_mistakes_of_a_file_at_once() -> None:
    found = mistakes_of(
        space="nowhere", objectives=["energy"], search={"sampler": "nope", "seeed": 1}
    )
    assert len(found) == 4


def test_rehearsal_names_the_option_that_cannot_be_scored() -> None:
    scenario = {**GOOD["scenario"], "node_nm": 28}
    (found,) = mistakes_of(scenario=scenario)
    assert "`node_nm` must be 22, 32 or 45" in found


@pytest.mark.parametrize("content", ["name = ", "\x00\x01", "just words"])
def test_a_file_that_is_not_a_study(tmp_path: Path, content: str) -> None:
    file = tmp_path / "study.toml"
    file.write_text(content)
    with pytest.raises(StudyError, match="not a study"):
        read_study(file)


def test_a_missing_file() -> None:
    with pytest.raises(StudyError, match="no such file"):
        read_study("nowhere.toml")


@pytest.mark.parametrize(
    ("candidates", "batch", "lookahead"),
    [(None, 10, 1), (119, 10, 1), (120, 20, 1), (640, 80, 1), (959, 80, 1), (960, 160, 2),
     (10_000, 1000, 2), (1_000_000, 1000, 2)],
)  # fmt: skip
def test_an_automatic_batch_follows_from_the_goal(
    candidates: int | None, batch: int, lookahead: int
) -> None:
    """A number from then on, so that a store knows it."""
    goal = {} if candidates is None else {"candidates": candidates}
    study = parse_study(_small({"batch": "auto", **goal}), "x.toml")
    assert (study.search.batch, study.search.lookahead) == (batch, lookahead)
    assert study.fingerprint()["search"]["batch"] == batch
    assert study.fingerprint()["search"]["lookahead"] == lookahead


def test_an_automatic_batch_leaves_a_lookahead_that_is_said() -> None:
    study = parse_study(_small({"batch": "auto", "candidates": 6000, "lookahead": 0}), "x.toml")
    assert (study.search.batch, study.search.lookahead) == (640, 0)


def test_an_automatic_batch_hides_no_mistake() -> None:
    with pytest.raises(StudyError, match=r"`search\.candidates` must be a valid integer"):
        parse_study(_small({"batch": "auto", "candidates": "many"}), "x.toml")


def _small(search: dict[str, Any]) -> dict[str, Any]:
    return {"name": "x", "space": "heterogeneous", "objectives": ["energy_j"],
            "scenario": {"network": "lenet5"}, "search": search}  # fmt: skip
