"""Cycles and scratchpad accesses of a matrix product on a systolic array.

Source: SCALE-Sim 3.0.0 (Samajdar et al., ISPASS 2020), whose counts these formulas give exactly,
without its simulation: cycles are its total plus one; its output-stationary output writes count
F (R + C) more; it never reads partial sums back.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluators.accelerator.options import Dataflow
from evaluators.checks import check_choice

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class GemmCounts:
    """Counts of C (m x n) = A (m x k) B (k x n); every field has the broadcast shape.

    `utilization` is the mapping efficiency: occupied over all processing elements, mean over the
    folds. [-]
    """

    cycles: Counts
    a_reads: Counts
    b_reads: Counts
    c_writes: Counts
    psum_reads: Counts
    folds: Counts
    utilization: NDArray[np.float64]


def gemm_counts(
    m: ArrayLike,
    n: ArrayLike,
    k: ArrayLike,
    *,
    rows: ArrayLike,
    cols: ArrayLike,
    dataflow: Dataflow,
    accumulator_depth: ArrayLike | None = None,
) -> GemmCounts:
    """Cycles and accesses of a product.

    Args:
        m: rows of A and C. Shapes broadcast together. [-]
        n: columns of B and C. [-]
        k: columns of A, rows of B. [-]
        rows: R of the array. [-]
        cols: C of the array. [-]
        dataflow: `os`, `ws` or `is`: which operand stays in place.
        accumulator_depth: words a column of the accumulator holds; None is unbounded, as in
            SCALE-Sim. A longer stream is cut into tiles, each of which loads the stationary
            operand again. [-]

    Returns:
        Exact integers, in elements and cycles.

    Raises:
        ValueError: a size below one, or an unknown dataflow.
    """
    check_choice("dataflow", dataflow, ("os", "ws", "is"))
    m, n, k = _sizes("m", m), _sizes("n", n), _sizes("k", k)
    rows, cols = _sizes("rows", rows), _sizes("cols", cols)
    # Equation (11): what is cut over the rows, what over the columns, and what streams past.
    match dataflow:
        case "os":
            across, down, stream = (m, rows), (n, cols), k
        case "ws":
            across, down, stream = (k, rows), (n, cols), m
        case _:
            across, down, stream = (k, rows), (m, cols), n
    # F of equation (11); the last fold of a side may be partly empty.
    fold_rows, fold_cols = _ceil(*across), _ceil(*down)
    folds = fold_rows * fold_cols
    # T of equation (11): an accumulator that is too shallow cuts the stream.
    tiles = np.ones_like(stream) if accumulator_depth is None else _ceil(
        stream, _sizes("accumulator_depth", accumulator_depth))  # fmt: skip
    # Cycles in which operands run in and results out; weights are loaded first, in R more.
    fill = rows + cols - 2 if dataflow == "os" else 2 * rows + cols - 2
    tiles = np.ones_like(tiles) if dataflow == "os" else tiles
    # Only `os` sums over all of k in place; else each fold over k adds to what is there.
    partial = np.ones_like(folds) if dataflow == "os" else fold_rows
    # How often A and B are read as a whole: once a fold of the side that they do not have.
    a_again = {"os": fold_cols, "ws": fold_cols, "is": tiles}[dataflow]
    b_again = {"os": fold_rows, "ws": tiles, "is": fold_cols}[dataflow]
    occupied = across[0] * down[0] / (fold_rows * across[1] * fold_cols * down[1])
    fields = np.broadcast_arrays(
        folds * (stream + tiles * fill),
        m * k * a_again,
        k * n * b_again,
        m * n * partial,
        m * n * (partial - 1),
        folds,
        occupied,
    )
    return GemmCounts(
        cycles=fields[0],
        a_reads=fields[1],
        b_reads=fields[2],
        c_writes=fields[3],
        psum_reads=fields[4],
        folds=fields[5],
        utilization=fields[6],
    )


def _ceil(value: Counts, by: Counts) -> Counts:
    return -(-value // by)


def _sizes(name: str, value: ArrayLike) -> Counts:
    array = np.asarray(value)
    if array.size and (not np.issubdtype(array.dtype, np.integer) or array.min() < 1):
        raise ValueError(f"`{name}` must be whole numbers of at least 1, got {value!r}")
    return array.astype(np.int64)
