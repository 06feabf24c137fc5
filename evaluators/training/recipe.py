"""The training's part of a scenario: everything that a fault-injected run depends on."""

from dataclasses import dataclass
from typing import Final, Literal

from evaluators.checks import STRICT, check_fields
from evaluators.faults import OldContent, Scaling, Site

DATA_NAMES: Final = ("digits", "fashion_mnist", "mnist", "cifar10")
MODEL_NAMES: Final = ("small_cnn", "lenet", "resnet8", "resnet18", "tiny_transformer")

Device = Literal["auto", "cpu", "cuda"]


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
    sign-magnitude writes zeros with a sign at random. `device` is where a training runs: `cpu`,
    `cuda`, or `auto` for `cuda` where there is one; last bits differ from device to device.
    """

    __pydantic_config__ = STRICT

    data: str = "fashion_mnist"
    data_folder: str = ""
    model: str = "small_cnn"
    trainer: str = ""
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
    device: Device = "cpu"
    time_limit_s: float = 600.0

    def __post_init__(self) -> None:
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
