"""A network from a SCALE-Sim topology file: rows of convolutions, or of matrix products.

Convolutions: `Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels,
Num Filter, Strides` (or `Stride Height, Stride Width`), padding already in the image. Products:
`Layer, M, N, K`. A row describes one sample; rows follow each other in a chain.

Source: SCALE-Sim 3.0.0, scalesim/topology_utils.py.
"""

from dataclasses import replace
from pathlib import Path
from typing import Final

from evaluators.checks import brief, check_range
from evaluators.networks.topology_table import (
    CONVOLUTION,
    PRODUCT,
    RATIO,
    WHOLE,
    Row,
    TopologyError,
    layer_rows,
)
from evaluators.workload import Gemm, Layer, Network
from evaluators.workload.products import ConvolutionShape, convolution_products, linear_products

__all__ = ["TopologyError", "read_topology"]

LARGEST_SIZE: Final = 2**24
MOST_LAYERS: Final = 2000  # SCALE-Sim's largest table has 891; evaluation grows faster
MOST_MACS: Final = 2**60
"""Of all layers together at the asked batch: what 64-bit counters hold with room to add."""

MOST_REASONS: Final = 8
NEUTRAL: Final = {"Padding": 0, "Dilation": 1, "Repeat": 1}
REMEDIES: Final = {
    "Padding": "SCALE-Sim's images include their padding: add it to the image on both sides",
    "Dilation": "dilated filters are not modelled",
    "Repeat": "a convolution that occurs again is written again, under its own name",
}


def read_topology(path: Path, batch_size: int) -> Network:
    """The network that a topology file describes.

    Args:
        path: the CSV file; a header names the columns.
        batch_size: samples of one training step. [-]

    Raises:
        TopologyError: no such file, no header, no rows, or rows that are no layer; names up to
            eight of them, each with line, column, value and remedy.
        ValueError: a batch size below 1.
    """
    check_range("batch_size", batch_size, 1, 2**24)
    layers: dict[str, Layer] = {}
    mistakes: list[str] = []
    macs = 0
    for row in layer_rows(path):
        where = f"{path}, line {row.line}"
        if len(layers) + len(mistakes) == MOST_LAYERS:
            raise TopologyError(f"{where}: a topology has at most {MOST_LAYERS} layers; split it")
        try:
            layer = _layer(row, layers, batch_size)
        except TopologyError as error:
            mistakes.append(f"{where}{error}")
            continue
        layers[layer.name] = layer
        macs += sum(gemm.macs for gemm in layer.gemms)
        if macs > MOST_MACS:
            raise TopologyError(
                f"{where}: a training step must have at most 2**60 multiply-accumulates, got "
                f"{macs:.2g} up to here; take smaller sizes or a smaller batch"
            )
    if mistakes:
        more = len(mistakes) - MOST_REASONS
        shown = mistakes[:MOST_REASONS] + ([f"and {more} more lines"] if more > 0 else [])
        raise TopologyError("\n".join(shown))
    if not layers:
        raise TopologyError(f"{path}: no layers below the line of column names")
    return Network(name=path.stem, batch_size=batch_size, layers=tuple(layers.values()))


def _layer(row: Row, layers: dict[str, Layer], batch_size: int) -> Layer:
    """The layer of a row; messages begin with the column or a colon, to stand behind the line."""
    sizes, more = _sizes(row), _more(row)
    before = next(reversed(layers), "")
    _check_behind(row)
    if row.header.is_product:
        gemms = _product(sizes, more, batch_size, first=not before)
    else:
        gemms = _convolution(row, sizes, more, batch_size, first=not before)
    forward = gemms[0]
    plain = row.cell(row.header.name) or f"layer{len(layers) + 1}"
    name = f"{plain}#{len(layers) + 1}" if plain in layers else plain
    return Layer(
        name=name,
        gemms=gemms,
        inputs=(before,) if before else (),
        weight=name,
        parameters=forward.b_elements,
        input_elements=forward.a_elements,
        output_elements=forward.c_elements,
        stash_elements=forward.a_elements,
    )


def _sizes(row: Row) -> dict[str, int]:
    """The sizes that a layer needs; all that are wrong in one message."""
    sizes: dict[str, int] = {}
    missing = [row.header.column(i) for i in row.header.sizes.values() if not row.cell(i)]
    if missing:
        filled = len(row.header.sizes) - len(missing)
        columns = PRODUCT if row.header.is_product else (*CONVOLUTION[:6], "Strides")
        raise TopologyError(
            f": a layer has the columns {', '.join(columns)}, got {filled} numbers; fill in "
            f"{', '.join(dict.fromkeys(missing))}"
        )
    for role, index in row.header.sizes.items():
        sizes[role] = _whole(row, index)
    return sizes


