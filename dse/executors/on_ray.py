"""Runs trainings as Ray tasks, on this machine or on a cluster. The only file that imports ray."""

import logging
import os
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Final

import ray

from evaluators.evaluate import TrainingTask, run_task
from evaluators.training.report import TrainingRun

OBJECT_STORE_BYTES: Final = 200 * 2**20
"""Tasks and results are a few kilobytes; 200 MiB is far more than they need."""

RETRIES: Final = 3
"""How often a training starts again after its worker was lost."""


class OnRay:
    """Stateless tasks of one CPU each; a lost worker costs a retry."""

    def __init__(self, workers: int | None, address: str | None) -> None:
        self._started = not ray.is_initialized()
        if self._started:
            _start(workers, address)
        resources: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
        self.workers = workers or int(resources.get("CPU", 1))
        self._train = ray.remote(num_cpus=1, max_retries=RETRIES)(_train_one_thread)

    def submit(self, task: TrainingTask) -> "Future[TrainingRun]":
        """Queue the training on the cluster."""
        future: Future[TrainingRun] = self._train.remote(task).future()
        return future

    def close(self) -> None:
        """Shut down the Ray that was started here; leave a joined cluster running."""
        if self._started:
            ray.shutdown()


def _start(workers: int | None, address: str | None) -> None:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    common: dict[str, Any] = {
        "log_to_driver": False,
        "logging_level": logging.ERROR,
        "runtime_env": {"env_vars": _worker_environment()},
    }
    if address:
        ray.init(address=address, **common)
    else:
        ray.init(
            address="local",
            num_cpus=workers or os.cpu_count() or 1,
            include_dashboard=False,
            object_store_memory=OBJECT_STORE_BYTES,
            **common,
        )


def _worker_environment() -> dict[str, str]:
    """One thread a worker, and our packages on the path also in a checkout not installed."""
    here = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(p for p in (os.getcwd(), here, os.environ.get("PYTHONPATH")) if p)
    return {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "PYTHONPATH": path}


def _train_one_thread(task: TrainingTask) -> TrainingRun:
    return run_task(task)
