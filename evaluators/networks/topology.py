"""A network from a SCALE-Sim topology file: rows of convolutions, or of matrix products.

Convolutions: `Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels,
Num Filter, Strides` (one stride or two), padding already in the image. Products: `Layer, M, N, K`.
A row describes one sample; rows follow each other in a chain.

Source: SCALE-Sim 3.0.0, scalesim/topology_utils.py.
"""

import csv
from pathlib import Path

from evaluators.checks import check_range
from evaluators.workload import Gemm, Layer, Network
from evaluators.workload.products import ConvolutionShape, convolution_products, linear_products

GEMM_COLUMNS = ("M", "N", "K")
CONVOLUTION_COLUMNS = (
    "IFMAP Height",
    "IFMAP Width",
    "Filter Height",
    "Filter Width",
    "Channels",
    "Num Filter",
    "Strides",
)


class TopologyError(ValueError):
    """A file that is not a SCALE-Sim topology; the message names the line and the rule."""


def read_topology(path: Path, batch_size: int) -> Network:
    """The network that a topology file describes.

    Args:
        path: the CSV file; its first line holds the names of the columns.
        batch_size: samples of one training step. [-]

    Raises:
        TopologyError: no such file, no rows, or a row that is neither kind.
        ValueError: a batch size below 1.
    """
    check_range("batch_size", batch_size, 1, 2**24)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise TopologyError(f"cannot read topology {str(path)!r}: {error.strerror}") from None
    layers: list[Layer] = []
    for number, row in enumerate(csv.reader(text.splitlines()), start=1):
        cells = [cell.strip() for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        if number > 1 and cells:
            layers.append(_layer(cells, layers, batch_size, where=f"{path}, line {number}"))
    if not layers:
        raise TopologyError(f"{path}: no layers below the line of column names")
    return Network(name=path.stem, batch_size=batch_size, layers=tuple(layers))


def _layer(cells: list[str], before: list[Layer], batch_size: int, *, where: str) -> Layer:
    values = _numbers(cells[1:], where)
    first = not before
    if len(values) == len(GEMM_COLUMNS):
        m, n, k = values
        gemms = linear_products(batch_size * m, k, n, input_gradient=not first)
    elif len(values) in (len(CONVOLUTION_COLUMNS), len(CONVOLUTION_COLUMNS) + 1):
        gemms = _convolution(values, batch_size, where, input_gradient=not first)
    else:
        raise TopologyError(
            f"{where}: a layer has the columns {', '.join(GEMM_COLUMNS)} or "
            f"{', '.join(CONVOLUTION_COLUMNS)} (one stride or two) behind its name, "
            f"got {len(values)} numbers"
        )
    forward = gemms[0]
    name = cells[0] or f"layer{len(before) + 1}"
    taken = {layer.name for layer in before}
    return Layer(
        name=f"{name}#{len(before) + 1}" if name in taken else name,
        gemms=gemms,
        inputs=() if first else (before[-1].name,),
        weight=f"{name}#{len(before) + 1}" if name in taken else name,
        parameters=forward.b_elements,
        input_elements=forward.a_elements,
        output_elements=forward.c_elements,
        stash_elements=forward.a_elements,
    )


def _numbers(cells: list[str], where: str) -> list[int]:
    """Whole numbers from 1; a last column `1:1` says that nothing is sparse."""
    if cells and cells[-1] == "1:1":
        cells = cells[:-1]
    for cell in cells:
        if not cell.isdecimal() or int(cell) < 1:
            raise TopologyError(
                f"{where}: sizes must be whole numbers from 1 (sparse ratios are not modelled), "
                f"got {cell!r}"
            )
    return [int(cell) for cell in cells]


def _convolution(
    values: list[int], batch_size: int, where: str, *, input_gradient: bool
) -> tuple[Gemm, ...]:
    height, width, kernel_h, kernel_w, channels, filters, *strides = values
    stride_h, stride_w = strides[0], strides[-1]
    if kernel_h > height or kernel_w > width:
        raise TopologyError(
            f"{where}: a filter of {kernel_h} x {kernel_w} does not fit into an image of "
            f"{height} x {width}; SCALE-Sim's images include their padding"
        )
    shape = ConvolutionShape(
        batch=batch_size,
        in_channels=channels,
        out_channels=filters,
        image=(height, width),
        result=(-(-(height - kernel_h) // stride_h) + 1, -(-(width - kernel_w) // stride_w) + 1),
        kernel=(kernel_h, kernel_w),
        stride=(stride_h, stride_w),
    )
    return convolution_products(shape, input_gradient=input_gradient)
