"""One point of accuracy: what a design may lose and still count as accurate."""

from dse.store import Candidate

LOSS_LIMIT = 0.01
"""One point of accuracy, as in the verdict."""


def keeps_accuracy(candidate: Candidate) -> bool:
    """Whether a design loses at most a point; one that was not trained loses none."""
    training = candidate.evaluation.training
    return training is None or training.accuracy_loss <= LOSS_LIMIT
