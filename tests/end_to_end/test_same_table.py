"""Same study, same seed: the same table for any number of workers and after any kill."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from dse import front, run
from dse.study import SAMPLERS, Study, parse_study
from dse.testing.samplers import ONE_ORGANISATION
from dse.trainings import make_executor
from tests.crashes.tools.driver import ONE_BANK

ROOT = Path(__file__).parents[2]
NAMES = SAMPLERS
CANDIDATES = {"gp": 12}
AXES: dict[str, Any] = {
    **ONE_ORGANISATION, "array_rows": [16, 64], "array_cols": [32],
    **{f"{kind}_capacity_bytes": [2**20, 2**22] for kind in ("activation", "weight", "error")},
}  # fmt: skip
FOR_GRID: dict[str, Any] = {
    "write_voltage_v": [0.7, 0.8], "pulse_width_s": 8e-9, "activation_reliable_bits": [2],
    "weight_reliable_bits": [2, 6], "error_reliable_bits": [2],
}  # fmt: skip


def study(sampler: str, lookahead: int) -> Study:
    grid = sampler == "grid"
    strategy = "joint" if grid or lookahead else "nested"
    axes = {**AXES, **(FOR_GRID if grid else {})}
    if grid:
        axes["write_voltage_v"] = 0.75
    return parse_study(
        {
            "name": f"{sampler}-{lookahead}", "space": "heterogeneous",
            "objectives": ["energy_j", "accuracy_loss"],
            "scenario": {"network": "lenet5", "training": {
                "trainer": "tests.end_to_end.stub_trainer:quick", "seeds": 2}},
            "axes": axes,
            "search": {"sampler": sampler, "candidates": CANDIDATES.get(sampler, 14), "batch": 5,
                       "strategy": strategy, "population": 6, "lookahead": lookahead, "seed": 7},
        },
        "x.toml",
    )  # fmt: skip


Tables = dict[tuple[str, int], bytes]


def tables(folder: Path, executor: str, workers: int, *, both: bool) -> Tables:
    """By sampler and lookahead: of each sampler one, unless `both`; of the default one both."""
    found = {}
    for place, sampler in enumerate(NAMES):
        for lookahead in (0, 1) if both or sampler == "gain" else (place % 2,):
            record = run(study(sampler, lookahead), folder=folder, executor=executor,
                         workers=workers)  # fmt: skip
            text = front(record).whole_table.to_csv(index=False)
            found[sampler, lookahead] = text.encode()
    return found


@pytest.fixture(scope="module")
def inline(tmp_path_factory: pytest.TempPathFactory) -> Callable[[bool], Tables]:
    """The tables without workers, worked out once."""
    return cache(lambda both: tables(tmp_path_factory.mktemp("inline"), "inline", 1, both=both))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
@pytest.mark.parametrize(
    ("workers", "both"),
    [(4, False), *(pytest.param(n, True, marks=pytest.mark.soak) for n in (1, 2, 4))],
)
def test_every_sampler_gives_the_same_table_on_any_number_of_workers(
    workers: int, both: bool, inline: Callable[[bool], Tables], tmp_path: Path
) -> None:
    ray = make_executor("ray", workers, None)  # one for all studies
    try:
        found = tables(tmp_path, "ray", workers, both=both)
    finally:
        ray.close()
    wanted = inline(both)
    assert {key for key in wanted if found[key] != wanted[key]} == set()
    assert all(text.count(b"\n") >= 12 for text in found.values())


STUDY = (
    """
name = "killed"
space = "heterogeneous"
objectives = ["energy_j", "accuracy_loss"]
[scenario]
network = "lenet5"
training = {{ trainer = "tests.end_to_end.stub_trainer:slow", seeds = 2 }}
[axes]
"""
    + ONE_BANK
    + """
array_rows = [16, 64]
array_cols = [32]
activation_capacity_bytes = [1048576, 4194304]
weight_capacity_bytes = [1048576, 4194304]
error_capacity_bytes = [1048576, 4194304]
[search]
candidates = 30
batch = 5
population = 6
seed = 5
sampler = "{sampler}"
"""
)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Path, bytes]]:
    """By sampler a study and its table, worked out once."""

    @cache
    def found(sampler: str) -> tuple[Path, bytes]:
        file = tmp_path_factory.mktemp("killed") / "killed.toml"
        file.write_text(STUDY.format(sampler=sampler))
        return file, table(file, file.parent / "results", "inline")

    return found


def dse(*words: str | Path) -> "subprocess.Popen[bytes]":
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen([sys.executable, "-m", "dse", *map(str, words)], cwd=ROOT,
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                            env={**os.environ, "PYTHONPATH": path})  # fmt: skip


def table(file: Path, folder: Path, executor: str, workers: int = 1) -> bytes:
    words = ("run", file, "--folder", folder, "--executor", executor, "--workers", str(workers))
    for verb in (words, ("front", file, "--all", "--csv", folder / "t.csv", "--folder", folder)):
        driver = dse(*verb)
        _, told = driver.communicate(timeout=300)
        assert driver.returncode == 0, told.decode()
    return (folder / "t.csv").read_bytes()


def trainings(folder: Path) -> dict[Path, int]:
    found = (folder / "trainings").rglob("*.json")
    return {f: f.stat().st_mtime_ns for f in found if not f.name.startswith(".")}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("workers", "kills", "sampler"),
    [(2, 1, "gain"), pytest.param(1, 1, "nsga2", marks=pytest.mark.soak),
     pytest.param(1, 10, "nsga2", marks=pytest.mark.soak),
     pytest.param(2, 10, "nsga2", marks=pytest.mark.soak),
     pytest.param(2, 10, "gain", marks=pytest.mark.soak)],
)  # fmt: skip
def test_kills_of_the_driver_end_with_the_same_table(
    workers: int,
    kills: int,
    sampler: str,
    undisturbed: Callable[[str], tuple[Path, bytes]],
    tmp_path: Path,
) -> None:
    file, wanted = undisturbed(sampler)
    moment = random.Random(workers)
    kept: dict[Path, int] = {}
    whole = len(trainings(file.parent / "results"))
    for left in range(kills, 0, -1):
        driver = dse("run", file, "--folder", tmp_path, "--workers", str(workers))
        # half of each kill's share: its workers finish others before it comes
        share = max((whole - len(kept)) // (2 * left), 1)
        more = len(kept) + moment.randint(1, min(share, 6))
        deadline = time.monotonic() + 120
        while len(trainings(tmp_path)) < more:
            assert driver.poll() is None, driver.communicate()[1].decode()
            assert time.monotonic() < deadline
            time.sleep(0.005)
        time.sleep(moment.uniform(0.0, 0.3))
        driver.send_signal(signal.SIGKILL)
        driver.wait()
        assert driver.stderr is not None
        driver.stderr.close()
        kept |= {f: at for f, at in trainings(tmp_path).items() if f not in kept}
    assert table(file, tmp_path, "ray", workers) == wanted
    now = trainings(tmp_path)
    assert all(now[f] == at for f, at in kept.items())  # no finished training ran again
