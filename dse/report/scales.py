"""Objectives as axes of a drawing: where a value stands and how the axis is marked."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log10
from typing import Any

from dse.objectives import Objective
from dse.plots import LABELS, label
from dse.report.drawing import rounded

POINTS = (0.0, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
"""Marks of an axis of accuracy loss."""

LEAST_POINTS = 0.1
"""Losses count from here, as in the hypervolume: log(0.1 + points)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """One objective's axis."""

    objective: Objective

    @property
    def is_loss(self) -> bool:
        """Whether the axis is that of accuracy loss, which holds zero and counts by ratio."""
        return self.objective.name == "accuracy_loss"

    def at(self, values: Sequence[float]) -> list[float | None]:
        """Where the values stand on the axis."""
        if self.is_loss:
            return rounded(log10(LEAST_POINTS + max(100.0 * value, 0.0)) for value in values)
        factor = label(self.objective)[1]
        return rounded(value * factor for value in values)

    def axis(self) -> dict[str, Any]:
        """Title with unit and marks, for plotly."""
        title = {"text": label(self.objective)[0]}
        if self.is_loss:
            marks = [log10(LEAST_POINTS + points) for points in POINTS]
            return {"title": title, "tickvals": marks, "ticktext": [f"{p:g}" for p in POINTS]}
        look: dict[str, Any] = {"title": title, "tickangle": 0}
        if self.objective.relative:
            # One, two and five of each decade.
            look |= {"type": "log", "dtick": "D2"}
        _, unit, factor = LABELS.get(self.objective.name, ("", "", 1.0))
        if factor == 1.0 and unit != "1":
            look |= {"tickformat": "~s"}
        return look
