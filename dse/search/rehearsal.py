"""Score one design for every option of every axis, without training, before anything starts."""

from dataclasses import replace
from typing import Final

from dse.mistakes import StudyError, UserError
from dse.search.feasibility import check_reference
from dse.search.given import enqueued
from dse.search.proposer import Proposer
from dse.study import SAMPLERS, Study
from dse.study.objectives import figure_mistake
from dse.trainings import asks_for_bits
from evaluators.design import DesignPoint
from evaluators.energy import baseline_design, nominal_design
from evaluators.evaluate import Evaluation, Status, score
from evaluators.plugins import said
from search_spaces.axes import Axis, Value, Values, representatives

BASELINE_STEP: Final = 2**20
TRIED: Final = 64
"""Capacities of the baseline that are looked at on each side of one that does not do."""


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
            f"{label}: {reason}{_remedy(study, evaluations, given, reason)}"
            for reason, label in first.items()
        ])  # fmt: skip
    _check_objectives(study, labels, evaluations)
    _check_search(study)
    _check_data(study)
    return evaluations


def _check_objectives(study: Study, labels: list[str], evaluations: list[Evaluation]) -> None:
    """Refuse objectives that have no figure for a design, or no worst value to count from."""
    mistakes: list[str] = []
    for name in study.objectives:
        found = ((label, figure_mistake(e, name)) for label, e in zip(labels, evaluations,
                                                                      strict=True))  # fmt: skip
        wrong = next((f"{label}: {why}" for label, why in found if why), "")
        if wrong:
            mistakes.append(wrong)
    try:
        if not mistakes:
            check_reference(evaluations[0], study)
    except UserError as error:
        mistakes.append(str(error))
    if mistakes:
        raise StudyError(study.name, mistakes)


def _check_search(study: Study) -> None:
    """Make what would propose candidates, and let a sampler of the user's propose one."""
    try:
        proposer = Proposer(study, study.scenario)
        if study.search.sampler not in ("", *SAMPLERS):
            proposer.next_batch(1, [])
    except (UserError, ValueError) as error:
        mistakes = getattr(error, "mistakes", [str(error)])
        raise StudyError(study.name, mistakes) from None


def _remedy(study: Study, evaluations: list[Evaluation], given: str, reason: str) -> str:
    """What follows the reason why a capacity does not do: the baselines that do, next to it."""
    if "`capacity_bytes`" not in reason:
        return ""
    if all(evaluation.status is not Status.FAILED for evaluation in evaluations[:2]):
        return given
    array, asked = evaluations[0].design.array, study.scenario.baseline_capacity_bytes

    def does(capacity_bytes: int) -> bool:
        if capacity_bytes < BASELINE_STEP:
            return False
        scenario = replace(study.scenario, baseline_capacity_bytes=capacity_bytes)
        pair = [baseline_design(scenario, array), nominal_design(scenario, array)]
        return all(one.status is not Status.FAILED for one in score(pair, scenario))

    start = asked // BASELINE_STEP
    below = (BASELINE_STEP * (start - step) for step in range(min(start, TRIED)))
    above = (BASELINE_STEP * (start + 1 + step) for step in range(TRIED))
    near = [next((size for size in sizes if size != asked and does(size)), None)
            for sizes in (below, above)]  # fmt: skip
    told = " and ".join(str(size) for size in near if size is not None)
    return f"{given}; `baseline_capacity_bytes` that do, next to it: {told}" if told else given


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


def _check_data(study: Study) -> None:
    """Read a data set of ours before anything starts.

    Raises:
        UserError: it is missing or damaged.
    """
    recipe, trains = study.scenario.training, study.trains or asks_for_bits(study)
    if ":" in recipe.data or recipe.data == "digits" or recipe.trainer or not trains:
        return
    from evaluators.training import data_files

    try:
        data_files.load_arrays(recipe.data, recipe.data_folder)
    except data_files.DataError as error:
        raise UserError(str(error)) from None
