"""The systolic accelerator: cycles, accesses and off-chip traffic of a training step."""

from evaluators.accelerator.offchip_curve import offchip_curve
from evaluators.accelerator.options import AcceleratorOptions, Dataflow
from evaluators.accelerator.parts import PASSES
from evaluators.accelerator.reads import most_reads
from evaluators.accelerator.systolic import GemmCounts, gemm_counts
from evaluators.accelerator.tiling import Traffic, offchip_traffic
from evaluators.accelerator.training_step import StepCounts, TrainingStep

__all__ = [
    "PASSES",
    "AcceleratorOptions",
    "Dataflow",
    "GemmCounts",
    "StepCounts",
    "Traffic",
    "TrainingStep",
    "gemm_counts",
    "most_reads",
    "offchip_curve",
    "offchip_traffic",
]
