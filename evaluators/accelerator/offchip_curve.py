"""Off-chip traffic of a training step over the capacity of one memory that holds everything."""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluators.accelerator.options import AcceleratorOptions
from evaluators.accelerator.placed import ROWS, grouped
from evaluators.accelerator.residency import Lifetimes, Residency, Tensor, lifetimes, resident
from evaluators.accelerator.sizes import Capacities
from evaluators.accelerator.training_step import placed_products
from evaluators.workload import Network, Operand

Array = NDArray[np.float64]


def offchip_curve(
    network: Network,
    capacity_bytes: ArrayLike,
    *,
    element_bytes: float,
    branches: bool = True,
) -> Array:
    """Bytes that a step moves off the chip, by the capacity of one memory for all data.

    Unlike in a design, weight gradients, weights and the momentum of the optimizer may stay on the
    chip, all in the number format; so this shows what capacity alone can bring. The capacity is
    what may be kept; the tiles of the running product, each half as large, come on top.

    Args:
        network: at its batch size.
        capacity_bytes: rising. Shape `(c,)`. [bytes]
        element_bytes: of every value. [bytes]
        branches: follow residual connections; False takes the layers as a chain.

    Returns:
        Shape `(c,)`. [bytes]
    """
    capacities = np.atleast_1d(np.asarray(capacity_bytes, dtype=float)) / element_bytes
    lives = lifetimes(network, branches=branches)
    tensors, uses = _with_update(lives)
    kept = resident(tensors, capacities, steps=lives.steps)
    residency = Residency(kept, capacities, share=1.0)
    wanted = Capacities(np.tile(capacities, (len(ROWS), 1)))
    moved = np.zeros_like(capacities)
    products = placed_products(lives, AcceleratorOptions())
    for group in grouped(products, residency, beside=False):
        moved += group.offchip(wanted).sum(axis=0)
    for place, accesses in uses.items():
        moved += accesses * tensors[place].elements * residency.moved(place)
    return moved * element_bytes


def _with_update(lives: Lifetimes) -> tuple[list[Tensor], dict[int, int]]:
    """All tensors, gradients and momentum included, and accesses outside the products by place.

    The update reads gradient, weight and momentum, and writes weight and momentum.
    """
    tensors = list(lives.tensors)
    uses: dict[int, int] = {}
    for place, weight in enumerate(lives.tensors):
        if weight.operand is not Operand.WEIGHT:
            continue
        tensors[place] = replace(weight, accesses=weight.accesses + 1)
        uses[place] = 2
        for first_step, last_step in ((weight.last_step, weight.last_step), (0, lives.steps - 1)):
            uses[len(tensors)] = 2
            tensors.append(
                Tensor(
                    operand=Operand.WEIGHT_GRADIENT,
                    elements=weight.elements,
                    accesses=2,
                    first_step=first_step,
                    last_step=last_step,
                )
            )
    return tensors, uses
