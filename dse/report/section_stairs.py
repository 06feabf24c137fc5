"""The best all-SRAM and the best with MRAM in it for every area, as two staircases."""

from dse.report.drawing import Drawing, Trace, rounded
from dse.report.scales import Scale, logarithmic
from dse.report.subject import Subject
from dse.results import front_picture, opponents
from dse.results.stairs import Stairs, Step
from dse.si import in_words
from dse.study import objective

NAMES = {"sram": "best all-SRAM", "mixed": "best with MRAM in it"}


def stairs_drawing(subject: Subject) -> Drawing | None:
    """Both staircases with the ratios marked; None where they are not known."""
    if subject.answer is None:
        return None
    stairs = subject.answer.stairs
    if not stairs.sram or not stairs.mixed:
        return None
    largest = max(step.area_m2 for step in (*stairs.sram, *stairs.mixed))
    data = [_line(subject, stairs, name, largest) for name in ("sram", "mixed")]
    marks = front_picture.marked(stairs)
    places = {label: place for place, label in enumerate(subject.labels)}
    data.append({
        "type": "scatter", "mode": "markers+text", "name": "gain at that area",
        "x": rounded(1e6 * step.area_m2 for step, _ in marks),
        "y": rounded(step.value for step, _ in marks),
        "text": [f"{ratio:.2f}x" for _, ratio in marks],
        "textposition": ["top left" if step.area_m2 > 0.7 * largest else "top right"
                         for step, _ in marks],
        "textfont": {"size": 11, "color": "--ink"}, "showlegend": False,
        "customdata": [places.get(f"#{step.label}", -1) for step, _ in marks],
        "hovertemplate": "%{text} less than the best all-SRAM that is no larger<extra></extra>",
        "marker": {"color": "--front", "size": 7},
    })  # fmt: skip
    scale = Scale(objective=objective(stairs.weighed))
    values = [step.value for step in (*stairs.sram, *stairs.mixed)]
    areas = [1e6 * step.area_m2 for step in (*stairs.sram, *stairs.mixed)]
    return Drawing(
        name="stairs",
        title=f"{scale.short_name} over area: the best of each memory",
        caption=_caption(subject, stairs),
        data=data,
        layout={
            "xaxis": {"title": {"text": "Area (mm²)"},
                      **logarithmic(areas, lambda value: f"{value:g}")},
            "yaxis": scale.axis(values),
            "hovermode": "closest",
        },
        height=360,
    )  # fmt: skip


def _line(subject: Subject, stairs: Stairs, name: str, largest_m2: float) -> Trace:
    steps: tuple[Step, ...] = getattr(stairs, name)
    areas, values = front_picture.line(steps, largest_m2)
    places = {label: place for place, label in enumerate(subject.labels)}
    text = [_words(stairs.weighed, step) for step in steps]
    dash = {"dash": "dot"} if name == "sram" else {}
    return {
        "type": "scatter", "mode": "lines", "name": NAMES[name],
        "x": rounded(areas), "y": rounded(values), "text": [*text, text[-1]],
        "customdata": [places.get(f"#{step.label}", -1) for step in (*steps, steps[-1])],
        "hovertemplate": "%{text}<extra>" + NAMES[name] + "</extra>",
        "line": {"shape": "hv", "width": 2, **dash,
                 "color": "--baseline" if name == "sram" else "--front"},
    }  # fmt: skip


def _words(name: str, step: Step) -> str:
    label = f"{step.label}<br>" if step.label else ""
    value, area = objective(name).in_words(step.value), in_words("area_m2", step.area_m2)
    return f"{label}{value}, {area}<br>{step.array}"


def _caption(subject: Subject, stairs: Stairs) -> str:
    words = opponents.in_prose(stairs.weighed)
    lost = ""
    if subject.record.study.trains:
        lost = f" that loses at most {100 * stairs.loss_limit:g} point of accuracy"
    return (
        f"For every area the least {words} of any all-SRAM design of this study's axes that is no "
        f"larger, and of the best design with MRAM in it{lost}. Numbers are the first over the "
        f"second; where the axes are coarse the lines jump."
    )
