"""Bit statistics for the energy model from the study's own fault-free training.

The driver measures them once, before anything is scored, and keeps them in the store's header;
whoever reads the study takes them from there and trains nothing.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from dse.mistakes import UserError
from dse.study import Study
from dse.trainings.trainer import Trainer, last_line, trainings
from evaluators.design import DataKind
from evaluators.memories import BitShares
from evaluators.scenario import Scenario
from evaluators.training import TrainingRun


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredBits:
    """What a fault-free training writes, by the kind of its data."""

    activation: BitShares
    weight: BitShares
    error: BitShares


def asks_for_bits(study: Study) -> bool:
    """Whether a study wants its bit statistics measured."""
    return study.scenario.memory.bit_statistics == "measured"


def with_bits(scenario: Scenario, bits: MeasuredBits) -> Scenario:
    """The scenario with measured bits as if they had been given."""
    memory = replace(
        scenario.memory, bit_statistics="given", activation_bits=bits.activation,
        weight_bits=bits.weight, error_bits=bits.error,
    )  # fmt: skip
    return replace(scenario, memory=memory)


def measured(trainer: Trainer) -> MeasuredBits:
    """The bits of the study's fault-free training; it is the first that the study needs anyway.

    Raises:
        UserError: the training fails, or counts no bits.
    """
    try:
        run = trainer.run(trainer.first_task()).result()
    except UserError:
        raise
    except Exception as error:  # a worker lost for good
        raise UserError(
            f"bit statistics cannot be measured: training lost: {last_line(error)}"
        ) from None
    bits = _bits(run)
    if bits is None:
        raise UserError(f"bit statistics cannot be measured: {run.reason or 'none were counted'}")
    return bits


def kept_bits(study: Study, folder: Path) -> MeasuredBits | None:
    """The bits of the fault-free training where it is kept in a results folder; only reads."""
    trainer = trainings(study, study.scenario, folder)
    run = trainer.cache.get(trainer.first_task())
    return None if run is None else _bits(run)


def _bits(run: TrainingRun) -> MeasuredBits | None:
    if not run.ones_share or not run.changed_share:
        return None
    activation, weight, error = (
        _shares(run.ones_share[kind.value], run.changed_share[kind.value]) for kind in DataKind
    )
    return MeasuredBits(activation=activation, weight=weight, error=error)


def _shares(ones: float, changed: float) -> BitShares:
    """As many bits change one way as the other, so no more than twice the rarer value."""
    return BitShares(ones=ones, changed=min(changed, 2.0 * min(ones, 1.0 - ones)))
