"""How the loss fell while the designs of the front were trained."""

from collections.abc import Sequence
from statistics import fmean
from typing import Final

from dse.report.drawing import Drawing, Trace, rounded
from dse.report.subject import Subject
from dse.results import Point, accuracy
from evaluators.training import TrainingReport

LOOKS: Final = (("--front", "solid"), ("--error", "dash"), ("--dram", "dashdot"), ("--mac", "dot"))
"""Colour and dash of each faulty training, the one that lost least first."""


def learning_drawing(subject: Subject, groups: Sequence[Sequence[Point]]) -> Drawing | None:
    """Training loss over steps, mean over seeds: without faults, and with the faults of designs
    that lost little, much and most. None where no curve was kept.

    Args:
        subject: the front.
        groups: designs that share a training, the least lost first; a few, evenly spread, are
            drawn.
    """
    drawn = _spread(groups, len(LOOKS))
    traces = [
        _trace(subject, group[0].evaluation.training, f"{subject.name_of(group)} ({_lost(group)})",
               colour, dash)
        for group, (colour, dash) in zip(drawn, LOOKS, strict=False)
    ]  # fmt: skip
    baseline = subject.record.baseline.evaluation.training
    clean = _trace(subject, baseline, "without faults", "--others", "solid")
    data = [trace for trace in (clean, *traces) if trace is not None]
    if not data:
        return None
    return Drawing(
        name="learning",
        title="How the loss fell while they were trained",
        caption=f"Loss of each batch at every {_every(subject)} steps, mean over the seeds; a "
        f"line that ends early is of a training that diverged.",
        data=data,
        layout={
            "xaxis": {"title": {"text": "Time of the training (steps)"}},
            "yaxis": {"title": {"text": "Training loss (nat)"}, "rangemode": "tozero"},
            "showlegend": True,
        },
        height=380,
    )  # fmt: skip


def _spread(groups: Sequence[Sequence[Point]], most: int) -> list[Sequence[Point]]:
    """At most so many of them, the first and the last among them. [-]"""
    if len(groups) <= most:
        return list(groups)
    return [groups[round(row * (len(groups) - 1) / (most - 1))] for row in range(most)]


def _lost(group: Sequence[Point]) -> str:
    return f"{100 * accuracy.accuracy_lost(group[0]):.1f} points lost"


def _every(subject: Subject) -> int:
    return subject.scenario.training.loss_every


def _trace(
    subject: Subject, training: TrainingReport | None, name: str, colour: str, dash: str
) -> Trace | None:
    """The mean of the seeds' curves as far as all of them go."""
    recipe = subject.scenario.training
    curves = [run.loss_curve for run in training.runs] if training else []
    length = min((len(curve) for curve in curves), default=0)
    if recipe.trainer or length < 2:
        return None
    means = [fmean(curve[place] for curve in curves) for place in range(length)]
    steps = [min(place * recipe.loss_every, recipe.steps - 1) for place in range(length)]
    return {
        "type": "scatter", "mode": "lines", "name": name, "x": steps, "y": rounded(means),
        "line": {"color": colour, "dash": dash, "width": 2},
        "hovertemplate": f"{name}<br>step %{{x}}: loss %{{y:.3g}}<extra></extra>",
    }  # fmt: skip
