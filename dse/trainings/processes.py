"""Runs trainings in processes of this machine; a lost worker costs a retry of its task only."""

import os
import queue
import threading
from concurrent.futures import Future

from dse.study import Resources
from dse.study.resources import ONE_CPU
from dse.trainings.watched import Place
from evaluators.training import TrainingRun, TrainingTask


class Processes:
    """A pool of processes, each watched by a thread; tasks wait in a queue."""

    def __init__(self, workers: int | None, resources: Resources = ONE_CPU) -> None:
        self.workers = workers or max((os.cpu_count() or 1) // resources.cpus, 1)
        self._tasks: queue.SimpleQueue[tuple[TrainingTask, Future[TrainingRun]] | None] = (
            queue.SimpleQueue()
        )
        self._closed = False
        self._places = [Place(resources) for _ in range(self.workers)]
        self._threads = [
            threading.Thread(target=self._serve, args=(place,), daemon=True)
            for place in self._places
        ]
        for thread in self._threads:
            thread.start()

    @property
    def pids(self) -> list[int]:
        """The worker processes that run now. [-]"""
        workers = [place.worker for place in self._places]
        return [worker.pid for worker in workers if worker is not None and worker.alive]

    def submit(self, task: TrainingTask) -> "Future[TrainingRun]":
        """Queue the training."""
        future: Future[TrainingRun] = Future()
        self._tasks.put((task, future))
        return future

    def close(self) -> None:
        """Kill the workers; what waits is cancelled."""
        self._closed = True
        for _ in self._threads:
            self._tasks.put(None)
        for thread, place in zip(self._threads, self._places, strict=True):
            while thread.is_alive():
                place.close()
                thread.join(0.05)
            place.close()

    def _serve(self, place: Place) -> None:
        while (found := self._tasks.get()) is not None:
            task, future = found
            if self._closed or not future.set_running_or_notify_cancel():
                future.cancel()
                continue
            try:
                future.set_result(place.run(task))
            except Exception as error:
                future.set_exception(error)
