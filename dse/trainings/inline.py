"""Runs each training in this process, at once: friendly to debuggers."""

from concurrent.futures import Future

from evaluators.training import TrainingRun, TrainingTask, run_task


class Inline:
    """One worker: the driver itself."""

    workers = 1

    def submit(self, task: TrainingTask) -> "Future[TrainingRun]":
        """Run the training before returning."""
        future: Future[TrainingRun] = Future()
        try:
            future.set_result(run_task(task))
        except Exception as error:
            future.set_exception(error)
        return future

    def close(self) -> None:
        """Nothing was started."""
