"""What a training step of a network computes, keeps and accesses."""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from evaluators.workload import Network


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
        f"{kind.value}_{what}": int(table[:, index, 0].sum())
        for what, table in (("reads", counts.reads), ("writes", counts.writes))
        for index, kind in enumerate(DataKind)
    }


def offchip_gigabytes(found: "Network") -> dict[int, float]:
    """GB that a step moves off the chip, by MiB of one memory for all data of one byte a value."""
    import numpy as np

    from evaluators.accelerator import offchip_curve

    curve = offchip_curve(found, np.array(CAPACITIES_MIB) * 2**20, element_bytes=1.0)
    return dict(zip(CAPACITIES_MIB, (float(moved) / 1e9 for moved in curve), strict=True))
