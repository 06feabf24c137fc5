"""What write errors cost in a training step, against the quantised step without them.

`python benchmarks/faults.py [--json FILE]`: LeNet, batch 64, int8, all three data kinds, CPU time,
every variant in turn in one process. Beside it PyTorchFI 0.6.0 (extra `bench`), which changes the
outputs of both convolutions of the same model, against its own step without faults.
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from torch import nn

from evaluators.design import BitErrors, DataKind, ErrorProfile
from evaluators.faults import OldContent, inject
from evaluators.training.models import lenet

BATCH = 64
ROUNDS = 30
STEPS = 4
PEER_RATES = (1e-5, 1e-4, 1e-3)


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One way of training: with or without quantising and faults, and the promised ratio."""

    name: str
    to_one: float = 0.0
    to_zero: float = 0.0
    old_content: OldContent = "flip"
    quantised: bool = True
    limit: float = 0.0


VARIANTS = (
    Variant(name="fp32", quantised=False),
    Variant(name="quantised"),
    Variant(name="flip, 1e-7", to_one=1e-7, to_zero=1e-7, limit=1.02),
    Variant(name="flip, 1e-5", to_one=1e-5, to_zero=1e-5),
    Variant(name="flip, 1e-4", to_one=1e-4, to_zero=1e-4),
    Variant(name="flip, 1e-3", to_one=1e-3, to_zero=1e-3, limit=1.30),
    Variant(name="flip, 1e-2", to_one=1e-2, to_zero=1e-2, limit=1.55),
    Variant(name="flip, 1e-1", to_one=1e-1, to_zero=1e-1),
    Variant(name="kept old bits, 1e-3 and 1e-3/30", to_one=1e-3, to_zero=1e-3 / 30,
            old_content="random", limit=1.40),
)  # fmt: skip


def stepper(model: nn.Module, after: Callable[[], None]) -> Callable[[], None]:
    """One training step on fixed data."""
    images = torch.randn(BATCH, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    labels = torch.arange(BATCH) % 10
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9)
    loss = nn.CrossEntropyLoss()

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        loss(model(images), labels).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        after()

    return step


def ours(variant: Variant) -> Callable[[], None]:
    """A step of one of our variants."""
    torch.manual_seed(0)
    model = lenet((1, 28, 28), 10)
    if not variant.quantised:
        return stepper(model, lambda: None)
    errors = BitErrors(to_one=(variant.to_one,) * 8, to_zero=(variant.to_zero,) * 8)
    profile = ErrorProfile(activation=errors, weight=errors, error=errors)
    old: dict[DataKind, OldContent] = dict.fromkeys(DataKind, variant.old_content)
    injection = inject(model, profile, seed=0, old_content=old)
    return stepper(model, injection.advance)


def theirs(core: Any, rate: float) -> Callable[[], None]:
    """A step with PyTorchFI: as many changed values as bits of both outputs would fail."""
    torch.manual_seed(0)
    model = lenet((1, 28, 28), 10)
    if rate == 0.0:
        return stepper(model, lambda: None)
    injector = core.fault_injection(model, BATCH, [1, 28, 28], layer_types=[nn.Conv2d])
    shapes = [(BATCH, 6, 28, 28), (BATCH, 16, 14, 14)]
    random = np.random.default_rng(0)

    def places() -> dict[str, list[Any]]:
        drawn: dict[str, list[Any]] = {name: [] for name in ("layer_num", "batch", "dim1", "dim2",
                                                             "dim3", "value")}  # fmt: skip
        for layer, shape in enumerate(shapes):
            count = random.poisson(8 * rate * np.prod(shape))
            drawn["layer_num"] += [layer] * count
            for name, side in zip(("batch", "dim1", "dim2", "dim3"), shape, strict=True):
                drawn[name] += random.integers(0, side, count).tolist()
            drawn["value"] += random.normal(size=count).tolist()
        return drawn

    changed = injector.declare_neuron_fi(**places())

    def next_faults() -> None:
        drawn = places()
        injector.reset_current_layer()
        injector.corrupt_layer = drawn["layer_num"]
        injector.corrupt_batch = drawn["batch"]
        injector.corrupt_dim1, injector.corrupt_dim2 = drawn["dim1"], drawn["dim2"]
        injector.corrupt_dim3, injector.corrupt_value = drawn["dim3"], drawn["value"]

    return stepper(changed, next_faults)


def seconds(steps: dict[str, Callable[[], None]]) -> dict[str, float]:
    """CPU seconds of a step: the median over rounds in which every variant takes its turn."""
    times: dict[str, list[float]] = {name: [] for name in steps}
    for step in steps.values():
        step()
    for _ in range(ROUNDS):
        for name, step in steps.items():
            start = time.process_time()
            for _ in range(STEPS):
                step()
            times[name].append((time.process_time() - start) / STEPS)
    return {name: median(found) for name, found in times.items()}


def measure() -> dict[str, Any]:
    """Ratios by variant, and PyTorchFI's where it is installed."""
    torch.set_num_threads(1)
    found = seconds({variant.name: ours(variant) for variant in VARIANTS})
    floor = found["quantised"]
    report: dict[str, Any] = {
        "ours": {
            variant.name: {
                "step_s": found[variant.name],
                "to_quantised": found[variant.name] / floor,
                "to_fp32": found[variant.name] / found["fp32"],
                "limit": variant.limit or None,
            }
            for variant in VARIANTS
        }
    }
    try:
        core = import_module("pytorchfi.core")
    except ModuleNotFoundError:
        report["pytorchfi"] = "not installed: pip install .[bench]"
        return report
    peer = seconds({str(rate): theirs(core, rate) for rate in (0.0, *PEER_RATES)})
    report["pytorchfi"] = {str(rate): peer[str(rate)] / peer["0.0"] for rate in PEER_RATES}
    return report


def main() -> None:
    """Print the table; with `--json FILE` also write it."""
    report = measure()
    print(f"{'variant':36s} {'to quantised':>12s} {'limit':>6s} {'to fp32':>8s}")
    for name, told in report["ours"].items():
        limit = f"{told['limit']:.2f}" if told["limit"] else ""
        print(f"{name:36s} {told['to_quantised']:12.3f} {limit:>6s} {told['to_fp32']:8.2f}")
    peer = report["pytorchfi"]
    if isinstance(peer, str):
        print(f"PyTorchFI: {peer}")
    else:
        for rate, ratio in peer.items():
            same = report["ours"][f"flip, {float(rate):.0e}".replace("e-0", "e-")]
            print(f"PyTorchFI at {float(rate):.0e}: {ratio:.2f}x its step without faults; "
                  f"ours {same['to_quantised']:.2f}x")  # fmt: skip
    if "--json" in sys.argv:
        Path(sys.argv[sys.argv.index("--json") + 1]).write_text(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
