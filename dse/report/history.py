"""Hypervolume as the search went on, over candidates and over the trainings that they cost."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dse.front import Front
from dse.record import Candidate, objective_values
from dse.report.drawing import Drawing, Section, rounded
from dse.report.subject import Subject
from dse.slices import ANALYTIC, Slices
from evaluators.evaluate import Status

Array = NDArray[np.float64]

MOST_STEPS: Final = 400
"""Steps of a long search at which the hypervolume is told."""

ENQUEUED: Final = ("baseline", "nominal", "user")


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """After so many candidates: hypervolume so far, and distinct training runs so far."""

    candidates: list[int]
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
    last = len(record.candidates)
    told = set(np.linspace(1, last, min(last, MOST_STEPS)).round().astype(int).tolist())
    found = History(candidates=sorted(told), hypervolume=[], trainings=[])
    for number, candidate in enumerate(record.candidates, start=1):
        kept = np.concatenate([kept, _costs(front, names, slices, candidate)])
        kept = kept[moocore.is_nondominated(kept)] if len(kept) else kept
        runs |= _runs(candidate)
        if number in told:
            volume = moocore.hypervolume(kept, ref=front.reference) if len(kept) else 0.0
            found.hypervolume.append(float(volume))
            found.trainings.append(len(runs))
    return found


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
    trained = found.trainings[-1] > 0
    drawings = [_line(found, found.candidates, "candidates", "Candidates (1)", half=trained)]
    if trained:
        drawings.append(_line(found, found.trainings, "training runs",
                              "Distinct training runs (1)", half=True))  # fmt: skip
    lead = (
        "Hypervolume is what the front dominates: the volume between it and ten times the "
        "baseline (ten points of accuracy), in logarithms. A curve that still climbs asks for "
        "more candidates."
    )
    if trained:
        lead += " Candidates with equal write errors share their training runs."
    return Section(name="search", title="How the search went", lead=lead,
                   drawings=tuple(drawings))  # fmt: skip


def _line(found: History, steps: list[int], name: str, title: str, *, half: bool) -> Drawing:
    return Drawing(
        name=f"hypervolume-{name.replace(' ', '-')}",
        title=f"Over {name}",
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
    return f"99 % of the gain was there after {steps[place]} of {steps[-1]} {name}."
