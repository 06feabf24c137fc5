"""Data sets as they lie on disk: IDX files, CIFAR batches, scikit-learn's digits. No torch."""

import gzip
import io
import math
import os.path
import pickle
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evaluators.plugins import unknown

Floats = NDArray[np.float32]
Labels = NDArray[np.int64]

DEBIAN: Final = Path("/usr/share/datasets")
IDX_NAMES: Final = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                    "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")  # fmt: skip
CIFAR_NAMES: Final = (*(f"data_batch_{number}" for number in range(1, 6)), "test_batch")
LARGEST_BYTES: Final = 2**27
"""Of one file, unpacked; the largest of ours, MNIST's images, has 47 MB."""

CIFAR_SHAPE: Final = (3, 32, 32)
PICKLED: Final = {
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("_codecs", "encode"),
}
"""All that a CIFAR batch needs; anything else in a pickle could run code."""


class DataError(ValueError):
    """A data set that is missing or damaged; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrays:
    """Images, shape `(n, channels, height, width)`, normalised; labels, shape `(n,)`."""

    train_images: Floats
    train_labels: Labels
    test_images: Floats
    test_labels: Labels
    classes: int


def load_arrays(name: str, folder: str = "") -> Arrays:
    """A data set of ours.

    Args:
        name: `digits`, `fashion_mnist`, `mnist` or `cifar10`.
        folder: root in torchvision's layout; empty looks where the Debian package puts it, then
            in `data`.

    Raises:
        DataError: missing or damaged.
        UnknownNameError: no such data set.
    """
    if name not in LOADERS:
        raise unknown("`training.data`", name, tuple(LOADERS))
    return LOADERS[name](folder)


def _digits(folder: str) -> Arrays:
    """scikit-learn's 1,797 images of 8 x 8: four fifths to train, one fifth to test."""
    from sklearn.datasets import load_digits

    del folder
    bunch = load_digits()
    images = ((bunch.images - 4.884) / 6.017).astype(np.float32)[:, None]
    labels = bunch.target.astype(np.int64)
    order = np.random.default_rng(0).permutation(len(labels))
    train, test = order[:1437], order[1437:]
    return Arrays(
        train_images=images[train],
        train_labels=labels[train],
        test_images=images[test],
        test_labels=labels[test],
        classes=10,
    )


def _idx_set(
    name: str, *, inner: str, debian: str, mean: float, deviation: float
) -> Callable[[str], Arrays]:
    def load(folder: str) -> Arrays:
        roots = [Path(folder)] if folder else [Path("data")]
        places = [part for root in roots for part in (root / inner / "raw", root / inner, root)]
        if not folder and debian:
            places.insert(0, DEBIAN / debian)
        install = f"install the Debian package dataset-{debian}, or " if debian else ""
        files = [_found(file, places, name, install, f"{inner}/raw") for file in IDX_NAMES]
        images, labels, test_images, test_labels = (_read_idx(file) for file in files)
        _check_pair(files[0], images, labels)
        _check_pair(files[2], test_images, test_labels)
        return Arrays(
            train_images=_normalised(images[:, None], mean, deviation),
            train_labels=labels.astype(np.int64),
            test_images=_normalised(test_images[:, None], mean, deviation),
            test_labels=test_labels.astype(np.int64),
            classes=10,
        )

    return load


def _found(file: str, places: list[Path], name: str, install: str, layout: str) -> Path:
    for place in places:
        for candidate in (place / file, place / f"{file}.gz"):
            if os.path.isfile(candidate):  # of any name, also one too long for a file
                return candidate
    looked = ", ".join(str(place) for place in places)
    raise DataError(
        f"`training.data` = {name!r} is not on this machine (no {file} in {looked}): {install}"
        f"set `training.data_folder` to a folder that holds {layout}"
    )


