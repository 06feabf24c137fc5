"""What a training step computes: layers and their matrix products."""

from evaluators.workload.step import (
    Convolution,
    Gemm,
    Layer,
    Network,
    Operand,
    Phase,
)

__all__ = ["Convolution", "Gemm", "Layer", "Network", "Operand", "Phase"]
