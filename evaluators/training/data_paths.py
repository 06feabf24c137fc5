"""Which files of the user's a training reads its data from; none is opened."""

import os.path
from pathlib import Path
from typing import Final

from evaluators.training.data_files import CIFAR_NAMES, DEBIAN, IDX_NAMES
from evaluators.training.recipe import TrainingRecipe

INNER: Final = {"fashion_mnist": "FashionMNIST", "mnist": "MNIST"}
INSTALLED: Final = {"fashion_mnist": DEBIAN / "fashion-mnist"}
"""Data sets of a package: everywhere the same, as scikit-learn's digits are."""


def data_paths(recipe: TrainingRecipe) -> tuple[Path, tuple[Path, ...] | None] | None:
    """A folder and the files in it that a training reads; None for all files of the folder.

    None where it reads no file of the user's that is known: the digits, a set that a package
    installed. A trainer or a loader of the user's may read all of `data_folder`.
    """
    root = Path(recipe.data_folder or "data")
    if recipe.data_folder and (recipe.trainer or ":" in recipe.data):
        if os.path.isdir(root):
            return root, None
        return (root.parent, (root,)) if os.path.isfile(root) else None
    if recipe.data == "cifar10":
        names: tuple[str, ...] = CIFAR_NAMES
        places = [root / "cifar-10-batches-py", root]
    elif recipe.data in INNER:
        names, inner = IDX_NAMES, root / INNER[recipe.data]
        places = [inner / "raw", inner, root]
        installed = INSTALLED.get(recipe.data)
        if not recipe.data_folder and installed is not None and _found(names[0], [installed]):
            return None
    else:
        return None
    found = [file for name in names if (file := _found(name, places)) is not None]
    return (root, tuple(found)) if found else None


def _found(name: str, places: list[Path]) -> Path | None:
    files = (place / f"{name}{end}" for place in places for end in ("", ".gz"))
    return next((file for file in files if os.path.isfile(file)), None)
