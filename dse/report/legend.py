"""The key of a drawing as part of the page: it wraps on a phone and stands on paper."""

from typing import Final

from dse.report.drawing import Drawing, Trace
from dse.report.markup import NOTHING, Html, joined, tag, text

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


def legend(drawing: Drawing) -> Html:
    """The named traces, each a button that hides and shows it; nothing where one stands alone."""
    named = {
        place: trace
        for place, trace in enumerate(drawing.data)
        if "name" in trace and trace.get("showlegend", True)
    }
    if len(named) < 2:
        return NOTHING
    members = []
    for trace in named.values():
        group = trace.get("legendgroup", trace["name"])
        button = tag("button", _mark(trace), text(trace["name"]), attributes={
            "type": "button", "aria-pressed": "true", "data-trace": str(group)})  # fmt: skip
        members.append(tag("li", button))
    return tag("ul", joined(members), attributes={"class": "legend", "aria-label": "Legend"})


def _mark(trace: Trace) -> Html:
    """A sample of a trace's look, in its colour."""
    marker, line = trace.get("marker", {}), trace.get("line", {})
    look = {"aria-hidden": "true", "class": "mark"}
    if trace["type"] == "bar":
        look["class"] += f" bar {HATCHES.get(marker.get('pattern', {}).get('shape', ''), '')}"
        glyph = ""
    elif "lines" in trace.get("mode", "lines") and trace["type"] != "scatter3d":
        glyph = DOTTED if line.get("dash") else LINE
    else:
        glyph = GLYPHS.get(marker.get("symbol", "circle"), "●")
    colour = str(marker.get("color") or line.get("color")).split("/")[0]
    return tag("span", text(glyph), attributes={**look, "style": f"color:var({colour})"})