def _check_pair(file: Path, images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> None:
    if images.ndim != 3 or labels.ndim != 1 or len(images) != len(labels) or len(labels) == 0:
        raise DataError(
            f"{file} does not fit its labels: images of shape {images.shape}, labels of shape "
            f"{labels.shape}; fetch both files again"
        )


def _normalised(images: NDArray[np.uint8], mean: float, deviation: float) -> Floats:
    return ((images.astype(np.float32) / 255.0) - np.float32(mean)) / np.float32(deviation)


def _read_idx(file: Path) -> NDArray[np.uint8]:
    """The bytes of an IDX file, shaped. Source: Y. LeCun's description of the MNIST files."""
    raw = _read(file)
    if len(raw) < 4 or raw[:3] != b"\x00\x00\x08" or not 1 <= raw[3] <= 4:
        raise DataError(f"{file} is no IDX file of bytes: fetch it again")
    body = len(raw) - 4 - 4 * raw[3]
    if body < 0:
        raise DataError(f"{file} is damaged: it is cut within its header; fetch it again")
    shape = tuple(np.frombuffer(raw, dtype=">i4", count=raw[3], offset=4).tolist())
    if any(side < 1 for side in shape) or body != math.prod(shape):
        raise DataError(
            f"{file} is damaged: its header tells {shape}, but {body} bytes follow; fetch it again"
        )
    return np.frombuffer(raw, dtype=np.uint8, offset=4 + 4 * raw[3]).reshape(shape)


def _read(file: Path) -> bytes:
    """What a file holds, unpacked where its name says that it is packed.

    Raises:
        DataError: it is damaged, or holds more than any data set of ours.
    """
    try:
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as stream:
            raw: bytes = stream.read(LARGEST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{file} is damaged ({error}): fetch it again") from None
    if len(raw) > LARGEST_BYTES:
        raise DataError(
            f"{file} is none of a data set of ours: it holds more than {LARGEST_BYTES} bytes; "
            f"fetch it from its source again"
        )
    return raw


class _OnlyArrays(pickle.Unpickler):
    """Reads arrays and containers; refuses whatever could run code."""

    def find_class(self, module: str, name: str) -> Any:
        """The few callables that arrays are rebuilt with."""
        if (module, name) not in PICKLED:
            raise DataError(f"it asks for {module}.{name}, which a CIFAR batch has no need of")
        return super().find_class(module, name)


def _cifar10(folder: str) -> Arrays:
    root = Path(folder) if folder else Path("data")
    places = [root / "cifar-10-batches-py", root]
    files = [_found(n, places, "cifar10", "", "cifar-10-batches-py") for n in CIFAR_NAMES]
    batches = [_read_cifar(file) for file in files]
    images = np.concatenate([batch[0] for batch in batches[:-1]])
    labels = np.concatenate([batch[1] for batch in batches[:-1]])
    return Arrays(
        train_images=_normalised_colours(images),
        train_labels=labels,
        test_images=_normalised_colours(batches[-1][0]),
        test_labels=batches[-1][1],
        classes=10,
    )


def _read_cifar(file: Path) -> tuple[NDArray[np.uint8], Labels]:
    try:
        told = _OnlyArrays(io.BytesIO(_read(file)), encoding="bytes").load()
        images = np.asarray(told[b"data"], dtype=np.uint8).reshape(-1, *CIFAR_SHAPE)
        labels = np.asarray(told[b"labels"], dtype=np.int64)
    except DataError as error:
        raise DataError(f"{file} is refused: {error}; fetch it from its source again") from None
    except Exception as error:  # a damaged pickle raises whatever it likes
        raise DataError(f"{file} is damaged ({type(error).__name__}): fetch it again") from None
    if len(images) != len(labels):
        raise DataError(f"{file} has {len(images)} images and {len(labels)} labels")
    return images, labels


def _normalised_colours(images: NDArray[np.uint8]) -> Floats:
    mean = np.array([0.4914, 0.4822, 0.4465], dtype=np.float32)[:, None, None]  # of the train set
    deviation = np.array([0.2470, 0.2435, 0.2616], dtype=np.float32)[:, None, None]
    result: Floats = (images.astype(np.float32) / 255.0 - mean) / deviation
    return result


LOADERS: Final[dict[str, Callable[[str], Arrays]]] = {
    "digits": _digits,
    "fashion_mnist": _idx_set(
        "fashion_mnist", inner="FashionMNIST", debian="fashion-mnist", mean=0.2860,
        deviation=0.3530,
    ),
    "mnist": _idx_set("mnist", inner="MNIST", debian="", mean=0.1307, deviation=0.3081),
    "cifar10": _cifar10,
}  # fmt: skip
