"""A cell over its diameter: what giving up retention brings, and what it costs."""

from collections.abc import Sequence

from dse.report.drawing import Drawing, Trace, rounded
from dse.report.scales import logarithmic
from evaluators.device import diameters


def diameter_drawings(cells: Sequence[diameters.SizedCell]) -> list[Drawing]:
    """Write energy, area and lost bits of a cell at some diameters."""
    lost = [cell.lost_probability for cell in cells]
    disturbed = [cell.disturb_probability for cell in cells]
    return [
        _drawing(
            cells, "energy", "Energy of an error-free written bit", "energy (pJ)",
            "A pulse that ends once the bit has switched takes a small part of a whole one.",
            {"one pulse": [1e12 * cell.nominal_energy_j for cell in cells],
             "terminated": [1e12 * cell.terminated_energy_j for cell in cells]},
        ),
        _drawing(
            cells, "area", "Area of a cell", f"area (F^2, {diameters.NODE_NM} nm)",
            "Its transistor carries the write current, which falls with the junction's area.",
            {"cell": [cell.area_f2 for cell in cells]},
        ),
        _drawing(
            cells, "lost", "Bits that are lost", "probability (1)",
            f"Held for {1e3 * diameters.HOLD_TIME_S:g} ms at {diameters.HOLD_CORNER_K:g} K, "
            "and by one read.",
            {"held": lost, "one read": disturbed},
            logarithmic((*lost, *disturbed), lambda value: f"{value:.0e}"),
        ),
    ]  # fmt: skip


def _drawing(
    cells: Sequence[diameters.SizedCell],
    name: str,
    title: str,
    unit: str,
    caption: str,
    lines: dict[str, list[float]],
    scale: Trace | None = None,
) -> Drawing:
    return Drawing(
        name=f"diameter_{name}",
        title=title,
        caption=caption,
        data=[
            {"type": "scatter", "mode": "lines+markers", "name": told,
             "x": rounded(1e9 * cell.diameter_m for cell in cells), "y": rounded(values),
             "hovertemplate": "%{x:g} nm: %{y:.3g}<extra></extra>",
             "line": {"color": colour, "width": 2}, "marker": {"color": colour, "size": 7}}
            for (told, values), colour in zip(lines.items(), ("--front", "--baseline"),
                                              strict=False)
        ],
        layout={
            "xaxis": {"title": {"text": "diameter (nm)"}},
            "yaxis": {"title": {"text": unit}, **(scale or {"rangemode": "tozero"})},
            "showlegend": len(lines) > 1,
        },
        half=True,
    )  # fmt: skip
