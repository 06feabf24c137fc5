"""What training says of the front's designs: accuracy lost, its spread, and how they learnt."""

from statistics import fmean
from typing import Final

from dse.report.drawing import HOVER, Drawing, Section, Trace, rounded
from dse.report.section_learning import learning_drawing
from dse.report.section_verified import verified_drawing
from dse.report.subject import Subject
from dse.results import Point, accuracy, conditions
from dse.search import SeenByTraining

SAME: Final = 1e-9
"""Difference up to which the seeds' losses give back the stored mean."""


def training_section(subject: Subject) -> Section | None:
    """Each distinct training of the front; None where nothing was trained."""
    groups = _distinct(subject)
    if not groups:
        return None
    seeds = subject.scenario.training.seeds
    lead = (
        f"Accuracy without faults minus accuracy with them: "
        f"{conditions.conditions(subject.scenario)}. Designs whose bits "
        f"fail alike share their trainings, so each distinct one stands once."
    )
    evaluations = [point.evaluation for group in groups for point in group]
    for warning in conditions.never_faulted(evaluations):
        lead += f" Warning: {warning}."
    again = verified_drawing(subject)
    if again is None:
        lead += " `dse verify` trains them again, longer and with more seeds."
    drawn = (_spread(subject, groups, seeds), again, learning_drawing(subject, groups))
    drawings = tuple(drawing for drawing in drawn if drawing is not None)
    return Section(name="accuracy", title="What training lost", lead=lead, drawings=drawings)


def _distinct(subject: Subject) -> list[list[Point]]:
    """Designs of the front by the training that they share, least lost first."""
    groups: dict[SeenByTraining, list[Point]] = {}
    for candidate in subject.front.candidates:
        evaluation = candidate.evaluation
        if evaluation.training is not None:
            seen = SeenByTraining.of(evaluation.design, evaluation.profile, subject.scenario)
            groups.setdefault(seen, []).append(candidate)
    return sorted(groups.values(), key=lambda group: accuracy.accuracy_lost(group[0]))


def _spread(subject: Subject, groups: list[list[Point]], seeds: int) -> Drawing:
    names = [subject.name_of(group) for group in groups]
    places = [[subject.place(candidate) for candidate in group] for group in groups]
    trainings = [group[0].evaluation.training for group in groups]
    losses = [100.0 * t.accuracy_loss for t in trainings if t]
    spreads = [100.0 * t.accuracy_loss_sd for t in trainings if t]
    data: list[Trace] = [_seeds(subject, groups, names)] if seeds > 1 else []
    data.append({
        "type": "scatter", "mode": "markers", "name": "mean and standard deviation",
        "x": rounded(losses), "y": names, "customdata": places, "hovertemplate": HOVER,
        "marker": {"color": "--front", "size": 10},
        "error_x": {"type": "data", "array": rounded(spreads), "color": "--front",
                    "thickness": 1.5, "width": 5, "visible": seeds > 1},
    })  # fmt: skip
    noise = sum(spread >= abs(loss) for loss, spread in zip(losses, spreads, strict=True))
    caption = (
        f"{noise} of {len(groups)} trainings lose no more than one standard deviation, so their "
        f"loss is not told from none; a loss below zero is luck and counts as none."
        if seeds > 1
        else "One seed tells no spread; `seeds = 3` in the study's training does."
    )
    return Drawing(
        name="accuracy", title="Accuracy lost by each distinct training of the front",
        caption=caption, data=data,
        layout={
            "xaxis": {"title": {"text": "Accuracy loss (points)"}, "zeroline": True},
            "yaxis": {"title": {"text": "Design"}, "type": "category", "autorange": "reversed"},
            "showlegend": True,
            "shapes": [{"type": "line", "xref": "x", "yref": "paper", "x0": 0, "x1": 0, "y0": 0,
                        "y1": 1, "layer": "below", "line": {"color": "--soft", "width": 1}}],
        },
        height=150 + 30 * len(groups),
    )  # fmt: skip


def _seeds(subject: Subject, groups: list[list[Point]], names: list[str]) -> Trace:
    """Each seed's loss against the baseline's run with that seed, where that is its reference."""
    baseline = subject.record.baseline.evaluation.training
    clean = {run.training_seed: run.accuracy for run in baseline.runs} if baseline else {}
    losses, at = [], []
    for group, name in zip(groups, names, strict=True):
        training = group[0].evaluation.training
        if training is None or any(run.training_seed not in clean for run in training.runs):
            continue
        own = [clean[run.training_seed] - run.accuracy for run in training.runs]
        if abs(fmean(own) - training.accuracy_loss) < SAME:
            losses += [100.0 * loss for loss in own]
            at += [name] * len(own)
    return {
        "type": "scatter", "mode": "markers", "name": "each seed", "x": rounded(losses), "y": at,
        "hovertemplate": "one seed: %{x:.2f} points<extra></extra>",
        "marker": {"color": "--others", "size": 7, "symbol": "line-ns",
                   "line": {"width": 1.5, "color": "--others"}},
    }  # fmt: skip