def _more(row: Row) -> dict[str, int]:
    """Columns that a table may have; what is not modelled must be neutral."""
    values = {"Batch": 1, "Groups": 1, "Repeat": 1}
    for role, index in row.header.more:
        cell = _without_comment(row.cell(index))
        if role == "Sparsity":
            _check_dense(row, index)
        elif cell:
            least = NEUTRAL.get(role, 1)
            values[role] = _whole(row, index, least=least)
            unmodelled = role != "Repeat" or not row.header.is_product
            if role in NEUTRAL and unmodelled and values[role] != least:
                raise _mistake(row, index, f"must be {least}", REMEDIES[role])
    return values


def _whole(row: Row, index: int, *, least: int = 1) -> int:
    cell = _without_comment(row.cell(index))
    if RATIO.fullmatch(cell):
        raise _mistake(
            row,
            index,
            f"must be a whole number from {least} (sparse ratios are not modelled)",
            "a ratio stands in a column called `Sparsity`",
        )
    value = int(cell.partition(".")[0]) if WHOLE.fullmatch(cell) else -1
    if not least <= value <= LARGEST_SIZE:
        rule = f"sizes must be whole numbers from {least} to {LARGEST_SIZE}"
        raise _mistake(row, index, rule, "write the number alone, without unit or separators")
    return value


def _check_dense(row: Row, index: int) -> None:
    """N of M values kept is dense where N = M; what else there is, is not modelled."""
    cell = _without_comment(row.cell(index))
    if cell in ("", "1") or cell.lower() == "dense":
        return
    ratio = RATIO.fullmatch(cell)
    if ratio is None or int(ratio[1]) != int(ratio[2]) or not int(ratio[1]):
        raise _mistake(
            row,
            index,
            "must be N:M with N = M (sparse ratios are not modelled)",
            "write 1:1 to count the layer as dense, or leave it out",
        )


def _check_behind(row: Row) -> None:
    """Refuse a number that a reader of positions would take: a second stride, a batch, a ratio.

    Any other text in a column without a name is a note.
    """
    index = row.header.behind
    cell = _without_comment(row.cell(index)) if index >= 0 else ""
    if RATIO.fullmatch(cell):
        _check_dense(row, index)
    elif WHOLE.fullmatch(cell):
        product = row.header.is_product
        neutral = "1" if product else row.cell(row.header.sizes["Stride Width"])
        if cell != neutral:
            meant = "Batch" if product else "Stride Width"
            raise _mistake(
                row,
                index,
                f"a number here must be {neutral}, as its column has no name",
                f"call the column `{meant}` in the header, or `note` to leave it out",
            )


def _without_comment(cell: str) -> str:
    return cell.partition("#")[0].strip()


def _mistake(row: Row, index: int, rule: str, remedy: str) -> TopologyError:
    """A message that begins with the column, to be put behind file and line."""
    column, value = row.header.column(index), brief(row.cell(index))
    return TopologyError(f", {column}: {rule}, got {value}; {remedy}")


def _product(
    sizes: dict[str, int], more: dict[str, int], batch_size: int, *, first: bool
) -> tuple[Gemm, ...]:
    """Rows by a weight; a batch (heads) is as many such products, each with its own weight.

    Source: SCALE-Sim, `topologies.load_arrays_gemm`: the batch of a batched product.
    """
    count = more["Batch"] * more["Repeat"]
    gemms = linear_products(
        batch_size * sizes["M"], sizes["K"], sizes["N"], input_gradient=not first
    )
    return tuple(
        replace(gemm, count=count, a_elements=0, b_elements=0, c_elements=0, macs=0)
        for gemm in gemms
    )


def _convolution(
    row: Row, sizes: dict[str, int], more: dict[str, int], batch_size: int, *, first: bool
) -> tuple[Gemm, ...]:
    height, width, kernel_h, kernel_w, channels, filters, stride_h, stride_w = (
        sizes[name] for name in CONVOLUTION
    )
    if kernel_h > height or kernel_w > width:
        raise TopologyError(
            f": a filter of {kernel_h} x {kernel_w} does not fit into an image of "
            f"{height} x {width}; SCALE-Sim's images include their padding"
        )
    groups = more["Groups"]
    if "DP" in row.cell(row.header.name):
        # topology_utils.load_arrays_conv: one layer for each channel, `Num Filter` filters each.
        groups, filters = channels, filters * channels
    if channels % groups or filters % groups:
        raise TopologyError(
            f": `Groups` must divide Channels and Num Filter, got {groups} for {channels} and "
            f"{filters}"
        )
    shape = ConvolutionShape(
        batch=batch_size * more["Batch"],
        in_channels=channels,
        out_channels=filters,
        image=(height, width),
        result=(-(-(height - kernel_h) // stride_h) + 1, -(-(width - kernel_w) // stride_w) + 1),
        kernel=(kernel_h, kernel_w),
        stride=(stride_h, stride_w),
        groups=groups,
    )
    return convolution_products(shape, input_gradient=not first)
