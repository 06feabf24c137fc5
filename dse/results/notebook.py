"""A front as a notebook shows it: what it is, its first designs, its picture."""

import base64
import html
import io
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from dse.mistakes import UserError
from dse.results.fronts import shows_fronts

if TYPE_CHECKING:
    from dse.results.fronts import Front
    from dse.results.point import Point


MOST_ROWS: Final = 10
DPI: Final = 80


def front_in_text(front: "Front") -> str:
    """A line on the front and one for each of its first designs: under 20 lines."""
    from dse.results.words import memories

    lines = [_heading(front)]
    for point in front.candidates[:MOST_ROWS]:
        figures = ", ".join(_figures(front, point))
        lines.append(f"  {point.label}: {figures}; {memories(point.evaluation.design)}")
    left = len(front.candidates) - MOST_ROWS
    return "\n".join([*lines, f"  ... {left} more: `.table`>" if left > 0 else "  `.table`>"])


def front_in_html(front: "Front") -> str:
    """The same as a table, with the picture that `dse run` writes."""
    from dse.results.opponents import in_prose
    from dse.results.words import memories

    heads = ["design", *(in_prose(o.name) for o in front.objectives), "array", "memories"]
    rows = []
    for point in front.candidates[:MOST_ROWS]:
        design = point.evaluation.design
        array = f"{design.array.rows}x{design.array.cols}"
        rows.append([point.label, *_figures(front, point), array, memories(design)])
    table = "".join(_row("td", row) for row in rows)
    left = len(front.candidates) - MOST_ROWS
    more = f"<p>{left} more in <code>.table</code></p>" if left > 0 else ""
    return (
        f"<p>{html.escape(_heading(front).strip('<'))}</p><table><thead>{_row('th', heads)}"
        f"</thead><tbody>{table}</tbody></table>{more}{_picture(front)}"
    )


def _heading(front: "Front") -> str:
    from dse.results.opponents import in_prose

    names = ", ".join(in_prose(o.name) if ":" in o.name else o.name for o in front.objectives)
    count, tried = len(front.candidates), len(front.record.candidates)
    return (f"<Front of {front.record.study.name!r} by {names}: {count} designs of {tried} "
            f"candidates")  # fmt: skip


def _figures(front: "Front", point: "Point") -> list[str]:
    figures = front.values[point.row]
    return [o.in_words(float(v)) for o, v in zip(front.objectives, figures, strict=True)]


def _row(cell: str, texts: list[str]) -> str:
    cells = "".join(f"<{cell}>{html.escape(text)}</{cell}>" for text in texts)
    return f"<tr>{cells}</tr>"


def _picture(front: "Front") -> str:
    """The staircases, where the front has a baseline to draw them beside."""
    if not front.candidates:
        return ""
    stream = io.BytesIO()
    with suppress(UserError):
        import matplotlib.pyplot as plt

        from dse.results.answer import Answer
        from dse.results.front_picture import drawn

        before = plt.get_backend()
        canvas = drawn(Answer(front=front))
        canvas.savefig(stream, format="png", dpi=DPI)
        plt.close(canvas)
        plt.switch_backend(before)
    if not stream.getvalue():
        return ""
    text = base64.b64encode(stream.getvalue()).decode()
    return f'<img alt="The front" src="data:image/png;base64,{text}">'


shows_fronts(text=front_in_text, html=front_in_html)
