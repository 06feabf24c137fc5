"""Maps of tolerance: accuracy loss over error probability and reliable bits, by data kind."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from dse.files import write_figure
from dse.store.record import Candidate, Record
from evaluators.design import DataKind, DesignPoint

if TYPE_CHECKING:
    import plotly.graph_objects as go

LIMIT: Final = 0.01
"""A loss of one point is what is said to be borne."""

TITLE: Final = "Accuracy loss in points by error probability and reliable bits"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToleranceMap:
    """One data kind in one number format. `loss` is `(reliable bits, rates)`; NaN: not run."""

    kind: str
    stored_as: str
    rates: tuple[float, ...]
    reliable_bits: tuple[int, ...]
    loss: NDArray[np.float64]

    def borne(self, reliable_bits: int) -> float | None:
        """The largest probability up to which no loss exceeds a point."""
        row = self.loss[self.reliable_bits.index(reliable_bits)]
        best = None
        for rate, loss in zip(self.rates, row, strict=True):
            if not loss <= LIMIT:
                break
            best = rate
        return best


def tolerance_maps(record: Record) -> list[ToleranceMap]:
    """The maps that a record's candidates fill; none in studies of cells."""
    cells: dict[tuple[str, str], dict[tuple[int, float], float]] = {}
    for candidate in record.candidates:
        found = _cell(candidate)
        if found is not None:
            key, place, loss = found
            cells.setdefault(key, {})[place] = loss
    return [_map(kind, stored_as, cells[kind, stored_as]) for kind, stored_as in sorted(cells)]


def _cell(candidate: Candidate) -> tuple[tuple[str, str], tuple[int, float], float] | None:
    design, training = candidate.evaluation.design, candidate.evaluation.training
    kinds = [kind for kind in DataKind if design.memory[kind].error_probability is not None]
    if training is None or not kinds:
        return None
    region = design.memory[kinds[0]]
    assert region.error_probability is not None
    kind = "all" if len(kinds) == len(DataKind) else " and ".join(kind.value for kind in kinds)
    place = (region.reliable_bits, region.error_probability)
    return (kind, _stored_as(design)), place, training.accuracy_loss


def _stored_as(design: DesignPoint) -> str:
    words = [design.number_format, design.encoding.replace("_", " ")]
    return ", ".join(word for word in words if word) or "scenario's format"


def _map(kind: str, stored_as: str, cells: dict[tuple[int, float], float]) -> ToleranceMap:
    bits = tuple(sorted({place[0] for place in cells}))
    rates = tuple(sorted({place[1] for place in cells}))
    loss = np.array([[cells.get((b, rate), np.nan) for rate in rates] for b in bits])
    return ToleranceMap(kind=kind, stored_as=stored_as, rates=rates, reliable_bits=bits, loss=loss)


def statements(maps: Sequence[ToleranceMap]) -> list[str]:
    """What the maps say, a line each."""
    lines = []
    for found in maps:
        told = []
        for bits in found.reliable_bits:
            rate = found.borne(bits)
            told.append(f"{bits} reliable: {f'{rate:.0e}' if rate is not None else 'none'}")
        lines.append(
            f"{found.kind} ({found.stored_as}) bears, at most a point lost: {'; '.join(told)}"
        )
    return lines


def _points(found: ToleranceMap) -> NDArray[np.float64]:
    """Points lost, rounded as they are written, without negative zeros."""
    return np.round(100.0 * found.loss, 1) + 0.0


def write_png(maps: Sequence[ToleranceMap], file: Path) -> None:
    """Draw the maps, a column a data kind and a row a number format."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    kinds = list(dict.fromkeys(found.kind for found in maps))
    formats = list(dict.fromkeys(found.stored_as for found in maps))
    canvas, axes = plt.subplots(
        len(formats), len(kinds), squeeze=False, layout="constrained",
        figsize=(3.6 * len(kinds) + 1.2, 2.6 * len(formats) + 0.8),
    )  # fmt: skip
    image = None
    for found in maps:
        axis = axes[formats.index(found.stored_as)][kinds.index(found.kind)]
        points = _points(found)
        image = axis.imshow(points, origin="lower", aspect="auto", cmap="magma_r", vmin=0, vmax=20)
        axis.set_xticks(range(len(found.rates)), [f"{rate:.0e}" for rate in found.rates])
        axis.set_yticks(range(len(found.reliable_bits)), map(str, found.reliable_bits))
        axis.set_title(f"{found.kind}\n{found.stored_as}", fontsize=9)
        axis.set_xlabel("Error probability of a bit")
        axis.set_ylabel("Reliable high bits")
        for row, column in np.argwhere(np.isfinite(points)):
            value = points[row, column]
            colour = "white" if value > 10 else "black"
            axis.text(column, row, f"{value:.1f}", ha="center", va="center", color=colour,
                      fontsize=8)  # fmt: skip
    canvas.suptitle(TITLE, fontsize=10)
    if image is not None:
        canvas.colorbar(image, ax=axes, label="Points of accuracy lost", extend="max")
    write_figure(canvas, file, dpi=150)
    plt.close(canvas)


def figure(maps: Sequence[ToleranceMap]) -> "go.Figure":
    """The maps as an interactive figure."""
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    titles = [f"{found.kind}, {found.stored_as}" for found in maps]
    columns = min(3, len(maps))
    rows = -(-len(maps) // columns)
    picture = make_subplots(rows=rows, cols=columns, subplot_titles=titles)
    for place, found in enumerate(maps):
        points = _points(found)
        picture.add_trace(
            go.Heatmap(
                x=[f"{rate:.0e}" for rate in found.rates],
                y=[str(bits) for bits in found.reliable_bits], z=points,
                text=[[f"{value:.1f}" for value in row] for row in points],
                texttemplate="%{text}", coloraxis="coloraxis",
            ),
            row=place // columns + 1, col=place % columns + 1,
        )  # fmt: skip
    picture.update_layout(
        template="plotly_white", title=TITLE, height=360 * rows + 80,
        coloraxis={"colorscale": "Magma", "reversescale": True, "cmin": 0, "cmax": 20,
                   "colorbar": {"title": "points lost"}},
    )  # fmt: skip
    picture.update_xaxes(title_text="Error probability of a bit")
    picture.update_yaxes(title_text="Reliable high bits", type="category")
    return picture
