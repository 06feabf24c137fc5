"""Banks, mats and accumulators of a slice: solved by bounds, not as part of its grid."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Final

from dse.search.seen_axes import say_once
from dse.study import Study
from dse.study.constraints import Constraint
from evaluators.design import DataKind
from evaluators.energy import DesignBatch
from evaluators.energy.option_figures import StepFigures
from evaluators.energy.organisation import FIGURES, Organisations, Organised, best_organised
from evaluators.scenario import Scenario
from search_spaces.axes import Choice, Value

Steps = Callable[[int], StepFigures]
"""Figures of a step of a grid at a depth of the accumulator."""

DEPTH: Final = "accumulator_depth_words"
SAME: Final = {"edp_js": "energy_delay_js"}
"""Quantities of a study under the energy model's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisedAxes:
    """The unseen axes that organise regions, where a space has all of them.

    `exact`: every combination counts, as the figures asked for get worse where any energy,
    leakage, time or area does. Else only the combinations of `shared` do: where the memories fill
    a given area, which banks and mats change, all that the three regions can share; and for other
    figures the axes' defaults, which is said.
    """

    names: frozenset[str] = frozenset()
    exact: bool = False
    shared: tuple[dict[str, Value], ...] = ({},)
    figures: tuple[str, ...] = ()
    limits: dict[str, float] = field(default_factory=dict)
    axes: dict[str, tuple[int, ...]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        axes: Sequence[Choice],
        figures: Sequence[str],
        limits: Sequence[Constraint],
        study: Study,
    ) -> "OrganisedAxes":
        """Those of a study's unseen axes; none where the space lacks one of them."""
        wanted = [f"{kind}_{what}" for kind in DataKind for what in ("banks", "mat_kib")]
        own = {
            a.name: tuple(int(option) for option in a.options)
            for a in axes
            if a.name in (*wanted, DEPTH)
        }
        if len(own) <= len(wanted):
            return cls()
        asked = tuple(SAME.get(name, name) for name in figures)
        told = {SAME.get(limit.quantity, limit.quantity): limit.limit for limit in limits}
        monotone = {*asked, *told} <= set(FIGURES) and all(limit.at_most for limit in limits)
        usual: dict[str, Value] = {
            a.name: a.default if a.default in a.options and a.default is not None else a.options[0]
            for a in axes
            if a.name in own
        }
        if monotone and study.scenario.sizing != "iso_area":
            return cls(names=frozenset(own), exact=True, shared=(usual,), figures=asked,
                       limits=told, axes=own)  # fmt: skip
        if study.scenario.sizing == "iso_area":
            return cls(names=frozenset(own), shared=tuple(_shared(own)), axes=own)
        if any(len(options) > 1 for options in own.values()):
            say_once(
                f"strategy 'nested' solves banks, mats and accumulators for "
                f"{', '.join(FIGURES)} alone: study {study.name!r} asks for "
                f"{', '.join((*asked, *told))}, so they stay at "
                f"{', '.join(f'{name} = {value}' for name, value in usual.items())}"
            )
        return cls(names=frozenset(own), shared=(usual,), axes=own)

    def best(
        self, batch: DesignBatch, scenario: Scenario, steps: Steps | None
    ) -> Organised | None:
        """The unbeaten organisations of a batch; without the limits where none keeps them."""
        for limits in (self.limits, {}):
            organised = self.within(batch, scenario, steps, limits)
            if len(organised.places):
                return organised
        return None

    def within(
        self,
        batch: DesignBatch,
        scenario: Scenario,
        steps: Steps | None,
        limits: Mapping[str, float],
    ) -> Organised:
        """The unbeaten organisations of a batch that keep limits; maybe none.

        `limits`: highest figures, of `FIGURES`, in their units.
        """
        organisations = Organisations(
            banks={kind: self.axes[f"{kind}_banks"] for kind in DataKind},
            mats_kib={kind: self.axes[f"{kind}_mat_kib"] for kind in DataKind},
            depths_words=self.axes[DEPTH],
        )
        return best_organised(
            batch, scenario, self.figures, organisations=organisations, limits=limits,
            steps=steps,
        )  # fmt: skip

    def values(self, batch: DesignBatch, place: int) -> dict[str, Value]:
        """Values of the axes of one design of a batch; nothing where the grid has them."""
        if not self.exact:
            return {}
        told: dict[str, Value] = {DEPTH: int(batch.depth_words[place])}
        for kind in DataKind:
            told[f"{kind}_banks"] = int(batch.regions[kind].banks[place])
            told[f"{kind}_mat_kib"] = int(batch.regions[kind].mat_kib[place])
        return told


def _shared(axes: dict[str, tuple[int, ...]]) -> list[dict[str, Value]]:
    """Every depth with every pair of banks and mats; each region takes the nearest it may have."""
    pairs = [
        sorted({o for kind in DataKind for o in axes[f"{kind}_{what}"]})
        for what in ("banks", "mat_kib")
    ]
    found: list[dict[str, Value]] = []
    for banks, mat_kib, depth in product(*pairs, axes[DEPTH]):
        own: dict[str, Value] = {DEPTH: depth}
        for kind in DataKind:
            for what, wanted in (("banks", banks), ("mat_kib", mat_kib)):
                options = axes[f"{kind}_{what}"]
                own[f"{kind}_{what}"] = min(options, key=lambda o, w=wanted: abs(o - w))  # type: ignore[misc]
        if own not in found:
            found.append(own)
    return found
