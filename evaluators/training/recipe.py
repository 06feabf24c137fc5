"""The training's part of a scenario: everything that a fault-injected run depends on."""

from dataclasses import dataclass
from typing import Final, Literal

from evaluators.checks import STRICT, check_fields, check_range
from evaluators.design import DataKind
from evaluators.faults import OldContent, Scaling, Site
from evaluators.faults.choices import Writes
from evaluators.plugins import Named, name_of

DATA_NAMES: Final = ("digits", "fashion_mnist", "mnist", "cifar10")
MODEL_NAMES: Final = ("small_cnn", "lenet", "resnet8", "resnet18", "tiny_transformer")

Device = Literal["auto", "cpu", "cuda"]

VERSION: Final = 2
"""Of the built-in training; grows when it computes something else. 2: streams of write errors."""

CURVE_POINTS: Final = 40
"""Of a run's loss curve, about."""

MOST_WRITES: Final = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class WritesPerValue:
    """How often a value is physically written before it is used, by kind of data and phase.

    `*_backward` are of the copy that the backward phase reads; 0 where both phases read one.
    """

    __pydantic_config__ = STRICT

    activation_forward: float = 1.0
    activation_backward: float = 0.0
    weight_forward: float = 1.0
    weight_backward: float = 0.0
    error: float = 1.0

    def __post_init__(self) -> None:
        names = ("activation_forward", "weight_forward", "error")
        check_fields(self, dict.fromkeys(names, (1.0, MOST_WRITES)))
        for name in ("activation_backward", "weight_backward"):
            if getattr(self, name) != 0.0:
                check_range(name, getattr(self, name), 1.0, MOST_WRITES, "0 where it has no copy")

    def by_kind(self, site: Site) -> dict[DataKind, Writes]:
        """As `inject` takes them; activations that are written as `outputs` have one copy."""
        activation = _copies(self.activation_forward, self.activation_backward)
        if isinstance(activation, tuple) and site == "outputs":
            activation = sum(activation)
        return {
            DataKind.ACTIVATION: activation,
            DataKind.WEIGHT: _copies(self.weight_forward, self.weight_backward),
            DataKind.ERROR: self.error,
        }


def _copies(forward: float, backward: float) -> Writes:
    return (forward, backward) if backward else forward


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRecipe:
    """Data, model, optimizer and fault assumptions of a short training run.

    `old_content_*` says what a cell held before it is written: `random` (another tensor),
    `same_tensor` (the same value of the step before), or `flip` (every failed write is wrong, the
    pessimistic bound). `scaling` of integers: `delayed` scales follow the largest value every 16
    steps, `static` ones settle in the first 16. `scale_headroom_bits` double
    the scale against overflow; `activations_at` says whether activations are written as a layer
    reads them (`inputs`, after rectifier and pooling) or as it makes them (`outputs`). Both
    assumptions move what activations tolerate by a factor of three. `trainer`, a dotted name,
    replaces the whole run: it is called as `evaluators.training.train` and returns a
    `TrainingRun`. `data_folder` is a root in torchvision's layout. `random_zero_sign` of
    sign-magnitude writes zeros with a sign at random. `writes_per_value` is how often a value is
    written, and may fail, before it is used: `counted` as often as the energy model pays for,
    `once`, or a number for every kind of data. `device` is where a training runs: `cpu`,
    `cuda`, or `auto` for `cuda` where there is one; last bits differ from device to device.
    """

    __pydantic_config__ = STRICT

    data: Named = "fashion_mnist"
    data_folder: str = ""
    model: Named = "small_cnn"
    trainer: Named = ""
    steps: int = 1000
    seeds: int = 2
    batch_size: int = 32
    learning_rate: float = 0.05
    momentum: float = 0.9
    gradient_norm: float = 1.0
    encoding: Literal["twos_complement", "sign_magnitude"] = "twos_complement"
    random_zero_sign: bool = False
    scaling: Scaling = "delayed"
    scale_headroom_bits: int = 0
    activations_at: Site = "inputs"
    old_content_activation: OldContent = "random"
    old_content_weight: OldContent = "random"
    old_content_error: OldContent = "random"
    writes_per_value: float | str | WritesPerValue = "counted"
    device: Device = "cpu"
    time_limit_s: float = 600.0

    def __post_init__(self) -> None:
        for name in ("data", "model", "trainer"):
            object.__setattr__(self, name, name_of(getattr(self, name), name))
        check_fields(
            self,
            {
                "steps": (1, 10_000_000),
                "seeds": (1, 1000),
                "batch_size": (1, 65536),
                "learning_rate": (1e-9, 100.0),
                "momentum": (0.0, 0.9999),
                "scale_headroom_bits": (0, 6),
                "gradient_norm": (1e-9, 1e9),
                "time_limit_s": (0.1, 1e7),
            },
        )
        asked = self.writes_per_value
        if isinstance(asked, str) and asked not in ("counted", "once"):
            raise ValueError(
                f"`writes_per_value` must be counted, once or a number from 1, got {asked!r}"
            )
        if not isinstance(asked, (str, WritesPerValue)):
            check_range("writes_per_value", asked, 1.0, MOST_WRITES)

    @property
    def loss_every(self) -> int:
        """Steps from one point of a run's loss curve to the next; the last step is one too. [-]"""
        return max(self.steps // CURVE_POINTS, 1)

    @property
    def version(self) -> int:
        """Of the training that takes this recipe; 0 for one of the user's own. [-]"""
        return 0 if self.trainer else VERSION

    @property
    def writes(self) -> WritesPerValue:
        """How often a value is written; once where nobody has counted."""
        asked = self.writes_per_value
        if isinstance(asked, WritesPerValue):
            return asked
        times = 1.0 if isinstance(asked, str) else asked
        return WritesPerValue(activation_forward=times, weight_forward=times, error=times)
