"""The names of all plug-ins."""

from typing import Final

from dse.mistakes import UserError
from dse.study import SAMPLERS
from evaluators import plugins
from evaluators.checks import nearest

PLUGINS: Final = {
    "technologies": ("evaluators.memories", "TECHNOLOGY"),
    "networks": ("evaluators.networks", "build"),
    "spaces": ("search_spaces", "SPACE"),
    "cells": ("evaluators.device", "CELL"),
}


def names_of(kind: str) -> list[str]:
    """The names of one kind of plug-in.

    Raises:
        UserError: no such kind.
    """
    if kind == "objectives":
        from dse.study.objectives import OBJECTIVES

        return sorted(OBJECTIVES)
    if kind == "samplers":
        return list(SAMPLERS)
    if kind not in PLUGINS:
        known = (*PLUGINS, "samplers", "objectives")
        raise UserError(f"cannot list {kind!r}{nearest(kind, known)}; known: {', '.join(known)}")
    return list(plugins.names(*PLUGINS[kind]))
