"""What travels to the nodes of a cluster: our packages and the user's, where not installed there.

Ray zips a folder, keeps it by its content, and unpacks it once on each node.
"""

import importlib.util
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from dse.mistakes import UserError
from dse.study.user_code import OURS, is_installed
from evaluators.training import TrainingRecipe

BIG_FILE_BYTES: Final = 50 * 2**20
SHIPPED_AT_MOST_BYTES: Final = 250 * 2**20
"""Half of what Ray takes; whoever needs more has a folder that all nodes see."""

SKIPPED: Final = (".?*", "__pycache__", "venv", "node_modules", "*.toml", "*.db", "*.log")
"""Never sent; study files may name a database and its password. `.` itself is what Ray walks."""


def shipped(recipe: TrainingRecipe, results: Path, here: Path) -> dict[str, Any]:
    """Parts of Ray's runtime environment that bring a training's code and data to a node.

    Our packages go where they come from a checkout; nodes that have them installed use theirs
    otherwise. The folder `here`, in which `dse` was started, goes where the recipe names a
    module in it or data by a relative path: without hidden files, results, TOML files and big
    files. A module that lies elsewhere and is not installed goes alone.

    Raises:
        UserError: the folder is too large to be sent.
    """
    modules = _users_modules(recipe)
    places = {name: _place(name) for name in (*OURS, *modules)}
    folder: dict[str, Any] = {}
    if _names_data(recipe, here) or any(_inside(places[name], here) for name in modules):
        excludes = [*SKIPPED, *_left_out(here, results)]
        folder = {"working_dir": str(here), "excludes": excludes}
    elsewhere = [
        str(place)
        for place in places.values()
        if place is not None and not is_installed(place) and not (folder and _inside(place, here))
    ]
    return {**folder, **({"py_modules": elsewhere} if elsewhere else {})}


def _users_modules(recipe: TrainingRecipe) -> list[str]:
    """Top-level names of the modules that a worker imports for the user."""
    named = (recipe.trainer, recipe.model, recipe.data)
    dotted = [name.partition(":")[0] for name in named if "." in name or ":" in name]
    return sorted({name.partition(".")[0] for name in dotted} - set(OURS))


def _names_data(recipe: TrainingRecipe, here: Path) -> bool:
    folder = recipe.data_folder
    return bool(folder) and not Path(folder).is_absolute() and os.path.exists(here / folder)


def _place(name: str) -> Path | None:
    """The folder of a package, or the file of a module."""
    spec = importlib.util.find_spec(name)
    if spec is None:
        return None
    if spec.submodule_search_locations:
        return Path(next(iter(spec.submodule_search_locations))).resolve()
    return Path(spec.origin).resolve() if spec.origin else None


def _inside(place: Path | None, folder: Path) -> bool:
    return place is not None and not is_installed(place) and place.is_relative_to(folder)


def _left_out(here: Path, results: Path) -> list[str]:
    """Results and big files, as patterns of .gitignore relative to `here`.

    Raises:
        UserError: what remains is still too large.
    """
    found, total = [], 0
    for file, size in _files(here, results.resolve()):
        if size > BIG_FILE_BYTES:
            found.append(f"/{file.relative_to(here).as_posix()}")
            continue
        total += size
        if total > SHIPPED_AT_MOST_BYTES:
            raise UserError(
                f"the folder {str(here)!r} holds more than {SHIPPED_AT_MOST_BYTES >> 20} MiB and "
                f"would be sent to every node, as the study names modules or data in it; start "
                f"`dse` in a folder that holds these alone, or install the modules on the nodes "
                f"and name the data by an absolute path"
            )
    if results.resolve().is_relative_to(here):
        found.append(f"/{results.resolve().relative_to(here).as_posix()}/")
    return found


def _files(here: Path, results: Path) -> Iterator[tuple[Path, int]]:
    """Files that could be sent, with their sizes."""
    for folder, inner, files in os.walk(here):
        place = Path(folder)
        inner[:] = [d for d in inner if _sent(d, SKIPPED) and place / d != results]
        for name in files:
            file = place / name
            if _sent(name, SKIPPED) and file.is_file():
                yield file, file.stat().st_size


def _sent(name: str, skipped: Sequence[str]) -> bool:
    path = Path(name)
    return not any(path.match(pattern) for pattern in skipped)
