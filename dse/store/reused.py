"""Candidates of another study that a study starts from, as its store keeps them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from dse.plain import dumps, loads_as
from evaluators.design import ErrorProfile
from evaluators.training import TrainingReport
from search_spaces.axes import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Reused:
    """A candidate of another study; its training only where it would be run alike here."""

    values: dict[str, Value]
    profile: ErrorProfile | None = None
    training: TrainingReport | None = None


def as_text(reused: Sequence[Reused]) -> str:
    """What a store keeps of it."""
    return json.dumps([dumps(one) for one in reused])


def from_text(text: str) -> list[Reused]:
    """What `as_text` wrote."""
    return [loads_as(Reused, one) for one in json.loads(text)]
