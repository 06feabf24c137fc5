"""Real data as tensors, never downloaded; the user's own by dotted name."""

from dataclasses import dataclass, replace
from functools import lru_cache

import torch
from torch import Tensor

from evaluators import plugins
from evaluators.training.data_files import DataError, load_arrays


@dataclass(frozen=True, kw_only=True)
class DataSet:
    """Images, shape `(n, channels, height, width)`, and labels, shape `(n,)`, from 0.

    Raises:
        DataError: shapes that do not fit, labels out of range, values that are not finite.
    """

    train_images: Tensor
    train_labels: Tensor
    test_images: Tensor
    test_labels: Tensor
    classes: int

    def __post_init__(self) -> None:
        for part in ("train", "test"):
            images, labels = getattr(self, f"{part}_images"), getattr(self, f"{part}_labels")
            if (
                images.ndim != 4
                or labels.ndim != 1
                or len(images) != len(labels)
                or not len(labels)
            ):
                raise DataError(
                    f"`{part}_images` must have shape (n, channels, height, width) and "
                    f"`{part}_labels` shape (n,) with n > 0, got {tuple(images.shape)} and "
                    f"{tuple(labels.shape)}"
                )
            low, high = int(labels.min()), int(labels.max())
            if low < 0 or high >= self.classes:
                raise DataError(
                    f"`{part}_labels` must lie in 0 to {self.classes - 1} for {self.classes} "
                    f"`classes`, got {low} to {high}"
                )
            if not bool(torch.isfinite(images).all()):
                raise DataError(f"`{part}_images` must be finite, got NaN or infinity")

    def to(self, device: torch.device) -> "DataSet":
        """The same on a device."""
        if device.type == "cpu":
            return self
        parts = ("train_images", "train_labels", "test_images", "test_labels")
        return replace(self, **{name: getattr(self, name).to(device) for name in parts})

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height and width of a sample. [-]"""
        channels, height, width = self.train_images.shape[1:]
        return channels, height, width


@lru_cache(maxsize=4)
def data_set(name: str, folder: str = "") -> DataSet:
    """The data set called `name`; `package.module:function` is the user's own.

    Raises:
        UnknownNameError: no such data set.
        DataError: missing or damaged.
    """
    if ":" in name:
        found = plugins.load("evaluators.training", "load", name, what="data set")()
        if not isinstance(found, DataSet):
            raise DataError(f"{name!r} must return a DataSet, got {type(found).__name__}")
        return found
    arrays = load_arrays(name, folder)
    return DataSet(
        train_images=torch.from_numpy(arrays.train_images),
        train_labels=torch.from_numpy(arrays.train_labels),
        test_images=torch.from_numpy(arrays.test_images),
        test_labels=torch.from_numpy(arrays.test_labels),
        classes=arrays.classes,
    )
