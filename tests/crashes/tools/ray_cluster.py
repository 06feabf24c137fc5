"""A Ray cluster of several nodes on this machine, started elsewhere and without our packages.

As a script it starts the nodes, prints the address, and obeys the lines that it reads: `kill` ends
one node other than the head as if its power failed and adds a new one, `nodes` counts the living.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

import psutil


class RayCluster:
    """The script as seen from a test."""

    def __init__(self, folder: Path, nodes: int) -> None:
        told = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        told["RAY_USAGE_STATS_ENABLED"] = "0"
        self._script = subprocess.Popen(
            [sys.executable, "-P", __file__, str(nodes)], cwd=folder, env=told, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.address = self._line()

    def tell(self, word: str) -> str:
        assert self._script.stdin is not None
        print(word, file=self._script.stdin, flush=True)
        return self._line()

    def trainers(self) -> list[psutil.Process]:
        """Ray's workers, busy and idle, and the watched processes in them."""
        found = []
        for process in psutil.Process(self._script.pid).children(recursive=True):
            try:
                words = " ".join(process.cmdline())
            except psutil.Error:
                continue
            if words.startswith(("ray::IDLE", "ray::_train")) or "dse.trainings.worker" in words:
                found.append(process)
        return found

    def close(self) -> None:
        nodes = psutil.Process(self._script.pid).children(recursive=True)
        self._script.communicate(timeout=60)
        _, left = psutil.wait_procs(nodes, timeout=20)
        assert left == []

    def _line(self) -> str:
        assert self._script.stdout is not None
        return self._script.stdout.readline().strip()


@contextmanager
def ray_cluster(folder: Path, nodes: int) -> Iterator[RayCluster]:
    """So many nodes of one CPU; nothing of them is left at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    running = RayCluster(folder, nodes)
    try:
        yield running
    finally:
        running.close()


def serve(nodes: int, home: str) -> None:
    from ray.cluster_utils import Cluster

    small: dict[str, Any] = {"num_cpus": 1, "object_store_memory": 80 * 2**20}
    head = {
        **small,
        "include_dashboard": False,
        # Ray waits so long, 60 s by default, for a worker that was killed before it registered.
        "_system_config": {"worker_register_timeout_seconds": 12},
    }
    cluster = Cluster(initialize_head=True, head_node_args=head)
    places = count(2)

    def node() -> Any:
        """A host of its own: its address, and its folder, as what is shipped is unpacked there."""
        own = {"node_ip_address": f"127.0.0.{next(places)}", "temp_dir": mkdtemp(dir=home)}
        return cluster.add_node(wait=False, **own, **small)

    others = [node() for _ in range(nodes - 1)]
    cluster.wait_for_nodes()
    print(cluster.address, flush=True)
    for line in sys.stdin:
        if line.strip() == "kill":
            cluster.remove_node(others.pop(0), allow_graceful=False)
            others.append(node())
        print(1 + len(others), flush=True)
    cluster.shutdown()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    with TemporaryDirectory(dir="/tmp", ignore_cleanup_errors=True) as short:  # holds sockets
        serve(int(sys.argv[1]), short)
