"""The version of the models that a design's figures are made by."""

from typing import Final

FIRST_VERSION: Final = 1
"""Of mram-dse 0.1, whose stores do not tell one."""

MODEL_VERSION: Final = 2
"""Grows when a design's energies, times, areas, lifetimes or write errors change.

`tests/unit/energy/test_version.py` holds the figures of this version. A study goes on only with
the models it was begun with, so that no front holds figures of two.
"""
