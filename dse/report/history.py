"""Hypervolume as the search went on, over candidates and over the trainings that they cost."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dse.front import Front
from dse.record import Candidate, objective_values
from dse.report.drawing import Drawing, Section, rounded
from dse.report.subject import Subject
from dse.slices import ANALYTIC, Slices
from evaluators.evaluate import Status

Array = NDArray[np.float64]

ENQUEUED = ("baseline", "nominal", "user")


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """After each candidate: hypervolume so far, and distinct training runs so far."""

    hypervolume: list[float]
    trainings: list[int]


def history(front: Front, slices: Slices | None) -> History:
    """The search of a front's record, one candidate after the other.

    Args:
        front: of the record.
        slices: of the study with the front's objectives, with strategy `nested`.
    """
    import moocore

    record, names = front.record, [objective.name for objective in front.objectives]
    kept = np.empty((0, len(names)))
    runs: set[object] = set()
    volumes, trainings = [], []
    for candidate in record.candidates:
        kept = np.concatenate([kept, _costs(front, names, slices, candidate)])
        kept = kept[moocore.is_nondominated(kept)] if len(kept) else kept
        volumes.append(float(moocore.hypervolume(kept, ref=front.reference)) if len(kept) else 0.0)
        runs |= _runs(candidate)
        trainings.append(len(runs))
    return History(hypervolume=volumes, trainings=trainings)


def _runs(candidate: Candidate) -> set[object]:
    """The runs that a candidate needs: its profile, as its bits are stored, with each seed."""
    evaluation = candidate.evaluation
    if evaluation.training is None:
        return set()
    key = (evaluation.profile, evaluation.design.number_format, evaluation.design.encoding)
    return {(*key, run.training_seed) for run in evaluation.training.runs}


def _costs(front: Front, names: list[str], slices: Slices | None, candidate: Candidate) -> Array:
    """A candidate's own point, and with strategy `nested` the others of its slice."""
    evaluation = candidate.evaluation
    own = objective_values(evaluation, names)
    rows = [list(own)] if own and np.isfinite(own).all() else []
    chosen = None
    if slices and candidate.source not in ENQUEUED and evaluation.status is not Status.FAILED:
        chosen = slices.chosen(candidate.values)
    if slices and chosen is not None:
        loss = max(evaluation.training.accuracy_loss, 0.0) if evaluation.training else 0.0
        solved = [name for name in names if name in ANALYTIC]
        for figures in slices.solve(chosen).figures:
            by_name = {"accuracy_loss": loss, **dict(zip(solved, figures, strict=False))}
            rows.append([float(by_name[name]) for name in names])
    costs = [[o.cost(v) for o, v in zip(front.objectives, row, strict=True)] for row in rows]
    return np.array(costs).reshape(len(rows), len(names))


def history_section(subject: Subject) -> Section:
    """The search's progress."""
    found = history(subject.front, subject.slices)
    count = len(found.hypervolume)
    drawings = [
        _line(
            "candidates",
            "Candidates (1)",
            list(range(1, count + 1)),
            found,
            "Over candidates",
            half=found.trainings[-1] > 0,
        )
    ]
    if found.trainings[-1]:
        drawings.append(_line("trainings", "Distinct training runs (1)", found.trainings, found,
                              "Over training runs",
                              half=True))  # fmt: skip
    lead = (
        "Hypervolume is what the front dominates: the volume between it and ten times the "
        "baseline (ten points of accuracy), in logarithms. A curve that still climbs asks for "
        "more candidates."
    )
    if found.trainings[-1]:
        lead += " Candidates with equal write errors share their training runs."
    return Section(name="search", title="How the search went", lead=lead,
                   drawings=tuple(drawings))  # fmt: skip


def _line(
    name: str, title: str, steps: list[int], found: History, heading: str, *, half: bool
) -> Drawing:
    return Drawing(
        name=f"hypervolume-{name}",
        title=heading,
        caption=_caption(found, steps, name),
        data=[{
            "type": "scatter", "mode": "lines", "line": {"shape": "hv", "color": "--front"},
            "x": steps, "y": rounded(found.hypervolume, 7), "showlegend": False,
            "hovertemplate": f"%{{x}} {name}: %{{y:.3f}}<extra></extra>",
        }],
        layout={"xaxis": {"title": {"text": title}, "rangemode": "tozero"},
                "yaxis": {"title": {"text": "Hypervolume (log units)"}}},
        height=320,
        half=half,
    )  # fmt: skip


def _caption(found: History, steps: list[int], name: str) -> str:
    """When the last hundredth of the gain came."""
    volumes = np.array(found.hypervolume)
    gain = volumes - volumes[0]
    if gain[-1] <= 0.0:
        return "The search added nothing to its first candidate."
    place = int(np.argmax(gain >= 0.99 * gain[-1]))
    words = {"candidates": "candidates", "trainings": "training runs"}[name]
    return f"99 % of the gain was there after {steps[place]} of {steps[-1]} {words}."
