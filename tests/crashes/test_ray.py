"""Trainings on Ray: limits, kills of workers and nodes, code that travels, clusters joined."""

import random
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import psutil
import pytest

from dse.study import Resources
from dse.trainings.on_ray import OnRay
from evaluators.training import RunStatus
from tests.crashes.test_processes import FREE, task
from tests.crashes.tools.driver import dse, ended, study_file, table, trained, wait_until
from tests.crashes.tools.ray_cluster import RayCluster, ray_cluster

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


def ours() -> list[psutil.Process]:
    return psutil.Process().children(recursive=True)


@pytest.fixture(scope="module")
def ray_here() -> Iterator[OnRay]:
    executor = OnRay(2, None, Resources(memory_bytes=2**29))
    yield executor
    started = ours()
    executor.close()
    assert len(started) > 5
    _, left = psutil.wait_procs(started, timeout=10)
    assert left == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("eats", "held more memory than `workers.memory_bytes` = 536870912"),
        ("exit", "lost 3 times, at last exit code 7"),
        ("segfault", "lost 3 times, at last killed by SIGSEGV"),
        ("hang", "longer than `training.time_limit_s` = 0.5"),
        ("deaf", "longer than `training.time_limit_s` = 0.5"),
        ("raises", "ValueError: my own mistake"),
        ("unpicklable", "UnpicklableError: holds a lock"),
        ("unpicklable_result", "`accuracy`: Input should be a valid number"),
        ("keyboard", "KeyboardInterrupt"),
        ("infinity", "`accuracy` must be in [0, 1]"),
        ("nan", "`accuracy` must be in [0, 1]"),
        ("wrong_length", "`hits_to_one.activation` must have 8 counts, one a bit, got 3"),
        ("none", "must return a TrainingRun, got NoneType"),
    ],
)
def test_it_fails_alone_with_its_reason(ray_here: OnRay, how: str, reason: str) -> None:
    bad, good = ray_here.submit(task(how)), ray_here.submit(task("", FREE))
    run = bad.result(120)
    assert run.status is RunStatus.FAILED
    assert reason in run.reason
    assert good.result(60).status is RunStatus.OK


@pytest.mark.slow
def test_what_is_started_here_listens_to_this_machine_alone(ray_here: OnRay) -> None:
    listening = [
        place.laddr.ip.removeprefix("::ffff:")
        for process in (psutil.Process(), *ours())
        for place in process.net_connections("inet")
        if place.status == psutil.CONN_LISTEN
    ]
    assert len(listening) >= 3
    assert set(listening) == {"127.0.0.1"}


@pytest.mark.slow
def test_a_training_that_kills_its_worker_fails(ray_here: OnRay, tmp_path: Path) -> None:
    run = ray_here.submit(task(f"kills_itself:{tmp_path / 'note'}")).result(120)
    assert run.reason == "its worker was lost 3 times, at last killed by SIGKILL"


@pytest.mark.slow
def test_much_output_neither_floods_nor_blocks(ray_here: OnRay) -> None:
    assert ray_here.submit(task("prints")).result(60).status is RunStatus.OK


@pytest.mark.slow
def test_a_large_batch_waits_here_and_not_at_ray(ray_here: OnRay) -> None:
    runs = [ray_here.submit(task("slow")) for _ in range(12)]
    time.sleep(1.0)
    assert sum(run.running() for run in runs) <= ray_here.workers
    assert [run.result(60).status for run in runs] == [RunStatus.OK] * 12


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RayCluster]:
    with ray_cluster(tmp_path_factory.mktemp("elsewhere"), 3) as running:
        yield running


