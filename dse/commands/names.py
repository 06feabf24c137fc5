"""The names of all plug-ins."""

from typing import Final

from dse.mistakes import UserError
from dse.study.objectives import OBJECTIVE
from dse.study.study import SAMPLER, SPACE
from evaluators.checks import known_names
from evaluators.plugins import CELL, NETWORK, TECHNOLOGY

KINDS: Final = {
    "technologies": TECHNOLOGY,
    "networks": NETWORK,
    "spaces": SPACE,
    "cells": CELL,
    "samplers": SAMPLER,
    "objectives": OBJECTIVE,
}


def names_of(kind: str) -> list[str]:
    """The names of one kind of plug-in.

    Raises:
        UserError: no such kind.
    """
    if kind not in KINDS:
        raise UserError(f"cannot list {kind!r}{known_names(kind, tuple(KINDS))}")
    return sorted(KINDS[kind].names)
