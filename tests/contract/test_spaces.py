"""What every search space promises."""

import numpy as np
import pytest

from dse.search.seen_axes import probed
from dse.study import parse_study
from evaluators import plugins
from evaluators.evaluate import Status, score
from evaluators.scenario import Scenario
from search_spaces.axes import Choice, Range, Space, Value, Values

NAMES = plugins.names("search_spaces", "SPACE")
SCENARIO = Scenario(network="lenet5")


def space(name: str) -> Space:
    found: Space = plugins.load("search_spaces", "SPACE", name, what="space")
    return found


def drawn(name: str, seed: int) -> dict[str, Value]:
    random = np.random.default_rng(seed)
    values: dict[str, Value] = {}
    for axis in space(name).axes(bits=8):
        if isinstance(axis, Choice):
            values[axis.name] = axis.options[random.integers(len(axis.options))]
        else:
            values[axis.name] = float(random.uniform(axis.low, axis.high))
    return values


def test_the_folder_is_listed() -> None:
    assert {"heterogeneous", "heterogeneous_writes", "homogeneous", "number_formats",
            "split_bits", "sram_only", "tolerance"} <= set(NAMES)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_axes_are_named_once_and_the_question_is_one(name: str) -> None:
    names = [axis.name for axis in space(name).axes(bits=8)]
    assert len(set(names)) == len(names) > 0
    assert space(name).question.endswith("?")


@pytest.mark.parametrize("name", NAMES)
def test_decoding_is_pure_and_every_design_is_scored(name: str) -> None:
    points = [drawn(name, seed) for seed in range(40)]
    designs = [space(name).decode(values) for values in points]
    assert designs == [space(name).decode(values) for values in points]
    for evaluation in score(designs, SCENARIO):
        assert evaluation.status is Status.OK, evaluation.reason


@pytest.mark.parametrize("name", NAMES)
def test_every_axis_matters_somewhere(name: str) -> None:
    for axis in space(name).axes(bits=8):
        assert any(_changes(name, axis.name, seed) for seed in range(40)), axis.name


def _changes(name: str, axis: str, seed: int) -> bool:
    values: Values = drawn(name, seed)
    other = {**values, axis: drawn(name, seed + 1000)[axis]}
    return space(name).decode(values) != space(name).decode(other)


@pytest.mark.parametrize("name", NAMES)
def test_axes_declare_what_training_sees(name: str) -> None:
    """Held against random designs: an axis declared unseen must change no profile in any."""
    study = parse_study({"name": "x", "space": name, "objectives": ["energy_j"],
                         "scenario": {"network": "lenet5"},
                         "search": {"strategy": "joint"}}, "x.toml")  # fmt: skip
    axes = study.open_axes
    assert {axis.name: axis.seen_by_training for axis in axes if not axis.seen_by_training} == {
        axis.name: False for axis in axes if axis.name not in probed(study, axes)
    }


@pytest.mark.parametrize("name", NAMES)
def test_ranges_tell_their_example(name: str) -> None:
    for axis in space(name).axes(bits=8):
        if isinstance(axis, Range):
            assert axis.low < axis.high
            assert "is written" in axis.example
