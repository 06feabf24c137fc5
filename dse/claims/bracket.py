"""The cases of one sizing, and the leakages over which they are read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from dse.claims.suite import Case, Scope, leakage_scales, own_scale
from dse.study import Study
from evaluators.scenario import Scenario

SCOPES: Final[dict[Scope, str]] = {
    "energy_j": "system",
    "memory_energy_j": "scratchpad + DRAM",
    "scratchpad_energy_j": "scratchpad alone",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bracket:
    """All cases under a study."""

    study: Study
    cases: Sequence[Case]

    @property
    def scenario(self) -> Scenario:
        """The study's."""
        return self.study.scenario

    @property
    def networks(self) -> tuple[str, ...]:
        """In the order of the suite."""
        return tuple(dict.fromkeys(case.network for case in self.cases))

    @property
    def memories(self) -> tuple[str, ...]:
        """Labels, the study's first technology and error-free write first."""
        return tuple(dict.fromkeys(case.memory for case in self.cases))

    @property
    def capacities(self) -> tuple[int, ...]:
        """Of the all-SRAM designs, ascending. [bytes]"""
        return tuple(sorted({case.capacity_bytes for case in self.cases}))

    @property
    def arrays(self) -> tuple[tuple[int, int], ...]:
        """Rows and columns, the study's own first. [-]"""
        return tuple(dict.fromkeys(case.array for case in self.cases))

    def own(self, **wanted: Any) -> list[Case]:
        """As `all`, of the study's array, capacity and first memory, ungated, unless said."""
        usual = {
            "array": self.arrays[0],
            "capacity_bytes": self.scenario.baseline_capacity_bytes,
            "memory": self.memories[0],
            "gate": 1.0,
        }
        return self.all(**(usual | wanted))

    def all(self, **wanted: Any) -> list[Case]:
        """Cases with these properties; None stands for every value."""
        said = {name: value for name, value in wanted.items() if value is not None}
        return [c for c in self.cases if all(getattr(c, n) == v for n, v in said.items())]

    def ratios(self, cases: Iterable[Case], scope: Scope) -> list[float]:
        """Over the whole bracket of leakage. [-]"""
        return [r for case in cases for r in self.by_leakage(case, scope).values()]

    def by_leakage(self, case: Case, scope: Scope) -> dict[str, float]:
        """A case's ratio at every leakage of the bracket."""
        scales = leakage_scales(self.scenario, case.roadmap)
        return {name: case.ratio(scope, scale) for name, scale in scales.items()}

    def own_ratios(self, cases: Iterable[Case], scope: Scope) -> list[float]:
        """At the study's own leakage. [-]"""
        return [c.ratio(scope, own_scale(self.scenario, c.roadmap)) for c in cases]


def mean(ratios: Sequence[float]) -> float:
    """Geometric mean. [-]"""
    return float(np.exp(np.mean(np.log(ratios))))
