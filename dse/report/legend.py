"""The key of a drawing as part of the page: it wraps on a phone and stands on paper."""

from dataclasses import dataclass
from typing import Final

from dse.report.drawing import Drawing, Trace

GLYPHS: Final = {
    "circle": "●",
    "circle-open": "○",
    "square": "■",
    "square-open": "□",
    "diamond": "◆",
    "diamond-open": "◇",
    "star": "★",
    "x": "✕",
    "line-ns": "|",
}
LINE: Final = "—"
DOTTED: Final = "┄"
HATCHES: Final = {"/": "hatch", "x": "cross", ".": "dots", "-": "bars"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A trace's name, and a sample of its look in its colour."""

    name: str
    group: str
    glyph: str
    look: str
    colour: str


def legend(drawing: Drawing) -> list[Entry]:
    """The named traces; each hides and shows what is in its group."""
    return [
        _entry(trace)
        for trace in drawing.data
        if "name" in trace and trace.get("showlegend", True)
    ]


def _entry(trace: Trace) -> Entry:
    marker, line = trace.get("marker", {}), trace.get("line", {})
    look, glyph = "", GLYPHS.get(marker.get("symbol", "circle"), "●")
    if trace["type"] == "bar":
        look = f" bar {HATCHES.get(marker.get('pattern', {}).get('shape', ''), '')}"
        glyph = ""
    elif "lines" in trace.get("mode", "lines") and trace["type"] != "scatter3d":
        glyph = DOTTED if line.get("dash") else LINE
    colour = str(marker.get("color") or line.get("color")).split("/")[0]
    group = str(trace.get("legendgroup", trace["name"]))
    return Entry(name=trace["name"], group=group, glyph=glyph, look=look, colour=colour)
