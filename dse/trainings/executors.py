"""Where trainings run, by the name of the executor."""

import logging
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from dse.mistakes import UserError
from dse.study import Resources, Study
from dse.study.resources import ONE_CPU
from dse.trainings.executor import Executor
from evaluators.plugins import is_of_session

NOTES: Final = logging.getLogger(__name__)
EXECUTORS: Final = ("ray", "processes", "inline")


def make_executor(
    name: str,
    workers: int | None,
    address: str | None,
    *,
    study: Study | None = None,
    folder: Path = Path("results"),
) -> Executor:
    """The executor called `name`, started, for the trainings of a study. [-]

    Where Ray is not installed and no cluster is asked for, `ray` is `processes`: the same table.

    Raises:
        UserError: no such executor, it cannot do what is asked, or no cluster answers.
    """
    resources = study.workers if study else ONE_CPU
    check_executor(name, resources, address)
    if name == "ray" and find_spec("ray") is None:
        NOTES.info("Ray is not installed: trainings run in processes of this machine")
        name = "processes"
    match name:
        case "inline":
            from dse.trainings.inline import Inline

            return Inline()
        case "ray":
            from dse.trainings.ray_address import check_address, quiet

            quiet()  # read when Ray is imported, as is how a cluster knows us
            if address:
                check_address(address)
            from dse.trainings.on_ray import OnRay
            from dse.trainings.shipping import shipped

            sent = (
                shipped(study.scenario.training, folder, Path.cwd()) if address and study else {}
            )
            return OnRay(workers, address, resources, sent)
        case _:
            from dse.trainings.processes import Processes

            return Processes(workers, resources)


def check_shipped(study: Study, name: str) -> None:
    """Refuse to train elsewhere what only this process knows.

    Raises:
        UserError: which field, and what to do.
    """
    recipe = study.scenario.training
    for key in ("trainer", "model", "data"):
        value = getattr(recipe, key)
        if name != "inline" and is_of_session(value):
            own = value.partition(":")[2]
            raise UserError(
                f"`scenario.training.{key}` = {own} is defined in this notebook or script, where "
                f"no worker finds it: move it into a module of its own (`from mine import {own}`),"
                f" or train in this process with executor='inline'"
            )


def check_executor(name: str, resources: Resources, address: str | None) -> None:
    """Look at what is asked before anything starts.

    Raises:
        UserError: no such executor, or it cannot do what is asked.
    """
    if name not in EXECUTORS:
        raise UserError(f"unknown executor {name!r}; known: {', '.join(EXECUTORS)}")
    if address and name != "ray":
        raise UserError(f"--ray joins a cluster and goes with --executor ray, got {name!r}")
    if resources.gpus and name != "ray":
        raise UserError(
            f"`workers.gpus` = {resources.gpus:g} are handed out by Ray: use --executor ray, got "
            f"{name!r}"
        )
    if name == "ray" and (address or resources.gpus) and find_spec("ray") is None:
        what = "a cluster" if address else "`workers.gpus`"
        raise UserError(
            f"{what} needs Ray, which is not installed: pip install 'mram-dse[ray]', or leave "
            f"{'--ray' if address else 'it'} out to train in processes of this machine"
        )
