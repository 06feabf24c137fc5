"""Whoever quotes a loss of accuracy says under which conditions."""

from dataclasses import replace

from dse.results import conditions
from evaluators.scenario import Scenario
from evaluators.training import TrainingRecipe, WritesPerValue

PLAIN = Scenario(network="lenet5", training=TrainingRecipe(data="digits", steps=400, seeds=2))


def told(**training: object) -> str:
    recipe = replace(PLAIN.training, **training)  # type: ignore[arg-type]
    return conditions.conditions(replace(PLAIN, training=recipe))


def test_every_condition_is_said() -> None:
    assert told() == (
        "small_cnn on digits, int8, 400 steps, 2 seeds, gradient norm clipped at 1, no headroom, "
        "old content random, values written as often as energy counts"
    )
    assert "old content random (activations) and flip (weights) and random (errors)" in told(
        old_content_weight="flip"
    )
    cases: dict[str, dict[str, object]] = {
        "1 seed,": {"seeds": 1},
        "clipped at 0.5": {"gradient_norm": 0.5},
        "1 bit headroom": {"scale_headroom_bits": 1},
        "values written once": {"writes_per_value": "once"},
        "values written 3 times": {"writes_per_value": 3.0},
        "resnet18 on cifar10": {"model": "resnet18", "data": "cifar10"},
        "activations written as layers make them": {"activations_at": "outputs"},
    }
    for words, change in cases.items():
        assert words in told(**change)
        assert words not in told()
    assert told(trainer="mine:train") == "trainer mine:train, 400 steps, 2 seeds"
    longer = replace(PLAIN.training, steps=2000, seeds=3)
    assert "2000 steps, 3 seeds" in conditions.conditions(PLAIN, longer)


def test_counts_in_words() -> None:
    counts = WritesPerValue(activation_forward=2.57, activation_backward=1.26, error=1.74)
    words = "activations 2.57 forward and 1.26 backward, weights 1, errors 1.74"
    assert conditions.writes_in_words(counts) == words
    assert f"writes of a value: {words}" in told(writes_per_value=counts)
