"""Small networks that train in seconds: found by name, built for the data's shape."""

from collections.abc import Callable
from typing import Final

from torch import nn

from evaluators import plugins
from evaluators.checks import nearest

Builder = Callable[[tuple[int, int, int], int], nn.Module]
"""From the shape of a sample (channels, height, width) and the number of classes."""


def small_cnn(shape: tuple[int, int, int], classes: int) -> nn.Module:
    """Two convolutions and a linear layer; 13,610 parameters on 28 x 28 images."""
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
    """LeNet-5 with rectifiers (LeCun et al., Proc. IEEE 86 (1998) 2278)."""
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


MODELS: Final[dict[str, Builder]] = {"small_cnn": small_cnn, "lenet": lenet}


def builder(name: str) -> Builder:
    """The model called `name`; `package.module:function` is the user's own.

    Raises:
        UnknownNameError: no such model; names the known ones and the nearest.
    """
    if name in MODELS:
        return MODELS[name]
    if ":" not in name:
        known = tuple(MODELS)
        raise plugins.UnknownNameError(
            f"unknown `training.model` {name!r}{nearest(name, known)}; "
            f"known: {', '.join(known)}; your own is written 'package.module:function'"
        )
    found: Builder = plugins.load("evaluators.training", "build", name, what="model")
    return found
