"""Trainers of a user that go wrong; `data_folder` says how."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from evaluators.design import ErrorProfile
from evaluators.training.recipe import TrainingRecipe
from evaluators.training.report import RunStatus, TrainingRun


class UnprintableError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no message")


class UnpicklableError(Exception):
    def __init__(self) -> None:
        super().__init__("holds a lock")
        self.lock = threading.Lock()


def train(profile: ErrorProfile, recipe: TrainingRecipe, *, training_seed: int, **_: Any) -> Any:
    accuracy: Any = 0.9
    hits: Any = None
    how, _colon, note = recipe.data_folder.partition(":")
    match "" if profile.error_free else how:
        case "raises":
            raise ValueError("my own mistake")
        case "unprintable":
            raise UnprintableError
        case "unpicklable":
            raise UnpicklableError
        case "unpicklable_result":
            accuracy = threading.Lock()
        case "keyboard":
            raise KeyboardInterrupt
        case "generator_exit":
            raise GeneratorExit
        case "infinity":
            accuracy = float("inf")
        case "text":
            accuracy = "0.5"
        case "wrong_length":
            hits = {"activation": (1, 2, 3)}
        case "deaf":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            signal.signal(signal.SIGALRM, signal.SIG_IGN)
            time.sleep(60)
        case "child":
            sleeper = [sys.executable, "-c", "import time; time.sleep(120)"]
            Path(note).write_text(str(subprocess.Popen(sleeper).pid))
            time.sleep(60)
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
                       chance_accuracy=0.1, loss=0.1, hits_to_one=hits)  # fmt: skip
