"""What a study will do and cost, before it starts."""

import json

from dse.commands.printing import console, say
from dse.search import expected_cost, forecast, rehearse
from dse.si import si
from dse.study import Study
from search_spaces.axes import Axis, Choice


def print_check(study: Study, *, as_json: bool) -> None:
    """Rehearse a study and print its axes, its size and a cost estimate."""
    designs = len(rehearse(study))
    expected = forecast(study)
    warnings, share = _never_faulted(study)
    warnings += _too_long(study, expected.training_s)
    if as_json:
        say(json.dumps({
            "name": study.name,
            "axes": {axis.name: _extent(axis) for axis in study.open_axes},
            "rehearsed_designs": designs,
            "candidates": expected.candidates,
            "trainings": expected.trainings,
            "trainings_at_most": expected.trainings_at_most,
            "cpu_s": expected.cpu_s,
            "training_s": expected.training_s,
            "warnings": warnings,
            "unfaulted_share": share,
        }))  # fmt: skip
        return
    _print(study, designs, expected, warnings)


def _never_faulted(study: Study) -> tuple[tuple[str, ...], float]:
    """What no fault reaches in a model of the user's, and its share of the parameters.

    Raises:
        UserError: the model or its data fail.
    """
    recipe = study.recipe
    if not study.trains or not recipe.version or ":" not in recipe.model:
        return (), 0.0  # ours have none; torch is not needed to say so
    from dse.commands.looked_at import never_faulted

    return never_faulted(recipe, study.scenario.number_format)


def _too_long(study: Study, training_s: float | None) -> tuple[str, ...]:
    """Trainings that would be ended before they are done."""
    limit_s = study.recipe.time_limit_s
    if training_s is None or training_s < limit_s or study.recipe.device != "cpu":
        return ()
    return (
        f"a training takes about {si(training_s, 's')} of one core, longer than "
        f"`scenario.training.time_limit_s` = {limit_s:g}: raise it, or take fewer `steps`",
    )


def _print(
    study: Study, designs: int, expected: expected_cost.Forecast, warnings: tuple[str, ...]
) -> None:
    from rich.table import Table

    out = console()
    table = Table(title=f"{study.name}: {study.search_space.question}", title_justify="left")
    table.add_column("axis")
    table.add_column("values")
    for axis in study.open_axes:
        table.add_row(axis.name, _extent(axis))
    out.print(table)
    out.print(f"objectives: {', '.join(study.objectives)}")
    if study.constraints:
        out.print(f"constraints: {'; '.join(study.constraints)}")
    out.print(f"rehearsed {designs} designs, all can be scored")
    out.print(_cost(study, expected), soft_wrap=True)
    for warning in warnings:
        out.print(f"warning: {warning}", style="yellow", soft_wrap=True)


def _cost(study: Study, expected: expected_cost.Forecast) -> str:
    if not study.trains:
        assert expected.cpu_s is not None
        return (
            f"{expected.candidates} candidates, no trainings, about {si(expected.cpu_s, 's')} "
            f"of one core"
        )
    duration = "a time that only your trainer or model knows"
    if expected.cpu_s is not None:
        duration = f"about {si(expected.cpu_s, 's')} of one core (divide by the workers)"
    return (
        f"{expected.candidates} candidates, about {expected.trainings} trainings (at most "
        f"{expected.trainings_at_most}), {duration}"
    )


def _extent(axis: Axis) -> str:
    if isinstance(axis, Choice):
        return ", ".join(str(option) for option in axis.options)
    return f"{axis.low:g} to {axis.high:g}{' (log)' if axis.log else ''}"
