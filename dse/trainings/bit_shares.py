"""Bit statistics for the energy model from the study's own fault-free training."""

from dataclasses import replace
from pathlib import Path

from dse.mistakes import UserError
from dse.study.study import Study
from dse.trainings.cache import TrainingCache
from evaluators.design import DataKind, ErrorProfile
from evaluators.memories import BitShares
from evaluators.scenario import Scenario
from evaluators.training import run_task, training_tasks


def with_measured_bits(study: Study, folder: Path) -> Scenario:
    """The study's scenario; where it asks for measured bits, with those of a fault-free run.

    The run is the first that the study needs anyway, and is kept like every other.

    Raises:
        UserError: the fault-free training fails.
    """
    scenario = study.scenario
    if scenario.memory.bit_statistics == "given":
        return scenario
    cache = TrainingCache(folder / "trainings")
    free = ErrorProfile.none(scenario.bits)
    task = training_tasks(
        free,
        scenario.training,
        number_format=scenario.number_format,
        study_seed=study.search.seed,
        threads=study.workers.cpus,
    )[0]
    run = cache.get(task)
    if run is None:
        run = run_task(task)
        cache.put(task, run)
    if not run.ones_share or not run.changed_share:
        raise UserError(f"bit statistics cannot be measured: {run.reason or 'none were counted'}")
    activation, weight, error = (
        _shares(run.ones_share[kind.value], run.changed_share[kind.value]) for kind in DataKind
    )
    memory = replace(
        scenario.memory, bit_statistics="given", activation_bits=activation, weight_bits=weight,
        error_bits=error,
    )  # fmt: skip
    return replace(scenario, memory=memory)


def _shares(ones: float, changed: float) -> BitShares:
    """As many bits change one way as the other, so no more than twice the rarer value."""
    return BitShares(ones=ones, changed=min(changed, 2.0 * min(ones, 1.0 - ones)))
