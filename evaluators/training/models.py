"""Small networks that train in seconds: found by name, built for the data's shape."""

import inspect
from collections.abc import Callable
from copy import deepcopy
from functools import partial
from typing import Final

import torch
from torch import Tensor, nn

from evaluators import plugins
from evaluators.networks import module_of

SAMPLES: Final = 2
"""Of the example inputs for which a network is built."""

Builder = Callable[[tuple[int, int, int], int], nn.Module]
"""From the shape of a sample (channels, height, width) and the number of classes."""


def small_cnn(shape: tuple[int, int, int], classes: int) -> nn.Module:
    """Two convolutions and a linear layer; 13,610 parameters on 28 x 28 images. [-]"""
    channels, height, width = shape
    return nn.Sequential(
        nn.Conv2d(channels, 8, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 24, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(24 * (height // 4) * (width // 4), classes),
    )


def lenet(shape: tuple[int, int, int], classes: int) -> nn.Module:
    """LeNet-5 with rectifiers (LeCun et al., Proc. IEEE 86 (1998) 2278). [-]"""
    channels, height, width = shape
    return nn.Sequential(
        nn.Conv2d(channels, 6, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(16 * (height // 4) * (width // 4), 120),
        nn.ReLU(),
        nn.Linear(120, 84),
        nn.ReLU(),
        nn.Linear(84, classes),
    )


class ResidualBlock(nn.Module):
    """Two 3 x 3 convolutions and a shortcut (He et al., CVPR 2016).

    Args:
        channels: that come in.
        out: channels that go out.
        stride: of the first convolution.
        norm: whether a projecting shortcut is normalised, as in the paper's option B.
    """

    def __init__(self, channels: int, out: int, stride: int, *, norm: bool = False) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, out, 3, stride, 1, bias=False)
        self.first_norm = nn.BatchNorm2d(out)
        self.second = nn.Conv2d(out, out, 3, 1, 1, bias=False)
        self.second_norm = nn.BatchNorm2d(out)
        self.shortcut: nn.Module = nn.Identity()
        if stride > 1 or channels != out:
            self.shortcut = nn.Conv2d(channels, out, 1, stride, bias=False)
            if norm:
                self.shortcut = nn.Sequential(self.shortcut, nn.BatchNorm2d(out))

    def forward(self, x: Tensor) -> Tensor:
        """The block's output. Shape `(n, out, h / stride, w / stride)`."""
        inner = torch.relu(self.first_norm(self.first(x)))
        return torch.relu(self.second_norm(self.second(inner)) + self.shortcut(x))


def resnet8(shape: tuple[int, int, int], classes: int) -> nn.Module:
    """Three residual blocks of 8, 16 and 32 channels: half as wide as MLPerf Tiny's ResNet-8.

    `shape` and `classes`: [-].
    """
    return nn.Sequential(
        nn.Conv2d(shape[0], 8, 3, 1, 1, bias=False),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        ResidualBlock(8, 8, 1),
        ResidualBlock(8, 16, 2),
        ResidualBlock(16, 32, 2),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(32, classes),
    )


def resnet18(shape: tuple[int, int, int], classes: int) -> nn.Module:
    """ResNet-18 with a 3 x 3 stem of stride 1 and no pooling, as is usual for 32 x 32 images.

    11,173,962 parameters for three channels and ten classes (He et al., CVPR 2016). [-]
    """
    blocks: list[nn.Module] = []
    channels = 64
    for stage, out in enumerate((64, 128, 256, 512)):
        for block in range(2):
            stride = 2 if stage > 0 and block == 0 else 1
            blocks.append(ResidualBlock(channels, out, stride, norm=True))
            channels = out
    return nn.Sequential(
        nn.Conv2d(shape[0], 64, 3, 1, 1, bias=False),
        nn.BatchNorm2d(64),
        nn.ReLU(),
        *blocks,
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(512, classes),
    )


class TinyTransformer(nn.Module):
    """Patches as tokens, two encoder layers, mean over tokens (after Dosovitskiy et al., 2021)."""

    WIDTH = 32

    def __init__(self, shape: tuple[int, int, int], classes: int) -> None:
        super().__init__()
        patch = 4 if min(shape[1:]) >= 16 else 2
        tokens = (shape[1] // patch) * (shape[2] // patch)
        self.patches = nn.Conv2d(shape[0], self.WIDTH, patch, patch)
        self.positions = nn.Parameter(0.02 * torch.randn(1, tokens, self.WIDTH))
        layer = nn.TransformerEncoderLayer(
            self.WIDTH, 4, 2 * self.WIDTH, dropout=0.0, batch_first=True, norm_first=True
        )
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.out = nn.Linear(self.WIDTH, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Class scores. Shape `(n, classes)`."""
        tokens = self.patches(x).flatten(2).transpose(1, 2) + self.positions
        scores: Tensor = self.out(self.encoder(tokens).mean(dim=1))
        return scores


def tiny_transformer(shape: tuple[int, int, int], classes: int) -> nn.Module:
    """A vision transformer of about 19,000 parameters. [-]"""
    return TinyTransformer(shape, classes)


MODELS: Final[dict[str, Builder]] = {
    "small_cnn": small_cnn,
    "lenet": lenet,
    "resnet8": resnet8,
    "resnet18": resnet18,
    "tiny_transformer": tiny_transformer,
}


def builder(name: str) -> Builder:
    """The model called `name`; `package.module:function` is the user's own.

    It takes the shape of a sample and the number of classes; or it is a network's, as a scenario
    names it, and takes a batch size or nothing.

    Raises:
        UnknownNameError: no such model; names the known ones and the nearest.
    """
    if name in MODELS:
        return MODELS[name]
    if ":" not in name:
        raise plugins.unknown("`training.model`", name, tuple(MODELS))
    found: Builder = plugins.load("evaluators.training", "build", name, what="model")
    return found if _takes_shape_and_classes(found) else partial(_of_network, name)


def _takes_shape_and_classes(build: Builder) -> bool:
    if isinstance(build, nn.Module | tuple):  # built already
        return False
    try:
        inspect.signature(build).bind((1, 8, 8), 10)
    except TypeError:
        return False
    return "batch_size" not in inspect.signature(build).parameters


def _of_network(name: str, shape: tuple[int, int, int], classes: int) -> nn.Module:
    """The torch module of a network, where it fits the data.

    Raises:
        ValueError: it is no module, or made for other samples or fewer classes.
    """
    found = module_of(name, SAMPLES)
    if found is None:
        raise ValueError(
            f"network {name!r} is a table of layers, which cannot be trained: return a torch "
            f"module and its inputs, or name a model ({', '.join(MODELS)})"
        )
    model: nn.Module = deepcopy(found[0])  # which may be one object for all trainings
    takes = [sizes[1:] for sizes in found[1]]
    if takes != [shape]:
        told = " and ".join(str(sizes) for sizes in takes) or "no tensor"
        raise ValueError(
            f"network {name!r} takes samples of shape {told}, those of the data have {shape}: "
            f"name data of its shape, or build the network for theirs"
        )
    if any(parameter.is_meta for parameter in model.parameters()):
        raise ValueError(
            f"network {name!r} has parameters without values (device meta), which cannot be "
            f"trained: build it on the CPU, or name a model ({', '.join(MODELS)})"
        )
    training = model.training
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        scores = model.eval()(torch.zeros(SAMPLES, *shape))
    model.train(training)
    if not isinstance(scores, Tensor) or scores.ndim != 2 or scores.shape[1] < classes:
        got = tuple(scores.shape) if isinstance(scores, Tensor) else type(scores).__name__
        raise ValueError(
            f"network {name!r} must return scores of {classes} classes, shape "
            f"({SAMPLES}, {classes}), got {got}"
        )
    return model
