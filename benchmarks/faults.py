"""What a fault-injected training step costs, against the clean fp32 step as a user writes it.

`python benchmarks/faults.py [--json FILE]`: int8, all three data kinds, CPU time, one thread,
every variant in turn in one process, median of the ratios of each round. Beside it the same
against a clean step with channels last, as ours trains, and without the compiled loops (extra
`fast`). Last, PyTorchFI 0.6.0 (extra `bench`), which changes the outputs of both convolutions of
LeNet, against its own step without faults.
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any, Final

import numpy as np
import torch
from torch import nn

from evaluators.design import BitErrors, DataKind, ErrorProfile
from evaluators.faults import OldContent, compiled, inject
from evaluators.faults.choices import Writes
from evaluators.training.models import lenet, small_cnn

ROUNDS: Final = 40
PEER_RATES: Final = (1e-5, 1e-4, 1e-3)
SETTLING_STEPS: Final = 3

Step = Callable[[], None]


@dataclass(frozen=True, kw_only=True)
class Case:
    """A model with its batch, the promised ratios by rate, and steps timed together."""

    name: str
    build: Callable[[tuple[int, int, int], int], nn.Module]
    shape: tuple[int, int, int]
    batch: int
    limits: dict[float, float]
    steps: int = 1

    def promised(self, variant: "Variant") -> float | None:
        """The promised ratio of the variants that stand for our training."""
        if variant.rate is None or variant.name != f"{variant.rate:g}":
            return None
        return self.limits.get(variant.rate)


CASES: Final = (
    Case(name="LeNet, batch 64", build=lenet, shape=(1, 28, 28), batch=64,
         limits={1e-3: 1.05, 1e-1: 1.25}),
    Case(name="small CNN, Fashion-MNIST, 32", build=small_cnn, shape=(1, 28, 28), batch=32,
         limits={1e-3: 1.05, 1e-1: 1.25}),
    Case(name="small CNN, digits, 32", build=small_cnn, shape=(1, 8, 8), batch=32,
         limits={1e-3: 1.45, 1e-1: 1.60}, steps=3),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One way of training; without a rate the clean fp32 step."""

    name: str
    rate: float | None = None
    to_zero: float | None = None
    old_content: OldContent = "random"
    channels_last: bool = True
    loops: bool = True
    counted: bool = False


COUNTED: Final[dict[DataKind, Writes]] = {
    DataKind.ACTIVATION: (3.8, 4.4), DataKind.WEIGHT: (5.0, 5.0), DataKind.ERROR: 3.8,
}  # fmt: skip
"""Writes of a value as `counted` finds them for ResNet-18: what a study trains by default."""

VARIANTS: Final = (
    Variant(name="clean", channels_last=False),
    Variant(name="clean, channels last"),
    *(Variant(name=f"{rate:g}", rate=rate) for rate in (0.0, 1e-7, 1e-3, 1e-2, 1e-1)),
    Variant(name="flip, 0.1", rate=1e-1, old_content="flip"),
    Variant(name="0.001 and a thirtieth", rate=1e-3, to_zero=1e-3 / 30),
    *(Variant(name=f"{rate:g}, counted writes", rate=rate, counted=True) for rate in (1e-3, 1e-1)),
    Variant(name="0.001, as a user lays it out", rate=1e-3, channels_last=False),
    *(Variant(name=f"{rate:g}, no compiled loops", rate=rate, loops=False)
      for rate in (0.0, 1e-3, 1e-1)),
)  # fmt: skip


def stepper(model: nn.Module, images: torch.Tensor, after: Step) -> Step:
    """One training step on fixed data."""
    labels = torch.arange(len(images)) % 10
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9)
    loss = nn.CrossEntropyLoss()

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        loss(model(images), labels).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        after()

    return step


