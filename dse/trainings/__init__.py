"""Every distinct training: run once, wherever, and kept."""

from dse.trainings.bit_shares import MeasuredBits, asks_for_bits, with_bits
from dse.trainings.cache import TrainingCache, cpu_kind, made_with
from dse.trainings.executor import Executor
from dse.trainings.executors import check_executor, make_executor
from dse.trainings.trainer import PendingTraining, Trainer, trainings

__all__ = [
    "Executor",
    "MeasuredBits",
    "PendingTraining",
    "Trainer",
    "TrainingCache",
    "asks_for_bits",
    "check_executor",
    "cpu_kind",
    "made_with",
    "make_executor",
    "trainings",
    "with_bits",
]
