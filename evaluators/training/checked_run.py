"""What a user's trainer gave back: every field's type, length and range."""

import math
from dataclasses import fields
from functools import cache
from typing import Any, get_type_hints

from evaluators.checks import check_fields
from evaluators.design import ErrorProfile
from evaluators.training.report import RunStatus, TrainingRun


def checked_run(run: TrainingRun, profile: ErrorProfile) -> TrainingRun:
    """The run rebuilt from checked figures, so that it can be sent and stored.

    Raises:
        ValueError: the first wrong field, with the rule and the value received.
    """
    from pydantic import ValidationError

    adapters, plain = _adapters(), {}
    for field in fields(run):
        value = getattr(run, field.name)
        try:
            plain[field.name] = adapters[field.name].validate_python(value, strict=True)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, (field.name, *first["loc"])))
            received = f"{first['input']!r:.80}"
            raise ValueError(f"`{place}`: {first['msg']}, got {received}") from None
    checked = TrainingRun(**plain)
    check_fields(
        checked,
        {"accuracy": (0.0, 1.0), "chance_accuracy": (0.0, 1.0), "unfaulted_share": (0.0, 1.0)},
    )
    _check_hits(checked, profile)
    if checked.status is RunStatus.OK:  # a diverged run tells how its loss grew beyond all numbers
        _check_finite(checked)
    return checked


@cache
def _adapters() -> dict[str, Any]:
    from pydantic import TypeAdapter

    return {name: TypeAdapter(kind) for name, kind in get_type_hints(TrainingRun).items()}


def _check_hits(run: TrainingRun, profile: ErrorProfile) -> None:
    bits = {len(errors.to_one) for _, errors in profile}
    for name in ("hits_to_one", "hits_to_zero", "decayed_to_one", "decayed_to_zero"):
        for kind, hits in (getattr(run, name) or {}).items():
            if len(hits) not in bits:
                raise ValueError(
                    f"`{name}.{kind}` must have {max(bits)} counts, one a bit, got {len(hits)}"
                )


def _check_finite(run: TrainingRun) -> None:
    shares = [*(run.ones_share or {}).values(), *(run.changed_share or {}).values()]
    for figure in (*run.loss_curve, *shares, *(() if run.loss is None else (run.loss,))):
        if not math.isfinite(figure):
            raise ValueError(f"`loss`, `loss_curve` and shares must be finite, got {figure!r}")
