"""What one training may take of a machine."""

from dataclasses import dataclass
from typing import Final

from evaluators.checks import STRICT, check_fields

LEAST_MEMORY_BYTES: Final = 2**28
"""A worker holds some hundred megabytes before it trains anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """The share of one training; its limit of time is `scenario.training.time_limit_s`.

    `cpus` is also the number of torch threads, which changes the last bits of a training, so it
    is part of what a study is. `gpus` are handed out by Ray; with any the built-in training
    takes the device `auto`, whose last bits are not the CPU's. A training that holds more than
    `memory_bytes`, its own processes included, is ended and `failed`; 0 is no limit. A change of
    `memory_bytes`, or of `gpus` for a trainer of the user's, changes no result.
    """

    __pydantic_config__ = STRICT

    cpus: int = 1
    gpus: float = 0.0
    memory_bytes: int = 0

    def __post_init__(self) -> None:
        check_fields(self, {"cpus": (1, 1024), "gpus": (0.0, 1024.0), "memory_bytes": (0, 2**50)})
        if 0 < self.memory_bytes < LEAST_MEMORY_BYTES:
            raise ValueError(
                f"`memory_bytes` must be 0, no limit, or at least {LEAST_MEMORY_BYTES}, which a "
                f"worker needs before it trains, got {self.memory_bytes}"
            )

    def threads_told(self) -> dict[str, str]:
        """Environment that gives numerical libraries a thread a CPU."""
        return {"OMP_NUM_THREADS": str(self.cpus), "MKL_NUM_THREADS": str(self.cpus)}


ONE_CPU: Final = Resources()
