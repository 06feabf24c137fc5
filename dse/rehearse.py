"""Score one design for every option of every axis, without training, before anything starts."""

from dse.mistakes import StudyError
from dse.proposals import enqueued
from dse.study import Study
from evaluators.evaluate import Evaluation, Status, score
from search_spaces.axes import Axis, Value, representatives


def rehearse(study: Study) -> list[Evaluation]:
    """Evaluations of one design an option; the first two are the baselines.

    Raises:
        StudyError: a design cannot be scored; says which option and why.
    """
    axes = study.open_axes
    labels = ["all-SRAM baseline", "nominal-write design"]
    labels += [f"designs[{place}]" for place in range(len(study.designs))]
    designs = [proposal.design for proposal in enqueued(study)]
    for label, values in _variations(axes):
        labels.append(label)
        designs.append(study.design(values))
    evaluations = score(designs, study.scenario)
    mistakes = [
        f"{label}: {evaluation.reason}"
        for label, evaluation in zip(labels, evaluations, strict=True)
        if evaluation.status is Status.FAILED
    ]
    if mistakes:
        raise StudyError(study.name, _once_each(mistakes))
    return evaluations


def _variations(axes: tuple[Axis, ...]) -> list[tuple[str, dict[str, Value]]]:
    """The last option of every axis, with one axis at a time at each of its options."""
    base = {axis.name: representatives(axis)[-1] for axis in axes}
    return [
        (f"`axes.{axis.name}` = {option!r}", {**base, axis.name: option})
        for axis in axes
        for option in representatives(axis)
    ]


def _once_each(mistakes: list[str]) -> list[str]:
    """One line a reason: the same reason at every option says nothing new."""
    seen: dict[str, str] = {}
    for mistake in mistakes:
        seen.setdefault(mistake.split(": ", 1)[1], mistake)
    return list(seen.values())
