"""A cluster as people start one, by `ray start --head`: joined with its token, and lost."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp

import psutil
import pytest
import ray

from dse.mistakes import UserError
from dse.trainings import ray_address
from tests.crashes.tools.driver import ROOT, ended, study_file, trained

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::ResourceWarning")]

DRIVER = """
import sys
import dse.trainings.on_ray as on_ray
on_ray.HEAD_LOST_S = 2.0
from dse.commands.main import main
sys.argv = ["dse", *sys.argv[1:]]
main()
"""

CRASHES_AT_ITS_END = """
import atexit
import os
atexit.register(os.abort)
"""
"""What Ray's threads, beside which the interpreter ends, do to it now and then."""


class Cluster:
    """Started by Ray's own command, with a home that holds its token."""

    def __init__(self, home: Path) -> None:
        self.home = home
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        unset = ("PYTHONPATH", "RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_ADDRESS")
        self.environment = {k: v for k, v in os.environ.items() if k not in unset}
        self.environment |= {"RAY_USAGE_STATS_ENABLED": "0", "HOME": str(home)}
        (home / ".ray").mkdir()
        (home / ".ray" / "auth_token").write_text("0123456789abcdef" * 4)
        before = set(psutil.pids())
        words = ["start", "--head", f"--port={port}", "--num-cpus=1", f"--temp-dir={home}",
                 "--node-ip-address=127.0.0.1", "--include-dashboard=false"]  # fmt: skip
        subprocess.run([sys.executable, "-m", "ray.scripts.scripts", *words], check=True, cwd=home,
                       env=self.environment, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=60)  # fmt: skip
        self.address = f"127.0.0.1:{port}"
        self.processes = [p for p in map(_process, set(psutil.pids()) - before)
                          if p is not None and str(home) in " ".join(p.cmdline())]  # fmt: skip

    def run(self, file: Path, folder: Path, *, before: str = "",
            **more: str) -> "subprocess.Popen[str]":  # fmt: skip
        path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
        environment = {**self.environment, "PYTHONPATH": path, **more}
        words = ["-c", before + DRIVER, "run", file, "--folder", folder, "--ray", self.address]
        return subprocess.Popen([sys.executable, *map(str, words)], cwd=ROOT,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                env=environment)  # fmt: skip

    def lose_head(self) -> None:
        for process in self.processes:
            with suppress(psutil.Error):
                if process.name() == "gcs_server":
                    process.kill()

    def close(self) -> None:
        for process in self.processes:
            with suppress(psutil.Error):
                for child in process.children(recursive=True):
                    child.send_signal(signal.SIGKILL)
                process.kill()
        psutil.wait_procs(self.processes, timeout=10)


def _process(pid: int) -> psutil.Process | None:
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        process.cmdline()
        return process
    return None


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    home = Path(mkdtemp(prefix="dse", dir="/tmp"))  # sockets' names are short
    started = Cluster(home)
    try:
        yield started
    finally:
        started.close()
        shutil.rmtree(home, ignore_errors=True)


def test_it_is_joined_with_its_token(cluster: Cluster, tmp_path: Path) -> None:
    ended(cluster.run(study_file(tmp_path, candidates=4), tmp_path))


def test_why_it_refuses_is_told_in_its_words(cluster: Cluster, tmp_path: Path) -> None:
    if not hasattr(ray.exceptions, "AuthenticationError"):
        pytest.skip("this version of Ray asks for no token")
    file = study_file(tmp_path, candidates=4)
    for more in ({"HOME": str(tmp_path)}, {"RAY_AUTH_MODE": "disabled"}):
        _, told = ended(cluster.run(file, tmp_path, **more), 2)
        assert "refuses this program: AuthenticationError: " in told
        assert "set RAY_AUTH_MODE=token" in told
        assert len(told.strip().splitlines()) == 1


def test_a_lost_head_is_one_message_and_what_was_finished_is_kept(
    cluster: Cluster, tmp_path: Path
) -> None:
    file = study_file(tmp_path, candidates=4000, trainer="slow")
    driver = cluster.run(file, tmp_path, before=CRASHES_AT_ITS_END)
    trained(driver, tmp_path, 2)
    cluster.lose_head()
    began = time.monotonic()
    _, told = ended(driver, 2)
    assert time.monotonic() - began < 50.0  # Ray's own end comes after 60 s, with exit code 1
    ours = [line for line in told.splitlines() if "the head of the Ray cluster" in line]
    assert len(ours) == 1
    assert "give the same command again" in ours[0]


REASONS = {
    "its last line": ("echo first >&2; echo 'a.b.c.SomeError: the reason.' >&2; exit 1",
                      "SomeError: the reason"),
    "nothing": ("exit 3", "ends with exit code 3"),
    "escapes": ("printf '\\033[31mred' >&2; exit 1", " [31mred"),
    "much": ("head -c 100000 /dev/zero | tr '\\0' x >&2; exit 1", "xxx..."),
}  # fmt: skip


@pytest.mark.parametrize("told", REASONS.values(), ids=REASONS.keys())
def test_any_reason_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: tuple[str, str]
) -> None:
    script, wanted = told
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr("dse.trainings.ray_address.sys.executable", str(program))
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    with pytest.raises(UserError, match="no Ray cluster answers on this machine") as refused:
        ray_address.check_address("auto")
    assert wanted in str(refused.value)
    assert len(str(refused.value)) < 500
    assert str(refused.value).isprintable()
