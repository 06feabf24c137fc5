"""Objectives that the energy model alone decides: of many designs at once."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from dse.constraints import column
from dse.mistakes import UserError
from dse.objectives import objective
from evaluators.batch import DesignBatch
from evaluators.energy import EnergyBatch

Array = NDArray[np.float64]

ANALYTIC: Final = ("energy_j", "area_m2", "time_s", "write_energy_j", "edp_js",
                   "leakage_energy_j", "dram_bytes", "lifetime_s")  # fmt: skip
"""Those of ours."""


def analytic(name: str) -> bool:
    """Whether the energy model alone decides an objective."""
    return name in ANALYTIC or objective(name).column is not None


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
