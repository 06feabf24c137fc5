"""Hypervolume as the search went on, over candidates and over the trainings that they cost."""

from typing import Final

import numpy as np

from dse.report.drawing import Drawing, Section, rounded
from dse.report.subject import Subject
from dse.results import fronts
from dse.search import hypervolume

MOST_STEPS: Final = 400
"""Steps of a long search that are drawn."""


def search_section(subject: Subject) -> Section:
    """The search's progress."""
    points = fronts.growth(subject.front)
    kept = np.linspace(0, len(points) - 1, min(len(points), MOST_STEPS)).round().astype(int)
    points = [points[place] for place in sorted(set(kept.tolist()))]
    trained = points[-1].trainings > 0
    candidates = [point.candidates for point in points]
    drawings = [_line(points, candidates, "candidates", "Candidates (count)", half=trained)]
    if trained:
        trainings = [point.trainings for point in points]
        drawings.append(_line(points, trainings, "trainings",
                              "Distinct trainings (count)", half=True))  # fmt: skip
    lead = (
        "Hypervolume is what the front dominates: the volume between it and ten times the "
        "baseline (ten points of accuracy), in logarithms. A curve that still climbs asks for "
        "more candidates."
    )
    if trained:
        lead += " Candidates with equal write errors share a training, which has all its seeds."
    if subject.record.stopped:
        lead += f" Stopped before the goal: {subject.record.stopped}."
    return Section(name="search", title="How the search went", lead=lead,
                   drawings=tuple(drawings))  # fmt: skip


def _line(
    points: list[hypervolume.Growth], steps: list[int], name: str, title: str, *, half: bool
) -> Drawing:
    volumes = [point.hypervolume for point in points]
    return Drawing(
        name=f"hypervolume-{name}",
        title=f"Over {name}",
        caption=_caption(volumes, steps, name),
        data=[{
            "type": "scatter", "mode": "lines", "line": {"shape": "hv", "color": "--front"},
            "x": steps, "y": rounded(volumes, 7), "showlegend": False,
            "hovertemplate": f"%{{x}} {name}: %{{y:.3f}}<extra></extra>",
        }],
        layout={"xaxis": {"title": {"text": title}, "rangemode": "tozero"},
                "yaxis": {"title": {"text": "Hypervolume (log units)"}}},
        height=320,
        half=half,
    )  # fmt: skip


def _caption(volumes: list[float], steps: list[int], name: str) -> str:
    """When the last hundredth of the gain came."""
    gain = np.array(volumes) - volumes[0]
    if gain[-1] <= 0.0:
        return "The search added nothing to its first candidate."
    place = int(np.argmax(gain >= 0.99 * gain[-1]))
    return f"99 % of the gain was there after {steps[place]} of {steps[-1]} {name}."