def killed(cluster: RayCluster, chance: random.Random) -> bool:
    """Whether one of the workers that there are now was killed."""
    found = cluster.trainers()
    if found:
        with suppress(psutil.NoSuchProcess):
            chance.choice(found).send_signal(signal.SIGKILL)
    return bool(found)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("worker_kills", "node_deaths"), [(2, 1), pytest.param(60, 5, marks=pytest.mark.soak)]
)
def test_kills_of_workers_and_nodes_end_with_the_same_table(
    cluster: RayCluster, worker_kills: int, node_deaths: int, undisturbed: bytes, tmp_path: Path
) -> None:
    file = study_file(tmp_path, trainer="slow")
    driver = dse("run", file, "--folder", tmp_path, "--ray", cluster.address)
    chance = random.Random(0)
    victims = ["worker"] * worker_kills + ["node"] * node_deaths
    chance.shuffle(victims)
    for number, victim in enumerate(victims):
        trained(driver, tmp_path, number // 4 + 1)
        time.sleep(chance.uniform(0.0, 0.4))
        if victim == "node":
            assert cluster.tell("kill") == "3"
        else:
            wait_until(partial(killed, cluster, chance), driver)
    out, _ = ended(driver)
    assert "raylet" not in out  # Ray's own words would spoil what --json prints
    assert table(file, tmp_path) == undisturbed
    assert cluster.tell("nodes") == "3"  # joined, and left running


USERS_MODULE = """
from pathlib import Path
import dse, evaluators, search_spaces
from neighbour import ACCURACY
from evaluators.training.report import RunStatus, TrainingRun

def train(profile, recipe, *, training_seed, **told):
    for package in (dse, evaluators, search_spaces):
        assert "runtime_resources" in package.__file__, package.__file__
    assert Path(recipe.data_folder, "numbers.txt").read_text() == "1 2 3"
    for left_out in ("results", "big.bin", ".git", "users.toml"):
        assert not Path(left_out).exists(), left_out
    return TrainingRun(status=RunStatus.OK, training_seed=training_seed, accuracy=ACCURACY,
                       chance_accuracy=0.1, loss=0.1)
"""


@pytest.mark.slow
def test_code_and_data_travel_to_nodes_that_have_neither(
    cluster: RayCluster, tmp_path: Path
) -> None:
    (tmp_path / "users_training.py").write_text(USERS_MODULE)
    (tmp_path / "neighbour.py").write_text("ACCURACY = 0.75\n")
    (tmp_path / ".gitignore").write_text("numbers\n")
    for folder in ("numbers", ".git", "results"):
        (tmp_path / folder).mkdir()
    (tmp_path / "numbers" / "numbers.txt").write_text("1 2 3")
    with (tmp_path / "big.bin").open("wb") as big:
        big.truncate(2**30)
    file = study_file(tmp_path, candidates=6)
    old = 'trainer = "tests.end_to_end.stub_trainer:quick"'
    new = 'trainer = "users_training:train", data_folder = "numbers"'
    file.write_text(file.read_text().replace(old, new))
    file = file.rename(tmp_path / "users.toml")
    ended(dse("run", "users.toml", "--ray", cluster.address, folder=tmp_path))
    rows = table(file, tmp_path / "results").decode().splitlines()
    assert len(rows) == 7
    assert all(",ok," in row for row in rows[1:])


@pytest.mark.parametrize(
    ("silent", "words"),
    [
        ("closed", "no Ray cluster answers at '127.0.0.1:"),
        ("no cluster", "no Ray cluster answers at '127.0.0.1:"),
        ("auto", "no Ray cluster answers at '127.0.0.1:"),
        ("misspelt", "--ray must be auto or HOST:PORT"),
    ],
)
def test_an_address_that_does_not_answer_is_one_line(
    silent: str, words: str, tmp_path: Path
) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        if silent == "no cluster":
            listener.listen()
        there = f"127.0.0.1:{port}"
        address = {"auto": "auto", "misspelt": "http://127.0.0.1:8265"}.get(silent, there)
        driver = dse("run", study_file(tmp_path), "--folder", tmp_path, "--ray", address,
                     environment={"RAY_ADDRESS": there} if silent == "auto" else {})  # fmt: skip
        _, told = ended(driver, 2)
    assert len(told.strip().splitlines()) == 1
    assert words in told
