"""Each memory at the capacity that suits it best, which an equal capacity hides."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from dse.claims.claim import span
from dse.claims.suite import MIB, Memory, arrays_of
from dse.study import Study
from evaluators.design import DesignPoint
from evaluators.energy import DesignBatch, baseline_design, evaluate_batch, step_counts
from evaluators.energy.sizing import SPLIT
from evaluators.memories import MAT_BYTES, ROADMAPS, technology

TOTALS_BYTES: Final = tuple(MIB * 2**power for power in range(7))
"""1 to 64 MiB for all three regions, rounded up to whole mats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Best:
    """A network's least energy over capacities, and the capacities that take it."""

    network: str
    roadmap: str
    sram_j: float
    mram_j: float
    sram_bytes: int
    mram_bytes: int

    @property
    def ratio(self) -> float:
        """SRAM over STT-MRAM. [-]"""
        return self.sram_j / self.mram_j


def best_capacities(study: Study, memory: Memory, networks: Iterable[str]) -> list[Best]:
    """SRAM and one STT-MRAM on the study's array, each at its own best capacity."""
    scenario = replace(study.scenario, sizing="free")
    designs = {
        made.label: [
            _design(study, made, total_bytes) for total_bytes in TOTALS_BYTES
        ]
        for made in (Memory(label="sram", technology="sram"), memory)
    }  # fmt: skip
    batch = DesignBatch.of([design for made in designs.values() for design in made])
    found = []
    for network in networks:
        counts = step_counts(batch, replace(study.scenario, network=network))
        for roadmap in ROADMAPS:
            energies = evaluate_batch(batch, replace(scenario, roadmap=roadmap), counts=counts)[
                "energy_j"
            ].reshape(2, -1)
            places = np.argmin(energies, axis=1)
            plans = [made[p].memory for made, p in zip(designs.values(), places, strict=True)]
            found.append(
                Best(
                    network=network,
                    roadmap=roadmap,
                    sram_j=float(energies[0, places[0]]),
                    mram_j=float(energies[1, places[1]]),
                    sram_bytes=plans[0].capacity_bytes,
                    mram_bytes=plans[1].capacity_bytes,
                )
            )
    return found


def _design(study: Study, memory: Memory, total_bytes: int) -> DesignPoint:
    """The baseline's split of a capacity, in whole mats."""
    sram = baseline_design(study.scenario, arrays_of(study)[0])
    mat = MAT_BYTES[technology(memory.technology).family]
    split = memory.everywhere(sram.memory).each(
        lambda kind, region: replace(
            region, capacity_bytes=-(-total_bytes // 8 * SPLIT[kind] // mat) * mat
        )
    )
    return replace(sram, memory=split)


def best_line(found: Iterable[Best]) -> str:
    """What is left of the ratio when nobody is held to the other's capacity."""
    every = list(found)
    told = []
    for roadmap in ROADMAPS:
        some = [best for best in every if best.roadmap == roadmap]
        sizes = [span((best.sram_bytes / MIB for best in some), ""),
                 span((best.mram_bytes / MIB for best in some), "")]  # fmt: skip
        told.append(
            f"{roadmap} {span(best.ratio for best in some)} (SRAM of {sizes[0]} MiB, STT-MRAM of "
            f"{sizes[1]} MiB)"
        )
    return (
        f"Neither held to the other's capacity, each at its best of 1-64 MiB, system energy: "
        f"{'; '.join(told)}. Equal capacity makes SRAM leak more than an optimised one would."
    )
