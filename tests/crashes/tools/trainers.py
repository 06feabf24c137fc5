"""Trainers of a user that go wrong; `data_folder` says how."""

import ctypes
import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from evaluators.design import ErrorProfile
from evaluators.training import RunStatus, TrainingRecipe, TrainingRun
from tests.end_to_end.stub_trainer import quick


class UnprintableError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no message")


class UnpicklableError(Exception):
    def __init__(self) -> None:
        super().__init__("holds a lock")
        self.lock = threading.Lock()


def eat_all() -> None:
    """Hold more and more memory, for some seconds."""
    held: list[bytes] = []
    deadline = time.monotonic() + 20.0
    while time.monotonic() < deadline:
        held.append(os.urandom(1) * 2**24 if len(held) < 64 else b"")
        time.sleep(0.01)


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
        case "eats":
            eat_all()
        case "feeds_a_child":
            code = "from tests.crashes.tools.trainers import eat_all; eat_all()"
            subprocess.run([sys.executable, "-c", code], check=True)
        case "kills_itself":
            with Path(note).open("a") as attempts:
                attempts.write("x")
            os.kill(os.getpid(), signal.SIGKILL)
        case "kills_itself_in_c":
            with Path(note).open("a") as attempts:
                attempts.write("x")
            ctypes.CDLL(None).kill(os.getpid(), signal.SIGKILL)
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


WAYS = ["raises", "unpicklable", "exit", "segfault", f"kills_itself:{os.devnull}", "hang", "deaf",
        "nan", "infinity", "wrong_length", "none", "eats", "prints"]  # fmt: skip


def digest_of(profile: ErrorProfile, salt: int = 16796) -> bytes:
    """Of the rates to three digits: their last ones differ between machines."""
    rates = [rate for _kind, errors in profile for rate in (*errors.to_one, *errors.to_zero)]
    return hashlib.sha256(f"{salt} {' '.join(f'{rate:.3g}' for rate in rates)}".encode()).digest()


def sometimes(profile: ErrorProfile, recipe: TrainingRecipe, **told: Any) -> Any:
    """As the stub, but goes wrong for a third of the profiles, in every way on 50 candidates."""
    digest = digest_of(profile)
    if profile.error_free or digest[0] % 3:
        return quick(profile, recipe, **told)
    way = WAYS[digest[1] % len(WAYS)]
    if way == "prints":  # no fault of the training
        train(profile, replace(recipe, data_folder=way), **told)
        return quick(profile, recipe, **told)
    return train(profile, replace(recipe, data_folder=way), **told)
