"""A network by name: one of ours, the user's, or a SCALE-Sim topology."""

from typing import cast

from evaluators import plugins
from evaluators.workload import Network


def network(name: str, batch_size: int = 32) -> Network:
    """The network called `name` at a batch size.

    Args:
        name: a file of this package (`resnet18`).
        batch_size: samples of one training step. [-]

    Raises:
        UnknownNameError: no such network; names the known ones.
        ValueError: a batch size below 1.
    """
    build = plugins.load("evaluators.networks", "build", name, what="network")
    return cast(Network, build(batch_size))
