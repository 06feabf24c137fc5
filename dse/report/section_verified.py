"""What held when `dse verify` trained the front again, longer and with more seeds."""

from dse.report.drawing import HOVER, Drawing, Trace, rounded
from dse.report.subject import Subject
from dse.results import conditions
from dse.results.verified import Verified, verification
from dse.search import SeenByTraining


def verified_drawing(subject: Subject) -> Drawing | None:
    """Accuracy lost in the search and when trained again; None where nothing was."""
    recipe, verified = verification(subject.front)
    groups = _distinct(subject, verified)
    if recipe is None or not groups:
        return None
    points = [[one.candidate for one in group] for group in groups]
    names = [subject.name_of(alike) for alike in points]
    places = [[subject.place(point) for point in alike] for alike in points]
    held = sum(group[0].holds for group in groups)
    caption = (
        f"{conditions.conditions(subject.scenario, recipe)}: {held} of {len(groups)} distinct "
        f"trainings hold. One is struck (cross) where it diverges, or loses over a point and two "
        f"standard deviations more than in the search."
    )
    data = [
        _trace("search", groups, names, places, again=False),
        *(_trace(name, *_only(groups, names, places, holds=holds), again=True)
          for name, holds in (("trained again, holds", True), ("trained again, struck", False))),
    ]  # fmt: skip
    return Drawing(
        name="verified", title="Accuracy lost when trained again, longer", caption=caption,
        data=[trace for trace in data if trace["x"]],
        layout={
            "xaxis": {"title": {"text": "Accuracy loss (points)"}, "zeroline": True},
            "yaxis": {"title": {"text": "Design"}, "type": "category", "autorange": "reversed",
                      "categoryorder": "array", "categoryarray": names},
        },
        height=150 + 30 * len(groups),
    )  # fmt: skip


def _distinct(subject: Subject, verified: list[Verified]) -> list[list[Verified]]:
    """By the training that designs share, least lost first."""
    groups: dict[SeenByTraining, list[Verified]] = {}
    for design in verified:
        again = design.again
        seen = SeenByTraining.of(again.design, again.profile, subject.scenario)
        groups.setdefault(seen, []).append(design)
    return sorted(groups.values(), key=lambda group: group[0].loss)


Columns = tuple[list[list[Verified]], list[str], list[list[int]]]


def _only(
    groups: list[list[Verified]], names: list[str], places: list[list[int]], *, holds: bool
) -> Columns:
    kept = [at for at, group in enumerate(groups) if group[0].holds == holds]
    return [groups[at] for at in kept], [names[at] for at in kept], [places[at] for at in kept]


def _trace(
    name: str, groups: list[list[Verified]], names: list[str], places: list[list[int]], *,
    again: bool,
) -> Trace:  # fmt: skip
    trainings = [
        group[0].again.training if again else group[0].candidate.evaluation.training
        for group in groups
    ]
    looks = {"search": ("--others", "circle-open"), "trained again, holds": ("--front", "circle"),
             "trained again, struck": ("--baseline", "x")}  # fmt: skip
    colour, symbol = looks[name]
    return {
        "type": "scatter", "mode": "markers", "name": name, "y": names, "customdata": places,
        "x": rounded(100.0 * (t.accuracy_loss if t else 1.0) for t in trainings),
        "hovertemplate": HOVER,
        "marker": {"color": colour, "size": 10, "symbol": symbol,
                   "line": {"width": 1.5, "color": colour}},
        "error_x": {"type": "data", "color": colour, "thickness": 1.2, "width": 4,
                    "array": rounded(100.0 * (t.accuracy_loss_sd if t else 0.0)
                                     for t in trainings)},
    }  # fmt: skip
