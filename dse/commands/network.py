"""`dse network NAME`: what a training step of a network computes, keeps and accesses."""

import json
from typing import TYPE_CHECKING, Final

from dse.mistakes import UserError

if TYPE_CHECKING:
    from evaluators.workload import Layer, Network

ARRAY: Final = (128, 128)
"""Rows and columns of the array for which accesses are counted: the default design's."""

CAPACITIES_MIB: Final = (1, 2, 4, 8, 16, 32, 64, 128)


def summary(found: "Network") -> dict[str, int]:
    """Figures of one training step. Counts; `_elements` are values, whatever their format."""
    from evaluators.workload import Phase

    figures = {
        "batch_size": found.batch_size,
        "layers": len(found.layers),
        "layers_with_products": sum(bool(layer.gemms) for layer in found.layers),
        "parameters": found.parameters,
        "forward_macs_per_sample": found.forward_macs,
        **{f"macs_{phase.value}": found.macs(phase) for phase in Phase},
        "macs": found.macs(),
        "stash_elements": sum(layer.stash_elements for layer in found.layers),
    }
    return figures | accesses(found)


def accesses(found: "Network") -> dict[str, int]:
    """Scratchpad reads and writes of a step by data kind; operands are fetched once."""
    import numpy as np

    from evaluators.accelerator import AcceleratorOptions, TrainingStep
    from evaluators.design import DataKind

    step = TrainingStep(found, AcceleratorOptions(), element_bytes=1.0)
    rows, cols = (np.array([size]) for size in ARRAY)
    counts = step.counts(rows, cols, np.full((len(DataKind), 1), 1e15))
    return {
        f"{kind.value}_{what}": int(table[index, 0])
        for what, table in (("reads", counts.reads), ("writes", counts.writes))
        for index, kind in enumerate(DataKind)
    }


def offchip_gigabytes(found: "Network") -> dict[int, float]:
    """GB that a step moves off the chip, by MiB of one memory for all data of one byte a value."""
    import numpy as np

    from evaluators.accelerator import offchip_curve

    curve = offchip_curve(found, np.array(CAPACITIES_MIB) * 2**20, element_bytes=1.0)
    return dict(zip(CAPACITIES_MIB, (float(moved) / 1e9 for moved in curve), strict=True))


def show_network(name: str, batch_size: int, *, as_json: bool, per_layer: bool = False) -> None:
    """Print a network's figures, and with `per_layer` a line for each layer.

    Raises:
        UserError: no such network, or one that cannot be read or captured.
    """
    from evaluators.networks import network

    try:
        found = network(name, batch_size)
    except ValueError as error:
        raise UserError(str(error)) from None
    figures = summary(found)
    rows = [_row(layer) for layer in found.layers] if per_layer else []
    if as_json:
        told = {"name": found.name, **figures, "offchip_gb_by_mib": offchip_gigabytes(found)}
        print(json.dumps({**told, **({"by_layer": rows} if rows else {})}))
        return
    print(f"{found.name}: one training step of {found.batch_size} samples")
    for key, value in figures.items():
        print(f"  {key:26s} {value:>22,d}")
    print(
        f"accesses: elements, {ARRAY[0]} x {ARRAY[1]} array, default dataflows, all fetched once"
    )
    curve = ", ".join(f"{mib}: {moved:.3g}" for mib, moved in offchip_gigabytes(found).items())
    print(f"off the chip, GB a step by MiB of one memory for all, one byte a value: {curve}")
    for row in rows:
        print(f"  {row['name']!s:40s} {row['parameters']:>12,d} {row['macs']:>18,d}")


def _row(layer: "Layer") -> dict[str, str | int | list[str]]:
    return {
        "name": layer.name,
        "inputs": list(layer.inputs),
        "parameters": layer.parameters,
        "macs": sum(gemm.macs for gemm in layer.gemms),
        "products": sum(gemm.count for gemm in layer.gemms),
        "stash_elements": layer.stash_elements,
    }
