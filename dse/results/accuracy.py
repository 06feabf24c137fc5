"""One point of accuracy: what a design may lose and still count as accurate."""

from typing import Final

from dse.store.record import Scored

LOSS_LIMIT: Final = 0.01
"""One point of accuracy. [-]"""


def accuracy_lost(design: Scored) -> float:
    """What a design loses; one that was not trained loses none. [-]"""
    training = design.evaluation.training
    return training.accuracy_loss if training else 0.0


def keeps_accuracy(design: Scored) -> bool:
    """Whether a design loses at most a point."""
    return accuracy_lost(design) <= LOSS_LIMIT
