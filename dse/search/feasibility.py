"""What an evaluation is worth to its study: feasible or not, and with finite objectives."""

import math
from dataclasses import replace

from dse.store.record import REFERENCES
from dse.study import Study, objective
from dse.study.constraints import broken
from evaluators.evaluate import Evaluation, Status


def before_training(evaluation: Evaluation, study: Study, source: str) -> Evaluation:
    """The evaluation, infeasible where the energy model shows that it breaks a constraint."""
    if source in REFERENCES or evaluation.status is not Status.OK:
        return evaluation
    reason = broken(evaluation, [c for c in study.limits if not c.measured])
    return replace(evaluation, status=Status.INFEASIBLE, reason=reason) if reason else evaluation


def after_training(evaluation: Evaluation, study: Study) -> Evaluation:
    """The evaluation as it is kept: failed where an objective is no number that counts.

    A diverged training that breaks a constraint is infeasible; its reason says both.
    """
    if evaluation.status in (Status.FAILED, Status.INFEASIBLE):
        return evaluation
    for name in study.objectives:
        wrong = _without_place(evaluation, name)
        if wrong:
            return replace(evaluation, status=Status.FAILED, reason=wrong)
    reason = broken(evaluation, study.limits)
    if not reason:
        return evaluation
    both = "; ".join(part for part in (evaluation.reason, reason) if part)
    return replace(evaluation, status=Status.INFEASIBLE, reason=both)


def check_reference(evaluation: Evaluation, study: Study) -> None:
    """Refuse an objective that has no worst value to count from, before anything is stored.

    Args:
        evaluation: of the all-SRAM baseline.
        study: with the objectives.

    Raises:
        UserError: which objective, why, and what to write instead.
    """
    for name in study.objectives:
        try:
            value = float(objective(name).of(evaluation))
        except Exception:  # the user's own code; `after_training` tells of it
            continue
        if math.isfinite(value):
            objective(name).reference(value)


def _without_place(evaluation: Evaluation, name: str) -> str:
    """Why an objective has no value that the hypervolume can place, or nothing."""
    try:
        value = float(objective(name).of(evaluation))
    except Exception as error:
        first = (str(error).splitlines() or [""])[0]
        return f"objective `{name}` raised {type(error).__name__}: {first}"
    return objective(name).wrong(value)
