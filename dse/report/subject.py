"""What a report is about, worked out once: the front, its designs by name, SRAM beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from dse import pareto
from dse.report.scales import Scale
from dse.results import (
    Front,
    Point,
    accuracy,
    answer,
    gentle_writes,
    opponents,
    scenario_of,
    sram_twin,
    tolerance,
    tolerance_maps,
    twins,
    words,
    write_gains,
)
from dse.store import Record, Scored, competing
from evaluators.scenario import Scenario

Array = NDArray[np.float64]


MOST_DESIGNS = 60
"""Designs that a drawing with one line each shows; more are thinned evenly."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A front with its study's question and file."""

    front: Front
    question: str
    source: str = ""
    file: str = "STUDY"
    """The study's file, as a command names it."""

    @property
    def record(self) -> Record:
        """The candidates."""
        return self.front.record

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario under which the designs were scored."""
        return scenario_of(self.record)

    @cached_property
    def designs(self) -> tuple[Point, ...]:
        """The page's list of designs: the ranked ones, and the baseline if it is none of them."""
        ranked, baseline = self.front.ranked, self.front.baseline
        return ranked if baseline in ranked else (*ranked, baseline)

    @cached_property
    def values(self) -> Array:
        """Their figures. Shape `(designs, objectives)`. [as its name]"""
        names = [objective.name for objective in self.front.objectives]
        rows = [competing(c, names, reference=True) for c in self.designs]
        return np.array(rows, dtype=float).reshape(len(rows), len(names))

    @cached_property
    def costs(self) -> Array:
        """The figures as the hypervolume counts them, lower better. [-]"""
        return pareto.costs(self.values, self.front.objectives)

    @cached_property
    def _rows(self) -> dict[Scored, int]:
        return {point: row for row, point in enumerate(self.designs)}

    def place(self, point: Scored) -> int:
        """Where a point of the front, or the baseline, stands in the page's list of designs.

        All numbers: [-].
        """
        return self._rows[point]

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """A short name for each design, as the front has them."""
        return tuple(f"#{point.label}" for point in self.designs)

    def label(self, point: Scored) -> str:
        """The short name of a design."""
        return self.labels[self.place(point)]

    def name_of(self, alike: Sequence[Point]) -> str:
        """Of designs that share a training: the first one's, and how many they are."""
        if len(alike) == 1:
            return self.label(alike[0])
        return f"#{alike[0].number} ({len(alike)} designs)"

    def lines(self, point: Point) -> list[str]:
        """A design and its figures in a few lines."""
        evaluation = point.evaluation
        lines = words.describe(point)
        figures = self.values[self.place(point)]
        for objective, value in zip(self.front.objectives, figures, strict=True):
            name = Scale(objective=objective).short_name.lower()
            lines.append(f"{name}: {objective.in_words(float(value))}")
        if evaluation.energy:
            lines.append(f"bound: {evaluation.energy.bound}")
        if evaluation.status.value != "ok":
            lines.append(f"status: {evaluation.status.value}")
        return lines

    def beside_sram(self, point: Point) -> list[str]:
        """How a design with MRAM stands beside the best all-SRAM that is no larger, in words."""
        said = self.answer
        ratio = said.over_sram(point) if said is not None else None
        if said is None or ratio is None:
            return []
        text = opponents.compared(said.aim.name, 1.0, ratio)
        return [f"beside the best all-SRAM no larger: {text}"]

    @cached_property
    def maps(self) -> list[tolerance.ToleranceMap]:
        """The tolerance maps, in studies that ask for errors and not for memories."""
        return tolerance_maps(self.record)

    @cached_property
    def best(self) -> sram_twin.AgainstSram | None:
        """The verdict's design beside its all-SRAM twin."""
        if self.maps:
            return None
        pairs = self.twins.values()
        mram = [pair for pair in pairs if sram_twin.uses_mram(pair.candidate)
                and accuracy.keeps_accuracy(pair.candidate)]  # fmt: skip
        return min(mram, key=lambda pair: pair.design.energy_j, default=None)

    @cached_property
    def opponents(self) -> opponents.Opponents | None:
        """The best of each memory within the study's axes; None for tolerance maps."""
        return self.answer.opponents if self.answer else None

    @cached_property
    def answer(self) -> answer.Answer | None:
        """What to build and against what; None for tolerance maps and where nothing is left."""
        if self.maps or not self.front.candidates:
            return None
        return answer.Answer(front=self.front)

    @cached_property
    def gentle(self) -> gentle_writes.WriteGain | None:
        """The gentlest writes of the front that keep the accuracy; None where it is not known."""
        if self.maps or not self.record.study.trains:
            return None
        kept = [
            candidate for candidate in self.front.candidates if accuracy.keeps_accuracy(candidate)
        ]
        return gentle_writes.gentlest(write_gains(kept, self.scenario))

    @cached_property
    def twins(self) -> dict[int, sram_twin.AgainstSram]:
        """Every scored design of the front beside its all-SRAM twin, by its place."""
        return {self.place(pair.candidate): pair for pair in twins.beside_sram(self.front)}

    @cached_property
    def shown(self) -> tuple[Point, ...]:
        """The front, thinned evenly where it is too long for one line each."""
        best = self.front.candidates
        if len(best) <= MOST_DESIGNS:
            return best
        kept = np.linspace(0, len(best) - 1, MOST_DESIGNS).round().astype(int)
        return tuple(best[row] for row in kept)

    @property
    def thinned(self) -> str:
        """A sentence where `shown` is not the whole front."""
        whole = len(self.front.candidates)
        if len(self.shown) == whole:
            return ""
        return f" {len(self.shown)} of {whole} designs are drawn, evenly spread over the front."
