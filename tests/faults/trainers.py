"""Trainers of a user that go wrong; `data_folder` says how."""

import ctypes
import os
import time
from typing import Any

from evaluators.design import ErrorProfile
from evaluators.training.recipe import TrainingRecipe
from evaluators.training.report import RunStatus, TrainingRun


def train(profile: ErrorProfile, recipe: TrainingRecipe, *, training_seed: int, **_: Any) -> Any:
    accuracy = 0.9
    match "" if profile.error_free else recipe.data_folder:
        case "exit":
            os._exit(7)
        case "sys_exit":
            raise SystemExit(3)
        case "segfault":
            ctypes.string_at(0)
        case "hang":
            ctypes.PyDLL(None).sleep(60)
        case "nan":
            accuracy = float("nan")
        case "none":
            return None
        case "prints":
            for _i in range(100):
                print("x" * 10**6)
        case "slow":
            time.sleep(0.3)
    return TrainingRun(status=RunStatus.OK, training_seed=training_seed, accuracy=accuracy,
                       chance_accuracy=0.1, loss=0.1)  # fmt: skip
