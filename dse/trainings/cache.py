"""Finished trainings, kept for all studies of a results folder.

A training is a pure function of its key, so a hit and a miss give the same value. One file a
training, written to a temporary name, flushed to disk and renamed: whole or absent.
"""

import hashlib
import json
import logging
import platform
from collections.abc import Mapping
from dataclasses import fields, replace
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from dse.files import read_regular, write_atomically
from dse.plain import as_plain, dumps, loads_as
from evaluators.training import RunStatus, TrainingRecipe, TrainingRun, TrainingTask
from evaluators.training.checked_run import checked_run

NOTES: Final = logging.getLogger(__name__)

SCHEMA: Final = 3
"""Of what is kept. That of the built-in training is its recipe's `version`."""

LATER: Final = ("device", "random_zero_sign", "writes_per_value")
"""Fields of a recipe that keys hold only where they are not at their default: a key is that of the
versions that did not have them."""

LARGEST_BYTES: Final = 64 * 2**20
"""Of a kept training; one of ours has a few kilobytes."""

KEYS: Final = 2_000
"""Keys that are remembered: a training is asked for its own nine times."""

LEVELS: Final = {"X86_V3": "AVX2", "X86_V4": "AVX512F"}
"""The widest unit of each level of the x86-64 psABI, as numpy 2.4 reports them."""

NO_MATTER_S: Final = 600.0
"""Stands for every time limit, which decides only whether a training ends: its default."""


class TrainingCache:
    """A folder of finished trainings.

    Args:
        folder: where they are kept.
        contents: digests of the user's code and data that the trainings depend on.
    """

    def __init__(self, folder: Path, contents: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self._contents = dict(contents or {})
        self._keys: dict[tuple[TrainingTask, tuple[str, ...]], str] = {}
        self._last: tuple[TrainingTask | None, Mapping[str, str], str] = (None, {}, "")

    def get(self, task: TrainingTask) -> TrainingRun | None:
        """The finished run of this task, or None.

        A file that is damaged, that holds the run of another task, or a run that no training
        gives, counts as none.
        """
        run = self._kept(task)
        if run is None and task.writes is not None and not task.recipe.version:
            # Kept by a version that counted no writes, of a trainer that knew of none.
            run = self._kept(replace(task, writes=None))
        return run

    def _kept(self, task: TrainingTask) -> TrainingRun | None:
        try:
            told = json.loads(read_regular(self.file(task), LARGEST_BYTES))
            text = told["run"]
            if told["sha256"] != _digest(text) or told.get("key", self.key(task)) != self.key(
                task
            ):
                return None
            run = checked_run(loads_as(TrainingRun, text), task.profile)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None
        finished = run.status is not RunStatus.FAILED
        return run if finished and run.training_seed == task.training_seed else None

    def put(self, task: TrainingTask, run: TrainingRun) -> None:
        """Keep a finished run; a failed one is not kept, as its cause may be the machine.

        One of a worker of other versions or another kind of CPU is kept for drivers like it.

        Raises:
            UserError: it cannot be written.
        """
        if run.status is RunStatus.FAILED:
            return
        text, made = dumps(run), _made_elsewhere(run)
        key = self.key(task) if made is None else task_key(task, self._contents, made)
        told = {"key": key, "sha256": _digest(text), "run": text}
        write_atomically(self._file(key), json.dumps(told).encode())

    def file(self, task: TrainingTask) -> Path:
        """Where the run of a task is kept."""
        return self._file(self.key(task))

    def _file(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.json"

    def key(self, task: TrainingTask) -> str:
        """What decides the result of a training, as a digest."""
        last, made, key = self._last
        if task is last and made_with() is made:  # to look a task up takes longer than it seems
            return key
        asked = (task, tuple(made_with().values()))
        known = self._keys.get(asked)
        if known is None:
            if len(self._keys) >= KEYS:
                self._keys.clear()
            known = self._keys[asked] = task_key(task, self._contents)
        self._last = (task, made_with(), known)
        return known


def task_key(
    task: TrainingTask,
    contents: Mapping[str, str] | None = None,
    made: Mapping[str, str] | None = None,
) -> str:
    """What decides the result of a training, as a digest.

    `contents` are the digests of the user's code and data, where there is any; `made` what it was
    made with, where that is not as here.
    """
    parts = ((f.name, getattr(task, f.name)) for f in fields(task))
    told = {name: as_plain(part) for name, part in parts if name != "recipe"}
    told["recipe"] = _told_recipe(task.recipe)
    if task.threads == 1:  # what every training was before there was a choice
        del told["threads"]
    if task.writes is None:
        del told["writes"]
    for errors in told["profile"].values():
        for name in ("decay_to_one", "decay_to_zero"):
            if not errors[name]:  # as every profile was before bits could decay
                del errors[name]
    if task.recipe.version:
        told["version"] = task.recipe.version
    whole = {"task": told, "made_with": dict(made or made_with())}
    return _digest(dumps({**whole, "contents": contents} if contents else whole))


@lru_cache(maxsize=64)
def _told_recipe(recipe: TrainingRecipe) -> dict[str, Any]:
    """What keys hold of a recipe: many trainings share one."""
    told: dict[str, Any] = as_plain(replace(recipe, seeds=1, time_limit_s=NO_MATTER_S))
    usual = TrainingRecipe()
    for name in LATER:
        if getattr(recipe, name) == getattr(usual, name):
            del told[name]
    return told


@cache
def made_with() -> dict[str, str]:
    """Versions and kind of CPU that the bits of a training depend on."""
    return {
        "schema": str(SCHEMA),
        "torch": version("torch"),
        "numpy": version("numpy"),
        "cpu": cpu_kind(),
    }


@cache
def cpu_kind() -> str:
    """Machine and widest vector unit: runs are identical on the same kind, not across kinds."""
    features = _cpu_features()
    widest = next((f for f in ("AVX512F", "AVX2", "ASIMD") if f in features), "scalar")
    return f"{platform.machine()} {widest}"


def _cpu_features() -> set[str]:
    """What numpy finds in this CPU; by its public report where the private name is gone."""
    try:
        from numpy._core._multiarray_umath import __cpu_features__
    except ImportError:
        import numpy as np

        told: Any = np.show_config(mode="dicts")
        extensions = told.get("SIMD Extensions", {})
        found = {*extensions.get("baseline", ()), *extensions.get("found", ())}
        return found | {LEVELS[name] for name in found & LEVELS.keys()}
    return {name for name, there in __cpu_features__.items() if there}


def stamped(run: TrainingRun, driver: Mapping[str, str]) -> TrainingRun:
    """A run that a worker gives its driver: with what it was made, where that is not the same."""
    here = made_with()
    if here == driver:
        return run
    return replace(run, versions={**(run.versions or {}), **here})


def _made_elsewhere(run: TrainingRun) -> Mapping[str, str] | None:
    """With what a run was made, where its worker said that this is not as here."""
    told, here = run.versions or {}, made_with()
    if not here.keys() <= told.keys():
        return None
    made = {key: told[key] for key in here}
    if made == here:
        return None
    differing = (key for key in here if made[key] != here[key])
    _say(", ".join(f"{key} {made[key]} (here {here[key]})" for key in differing))
    return made


@cache
def _say(differing: str) -> None:
    """Once for each kind of worker."""
    NOTES.warning(
        "trainings come from workers with %s: they count for this run, and are kept for drivers "
        "like those workers", differing,
    )  # fmt: skip


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
