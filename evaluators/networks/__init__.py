"""Networks, one a file: `network(name)` reads a layer table of ours or a user's builder."""

from evaluators.networks.loading import network

__all__ = ["network"]
