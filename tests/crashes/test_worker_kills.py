"""Workers of the real command line are killed, busy and idle; trainings of the user go wrong."""

import random
import signal
import time
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest

from tests.crashes.tools.driver import dse, ended, study_file, table, trained, wait_until

REASONS = [
    "ValueError: my own mistake",
    "UnpicklableError: holds a lock",
    "lost 3 times, at last exit code 7",
    "lost 3 times, at last killed by SIGSEGV",
    "lost 3 times, at last killed by SIGKILL",
    "longer than `training.time_limit_s` = 1 seconds",
    "`accuracy` must be in [0, 1], got nan",
    "`accuracy` must be in [0, 1], got inf",
    "`hits_to_one.activation` must have 8 counts",
    "must return a TrainingRun, got NoneType",
    "held more memory than `workers.memory_bytes`",
]


def workers(driver: int) -> list[psutil.Process]:
    """The worker processes of a driver that have started; their guardians are not among them."""
    found = []
    for process in psutil.Process(driver).children():
        try:
            if "dse.trainings.worker" in process.cmdline():
                found.append(process)
        except psutil.Error:
            continue
    return found


def killed(process: psutil.Process) -> None:
    try:
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    except psutil.Error:
        pass


@pytest.mark.parametrize(
    ("count", "kills"),
    [(2, 4), pytest.param(1, 30, marks=pytest.mark.soak),
     pytest.param(2, 30, marks=pytest.mark.soak)],
)  # fmt: skip
def test_kills_of_workers_end_with_the_same_table(
    count: int, kills: int, undisturbed: bytes, tmp_path: Path
) -> None:
    file = study_file(tmp_path, trainer="slow")
    words = ("--executor", "processes", "--workers", str(count), "--folder", tmp_path)
    driver = dse("run", file, *words)
    chance, done = random.Random(count), 0
    while done < kills:
        trained(driver, tmp_path, done // 2 + 1)
        in_a_row = min(5, kills - done) if done % 10 == 0 else 1  # with 1 worker on one training
        for _ in range(in_a_row):
            time.sleep(chance.uniform(0.0, 0.3))
            wait_until(lambda: bool(workers(driver.pid)), driver)
            killed(chance.choice(workers(driver.pid)))
        done += in_a_row
    ended(driver)
    assert table(file, tmp_path) == undisturbed


def random_search(folder: Path, training: str) -> Path:
    """A study whose candidates do not depend on what became of the others."""
    file = study_file(folder, candidates=50)
    old = 'trainer = "tests.end_to_end.stub_trainer:quick"'
    text = file.read_text().replace(old, training)
    head, tail = text.split("[search]")
    search = '[search]\nsampler = "random"\nstrategy = "joint"'
    file.write_text(f"[workers]\nmemory_bytes = {2**29}\n".join([head, search + tail]))
    return file


def rows(file: Path, folder: Path, count: int) -> pd.DataFrame:
    words = ("--executor", "processes", "--workers", str(count), "--folder", folder)
    ended(dse("run", file, *words))
    return pd.read_csv(BytesIO(table(file, folder)), dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    folder = tmp_path_factory.mktemp("calm")
    trainer = 'trainer = "tests.end_to_end.stub_trainer:quick"'
    return rows(random_search(folder, trainer), folder, 2)


@pytest.mark.slow
@pytest.mark.parametrize("count", [pytest.param(1, marks=pytest.mark.soak), 2])
def test_a_training_that_goes_wrong_fails_its_candidate_alone(
    count: int, calm: pd.DataFrame, tmp_path: Path
) -> None:
    """A third of the candidates go wrong, in every way, and those alone."""
    trainer = 'trainer = "tests.crashes.tools.trainers:sometimes", time_limit_s = 1.0'
    file = random_search(tmp_path, trainer)
    found = rows(file, tmp_path, count)
    failed = found[found.status == "failed"]
    others = found.index[found.status != "failed"]
    assert len(others) >= 20
    pd.testing.assert_frame_equal(found.loc[others], calm.loc[others])
    told = "\n".join(failed.reason)
    assert sum(words in told for words in REASONS) >= len(REASONS) - 2  # all, on our machine
    front = pd.read_csv(next(tmp_path.rglob("front.csv")))
    assert not set(front.number) & set(failed.index)
    assert np.isfinite(front[["energy_j", "accuracy_loss"]]).all(axis=None)
