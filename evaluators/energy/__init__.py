"""Energy, time and area of a training step, for many designs at once."""

from evaluators.energy.batch import DesignBatch
from evaluators.energy.regions import region_costs
from evaluators.energy.report import BOUNDS, COMPONENTS, EnergyBatch, EnergyReport
from evaluators.energy.sizing import baseline_design, nominal_design, sized, sram_twin
from evaluators.energy.step import evaluate_batch, step_counts
from evaluators.energy.system_nominal import system_nominal as _  # noqa: F401  marks itself

__all__ = [
    "BOUNDS",
    "COMPONENTS",
    "DesignBatch",
    "EnergyBatch",
    "EnergyReport",
    "baseline_design",
    "evaluate_batch",
    "nominal_design",
    "region_costs",
    "sized",
    "sram_twin",
    "step_counts",
]
