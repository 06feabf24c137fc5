"""Real data, never downloaded: found on this machine, or an error that says what to install."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import torch
from torch import Tensor

from evaluators import plugins
from evaluators.checks import nearest

DATA_SETS: Final = ("digits",)


@dataclass(frozen=True, kw_only=True)
class DataSet:
    """Images, shape `(n, channels, height, width)`, and labels, shape `(n,)`."""

    train_images: Tensor
    train_labels: Tensor
    test_images: Tensor
    test_labels: Tensor
    classes: int

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height and width of a sample."""
        channels, height, width = self.train_images.shape[1:]
        return channels, height, width


@lru_cache(maxsize=4)
def data_set(name: str) -> DataSet:
    """The data set called `name`; `package.module:function` is the user's own.

    Raises:
        UnknownNameError: no such data set.
    """
    if name == "digits":
        return _digits()
    if ":" in name:
        found: DataSet = plugins.load("evaluators.training", "load", name, what="data set")()
        return found
    raise plugins.UnknownNameError(
        f"unknown `training.data` {name!r}{nearest(name, DATA_SETS)}; "
        f"known: {', '.join(DATA_SETS)}; your own is written 'package.module:function'"
    )


def _digits() -> DataSet:
    """scikit-learn's 1,797 images of 8 x 8: four fifths to train, one fifth to test."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    images = torch.tensor((bunch.images - 4.884) / 6.017, dtype=torch.float32)[:, None]
    labels = torch.tensor(bunch.target, dtype=torch.int64)
    order = torch.from_numpy(np.random.default_rng(0).permutation(len(labels)))
    train, test = order[:1437], order[1437:]
    return DataSet(
        train_images=images[train],
        train_labels=labels[train],
        test_images=images[test],
        test_labels=labels[test],
        classes=10,
    )