def ours(case: Case, variant: Variant) -> Step:
    """A step of one of our variants."""
    torch.manual_seed(0)
    model = case.build(case.shape, 10)
    images = torch.randn(case.batch, *case.shape)
    if variant.channels_last:
        model = model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        images = images.to(memory_format=torch.channels_last)
    if variant.rate is None:
        return stepper(model, images, lambda: None)
    to_zero = variant.rate if variant.to_zero is None else variant.to_zero
    errors = BitErrors(to_one=(variant.rate,) * 8, to_zero=(to_zero,) * 8)
    profile = ErrorProfile(activation=errors, weight=errors, error=errors)
    old: dict[DataKind, OldContent] = dict.fromkeys(DataKind, variant.old_content)
    if variant.loops:
        writes = COUNTED if variant.counted else None
        injection = inject(model, profile, seed=0, old_content=old, writes=writes)
        return stepper(model, images, injection.advance)
    with_loops = compiled.loops

    def without(act: Callable[[], Any]) -> Any:
        compiled.loops = lambda: None  # type: ignore[assignment]
        try:
            return act()
        finally:
            compiled.loops = with_loops

    injection = without(lambda: inject(model, profile, seed=0, old_content=old))
    step = stepper(model, images, injection.advance)
    return lambda: without(step)


def theirs(core: Any, rate: float) -> Step:
    """A step with PyTorchFI: as many changed values as bits of both outputs would fail."""
    torch.manual_seed(0)
    batch = CASES[0].batch
    model, images = lenet((1, 28, 28), 10), torch.randn(batch, 1, 28, 28)
    if rate == 0.0:
        return stepper(model, images, lambda: None)
    injector = core.fault_injection(model, batch, [1, 28, 28], layer_types=[nn.Conv2d])
    shapes = [(batch, 6, 28, 28), (batch, 16, 14, 14)]
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

    return stepper(changed, images, next_faults)


def rounds(steps: dict[str, Step], together: int) -> dict[str, list[float]]:
    """CPU seconds of a step, by round: in each, every variant takes its turn."""
    times: dict[str, list[float]] = {name: [] for name in steps}
    for step in steps.values():
        for _ in range(SETTLING_STEPS):
            step()
    for _ in range(ROUNDS):
        for name, step in steps.items():
            start = time.process_time()
            for _ in range(together):
                step()
            times[name].append((time.process_time() - start) / together)
    return times


def ratio(times: list[float], to: list[float]) -> float:
    """Median of the ratios of each round."""
    return median(a / b for a, b in zip(times, to, strict=True))


def measure() -> dict[str, Any]:
    """Ratios by case and variant, and PyTorchFI's where it is installed."""
    torch.set_num_threads(1)
    report: dict[str, Any] = {"compiled_loops": compiled.loops() is not None, "ours": {}}
    for case in CASES:
        times = rounds({each.name: ours(case, each) for each in VARIANTS}, case.steps)
        clean, same_layout = times["clean"], times["clean, channels last"]
        report["ours"][case.name] = {
            variant.name: {
                "step_s": median(times[variant.name]),
                "to_clean": ratio(times[variant.name], clean),
                "to_clean_channels_last": ratio(times[variant.name], same_layout),
                "limit": case.promised(variant),
            }
            for variant in VARIANTS
        }
    try:
        core = import_module("pytorchfi.core")
    except ModuleNotFoundError:
        report["pytorchfi"] = "not installed: pip install .[bench]"
        return report
    peer = rounds({str(rate): theirs(core, rate) for rate in (0.0, *PEER_RATES)}, 4)
    report["pytorchfi"] = {str(rate): ratio(peer[str(rate)], peer["0.0"]) for rate in PEER_RATES}
    return report


def main() -> None:
    """Print the table; with `--json FILE` also write it."""
    report = measure()
    if not report["compiled_loops"]:
        print("numba is not installed: no compiled loops (pip install .[fast])")
    for case, told in report["ours"].items():
        print(f"\n{case:32s} {'ms':>7s} {'to clean':>9s} {'limit':>6s} {'to channels last':>17s}")
        for name, each in told.items():
            limit = f"{each['limit']:.2f}" if each["limit"] else ""
            print(f"{name:32s} {1e3 * each['step_s']:7.2f} {each['to_clean']:9.2f} {limit:>6s} "
                  f"{each['to_clean_channels_last']:17.2f}")  # fmt: skip
    peer = report["pytorchfi"]
    if isinstance(peer, str):
        print(f"\nPyTorchFI: {peer}")
    else:
        for rate, found in peer.items():
            print(f"\nPyTorchFI at {float(rate):.0e}: {found:.2f}x its step without faults")
    if "--json" in sys.argv:
        Path(sys.argv[sys.argv.index("--json") + 1]).write_text(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
