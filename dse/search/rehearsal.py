"""Score one design for every option of every axis, without training, before anything starts."""

from dse.mistakes import StudyError
from dse.search.given import enqueued
from dse.study import Study
from evaluators.design import DesignPoint
from evaluators.evaluate import Evaluation, Status, score
from evaluators.plugins import said
from search_spaces.axes import Axis, Value, Values, representatives


def rehearse(study: Study) -> list[Evaluation]:
    """Evaluations of one design an option; the first two are the baselines.

    Raises:
        StudyError: a design cannot be scored; says which option and why.
    """
    axes = study.open_axes
    capacity = f"of `baseline_capacity_bytes` = {study.scenario.baseline_capacity_bytes}"
    labels = [f"all-SRAM baseline {capacity}", f"nominal-write design {capacity}"]
    labels += [f"`designs[{place}]`" for place in range(len(study.designs))]
    variations = _variations(axes)
    labels += [label for label, _ in variations]
    designs = [proposal.design for proposal in enqueued(study)]
    designs += [_decoded(study, label, values) for label, values in variations]
    evaluations = score(designs, study.scenario)
    given = ""
    if study.scenario.sizing != "free":
        given = f" ({capacity}, as `scenario.sizing` = {study.scenario.sizing!r} asks)"
    first: dict[str, str] = {}  # the same reason at every option says nothing new
    for label, evaluation in zip(labels, evaluations, strict=True):
        if evaluation.status is Status.FAILED:
            first.setdefault(evaluation.reason, label)
    if first:
        raise StudyError(study.name, [
            f"{label}: {reason}{given if '`capacity_bytes`' in reason else ''}"
            for reason, label in first.items()
        ])  # fmt: skip
    return evaluations


def _decoded(study: Study, label: str, values: Values) -> DesignPoint:
    """The design of a space, which may be the user's own and fail as it likes."""
    try:
        return study.design(values)
    except Exception as error:
        told = f"{label}: `space` {study.space!r} fails to decode it with {said(error)}"
        raise StudyError(study.name, [told]) from None


def _variations(axes: tuple[Axis, ...]) -> list[tuple[str, dict[str, Value]]]:
    """The last option of every axis, with one axis at a time at each of its options."""
    base = {axis.name: representatives(axis)[-1] for axis in axes}
    return [
        (f"`axes.{axis.name}` = {option!r}", {**base, axis.name: option})
        for axis in axes
        for option in representatives(axis)
    ]
