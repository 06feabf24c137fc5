"""The accelerator's part of a scenario: what is the same for every design of a study."""

from dataclasses import dataclass
from typing import Literal

from evaluators.checks import STRICT, check_fields

Dataflow = Literal["os", "ws", "is"]
Elementwise = Literal["fused", "unfused", "statistics_first"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceleratorOptions:
    """Dataflow of each phase, accumulator, banks, off-chip bandwidth, optimizer.

    `overlap`: within what computation, DRAM and scratchpad work at the same time: a pass of the
    whole step (the backward pass cannot begin before the forward pass has ended), a pass of one
    `layer`, or the whole `step`, which no machine can and is there as a sensitivity.

    `elementwise`: normalisation, activation functions, pooling and sums are `fused` with the
    product before them or the next read and touch no memory; or `unfused`, each reads and writes
    the scratchpad, and DRAM where its tensors are not kept; or `statistics_first`, fused, but
    batch normalisation reads once more for its statistics.

    `depthwise`: groups of a convolution lie side by side on the array where several fit
    (`packed`), or come one after the other, as SCALE-Sim maps them (`single`).

    All defaults are `assumed` engineering choices, listed in docs/physics.md.
    """

    __pydantic_config__ = STRICT

    dataflow_forward: Dataflow = "ws"
    dataflow_input_gradient: Dataflow = "ws"
    dataflow_weight_gradient: Dataflow = "os"
    stride: Literal["phased", "naive"] = "phased"
    optimizer: Literal["sgd", "momentum", "adam"] = "momentum"
    branches: bool = True
    elementwise: Elementwise = "fused"
    depthwise: Literal["packed", "single"] = "packed"
    overlap: Literal["pass", "layer", "step"] = "pass"
    accumulator_depth_words: int = 4096
    max_banks: int = 16
    dram_bandwidth_bytes_per_s: float = 300e9

    def __post_init__(self) -> None:
        check_fields(
            self,
            {
                "accumulator_depth_words": (1, 2**24),
                "max_banks": (1, 1024),
                "dram_bandwidth_bytes_per_s": (1e6, 1e15, "300 GB/s is written 300e9"),
            },
        )
