"""How much write error each kind of data bears: a map a kind."""

from typing import Any

from dse.report.drawing import Drawing, Section, Trace, rounded
from dse.report.subject import Subject
from dse.results import conditions, tolerance
from dse.si import rate as in_digits


def tolerance_section(subject: Subject) -> Section | None:
    """The maps of `dse.results.tolerance`; None where a study has none."""
    if not subject.maps:
        return None
    lead = (
        "How many points of accuracy are lost when each written bit of a kind of data fails with "
        "some probability while its high bits are reliable. Dark cells lose most. Trained: "
        f"{conditions.conditions(subject.scenario)}."
    )
    return Section(name="tolerance", title="What each kind of data bears", lead=lead,
                   drawings=tuple(tolerance_map(found) for found in subject.maps))  # fmt: skip


def tolerance_map(found: tolerance.ToleranceMap) -> Drawing:
    """One map: points lost over error probability and reliable bits."""
    points = [rounded(row, 4) for row in 100.0 * found.loss]
    told = [["" if value is None else f"{round(value, 1) + 0.0:.1f}" for value in row]
            for row in points]  # fmt: skip
    heat: Trace = {
        "type": "heatmap", "x": [in_digits(value) for value in found.rates],
        "y": [str(bits) for bits in found.reliable_bits], "z": points, "text": told,
        "texttemplate": "%{text}", "colorscale": "@scale", "zmin": 0, "zmax": 20,
        "xgap": 2, "ygap": 2, "showscale": False,
        "hovertemplate": "%{x}, %{y} reliable bits: %{z:.2f} points<extra></extra>",
    }  # fmt: skip
    rates = {bits: found.borne(bits) for bits in found.reliable_bits}
    borne = [f"{in_digits(most)} with {bits}" for bits, most in rates.items() if most is not None]
    caption = f"At most a point lost: {', '.join(borne)} reliable bits." if borne else (
        "Every rate costs more than a point.")  # fmt: skip
    axes: dict[str, Any] = {
        "xaxis": {"title": {"text": "Error probability of a bit (1)"}, "type": "category"},
        "yaxis": {"title": {"text": "Reliable high bits (1)"}, "type": "category"},
    }
    words = f"{found.kind}-{found.stored_as}".replace(", ", "-").replace(" ", "-")
    return Drawing(
        name=f"tolerance-{words}".replace("'", ""),
        title=f"{found.kind.capitalize()}, {found.stored_as}: points lost",
        caption=caption, data=[heat], layout=axes, height=190 + 34 * len(rates), half=True,
    )  # fmt: skip
