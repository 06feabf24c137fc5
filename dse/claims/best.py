"""Each memory at the capacity, banks and mats that suit it best, which equal ones hide."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from dse.claims.claim import span
from dse.claims.suite import MIB, Memory, arrays_of
from dse.study import Study
from evaluators.design import DesignPoint
from evaluators.energy import DesignBatch, baseline_design, sizing, step_counts
from evaluators.energy.option_figures import StepFigures
from evaluators.energy.organisation import Organisations, best_organised
from evaluators.memories import ROADMAPS, SMALLEST_MAT_BYTES

TOTALS_BYTES: Final = tuple(MIB // 2 * 2**power for power in range(8))
"""1/2 to 64 MiB for all three regions, rounded up to whole mats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Best:
    """A network's least energy over capacities and organisations, and the capacities that take it.

    Times are of the same designs.
    """

    network: str
    roadmap: str
    sram_j: float
    mram_j: float
    sram_bytes: int
    mram_bytes: int
    slowdown: float

    @property
    def ratio(self) -> float:
        """SRAM over STT-MRAM. [-]"""
        return self.sram_j / self.mram_j


def best_capacities(study: Study, memory: Memory, networks: Iterable[str]) -> list[Best]:
    """SRAM and one STT-MRAM on the study's array, each in its own best organisation."""
    sides = [
        DesignBatch.of([_design(study, made, total_bytes) for total_bytes in TOTALS_BYTES])
        for made in (Memory(label="sram", technology="sram"), memory)
    ]
    organisations = Organisations(
        depths_words=(study.scenario.accelerator.accumulator_depth_words,)
    )
    found = []
    for network in networks:
        scenario = replace(study.scenario, sizing="free", network=network)
        counts = step_counts(sides[0], scenario)  # both sides ask for the same
        for roadmap in ROADMAPS:
            own = replace(scenario, roadmap=roadmap)
            steps = partial(_known, StepFigures.of(sides[0], counts, own))
            sram, mram = (
                best_organised(side, own, ("energy_j",), organisations=organisations, steps=steps)
                for side in sides
            )
            found.append(
                Best(
                    network=network,
                    roadmap=roadmap,
                    sram_j=float(sram.report["energy_j"][0]),
                    mram_j=float(mram.report["energy_j"][0]),
                    sram_bytes=sram.batch.design(0).memory.capacity_bytes,
                    mram_bytes=mram.batch.design(0).memory.capacity_bytes,
                    slowdown=float(mram.report["time_s"][0] / sram.report["time_s"][0]),
                )
            )
    return found


def _known(step: StepFigures, _: int) -> StepFigures:
    """A step at the only depth that is asked for."""
    return step


def _design(study: Study, memory: Memory, total_bytes: int) -> DesignPoint:
    """The baseline's split of a capacity, in whole mats."""
    sram = baseline_design(study.scenario, arrays_of(study)[0])
    mat = SMALLEST_MAT_BYTES
    split = memory.everywhere(sram.memory).each(
        lambda kind, region: replace(
            region, capacity_bytes=-(-total_bytes // 8 * sizing.SPLIT[kind] // mat) * mat
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
        f"Neither held to the other's capacity, banks and mats, each at its best of "
        f"{TOTALS_BYTES[0] / MIB:g}-{TOTALS_BYTES[-1] / MIB:g} MiB, system energy: "
        f"{'; '.join(told)}. Equal capacity makes SRAM leak more than an optimised one would."
    )
