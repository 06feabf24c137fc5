"""Under which conditions a loss of accuracy was found: whoever quotes one says them."""

from collections.abc import Sequence

from evaluators.design import DesignPoint
from evaluators.energy import DesignBatch, counted
from evaluators.evaluate import Evaluation
from evaluators.scenario import Scenario, resolved
from evaluators.training import TrainingRecipe, WritesPerValue


def conditions(scenario: Scenario, recipe: TrainingRecipe | None = None) -> str:
    """Model, data, format, steps, seeds, clipping, headroom, old content and writes, in words.

    Args:
        scenario: under which designs are trained.
        recipe: in place of the scenario's, where designs were trained again.
    """
    recipe = recipe or scenario.training
    length = f"{_number(recipe.steps, 'step')}, {_number(recipe.seeds, 'seed')}"
    if recipe.trainer:
        return f"trainer {recipe.trainer}, {length}"
    headroom = _number(recipe.scale_headroom_bits, "bit") if recipe.scale_headroom_bits else "no"
    outputs = ", activations written as layers make them"
    return (
        f"{recipe.model} on {recipe.data}, {scenario.number_format}, "
        f"{length}, gradient norm clipped "
        f"at {recipe.gradient_norm:g}, {headroom} headroom, old content {_old_content(recipe)}, "
        f"{_asked_writes(recipe)}{outputs if recipe.activations_at == 'outputs' else ''}"
    )


def in_short(recipe: TrainingRecipe) -> str:
    """What was trained, where there is no room for all conditions."""
    if recipe.trainer:
        return str(recipe.trainer)
    return f"{recipe.model} on {recipe.data}, {_number(recipe.steps, 'step')}"


def _number(count: int, of: str) -> str:
    return f"{count} {of}{'' if count == 1 else 's'}"


def _old_content(recipe: TrainingRecipe) -> str:
    held = {
        "activations": recipe.old_content_activation,
        "weights": recipe.old_content_weight,
        "errors": recipe.old_content_error,
    }
    if len(set(held.values())) == 1:
        return recipe.old_content_weight
    return " and ".join(f"{content} ({kind})" for kind, content in held.items())


def _asked_writes(recipe: TrainingRecipe) -> str:
    match recipe.writes_per_value:
        case "counted":
            return "values written as often as energy counts"
        case "once":
            return "values written once"
        case WritesPerValue() as writes:
            return f"writes of a value: {writes_in_words(writes)}"
        case times:
            return f"values written {times:g} times"


def writes_in_words(writes: WritesPerValue) -> str:
    """How often a value is written, by kind and phase."""
    told = [
        _copies("activations", writes.activation_forward, writes.activation_backward),
        _copies("weights", writes.weight_forward, writes.weight_backward),
        f"errors {writes.error:g}",
    ]
    return ", ".join(told)


def _copies(kind: str, forward: float, backward: float) -> str:
    if not backward:
        return f"{kind} {forward:g}"
    return f"{kind} {forward:g} forward and {backward:g} backward"


def trained_writes(evaluation: Evaluation) -> WritesPerValue | None:
    """How often training wrote a value; None where it does not say, or no write failed."""
    faulty = evaluation.profile is not None and not evaluation.profile.error_free
    if evaluation.training is None or not faulty:
        return None
    return next((run.writes_per_value for run in evaluation.training.runs), None)


def own_writes(design: DesignPoint, scenario: Scenario) -> WritesPerValue:
    """How often the energy of one design counts a value's writes."""
    return counted.most_writes(DesignBatch.of([design]), resolved(design, scenario))


def never_faulted(evaluations: Sequence[Evaluation]) -> list[str]:
    """What trainings warned of, once each, with its share of the parameters."""
    trainings = [evaluation.training for evaluation in evaluations if evaluation.training]
    return list(dict.fromkeys(told for training in trainings for told in training.warnings))
