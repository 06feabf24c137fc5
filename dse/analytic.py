"""Objectives that the energy model alone decides: of many designs at once."""

import numpy as np
from numpy.typing import NDArray

from dse.constraints import column
from dse.mistakes import UserError
from dse.objectives import objective
from evaluators.energy import DesignBatch, EnergyBatch

Array = NDArray[np.float64]


def figures_of(report: EnergyBatch, batch: DesignBatch, name: str) -> Array:
    """An analytic objective of a batch of designs. Shape `(n,)`.

    Raises:
        UserError: an objective of the user's that gives something else than a figure a design.
    """
    own = objective(name).column
    if own is None:
        return column(report, batch, name)
    figures = np.asarray(own(report.columns), dtype=float)
    if figures.shape != (len(batch),):
        raise UserError(
            f"objective {name!r} must give one figure a design, shape ({len(batch)},), "
            f"got shape {figures.shape}"
        )
    return figures
