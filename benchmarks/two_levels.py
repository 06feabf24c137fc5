"""Does MRAM behind an SRAM buffer beat the best all-SRAM memory, of one level or two?

`python -m benchmarks.two_levels [--networks a,b] [--areas 8,16] [--json FILE]` prints, for each
kind of transistors and of DRAM and for each MRAM cell, SRAM's energy over MRAM's: the best
all-SRAM design of one or two levels over the best design with MRAM in it, neither larger than an
area nor slower than a time that both have to keep. 128 x 128, int8, batch 32; capacities, buffers
and banks of each kind of data are chosen for each side anew, exactly. `benchmarks/when_it_pays.py`
draws more of the same.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dse.results.words import memories
from evaluators.design import DataKind, DesignPoint, MemoryPlan, Region, SystolicArray
from evaluators.energy import DesignBatch, baseline_design, evaluate_batch
from evaluators.energy.assumptions import DRAM_KINDS
from evaluators.energy.organisation import Organisations, best_organised
from evaluators.memories import ROADMAPS, MemoryOptions
from evaluators.scenario import Scenario

MIB: Final = 2**20
NETWORKS: Final = ("resnet18", "bert_base", "mobilenet_v2")
AREAS_MM2: Final = (8.0, 12.0, 16.0, 24.0, 32.0)
SLOWER: Final = 1.05
"""Time of a step at most, over that of the all-SRAM baseline of 8 MiB."""

SRAM_BYTES: Final = tuple(2**power for power in range(18, 25))
MRAM_BYTES: Final = tuple(2**power for power in range(20, 26))
BUFFERS_BYTES: Final = (MIB // 4, MIB // 2, MIB)
FEW: Final = Organisations(
    banks=dict.fromkeys(DataKind, (4, 8, 16)), mats_kib=dict.fromkeys(DataKind, (128,)),
    depths_words=(4096,),
)  # fmt: skip

CELLS: Final[dict[str, dict[str, Any]]] = {
    "embedded": {},
    "scratchpad": {"diameter_m": 36e-9, "write_scheme": "terminated"},
    "embedded, ended": {"write_scheme": "terminated"},
    "scratchpad, whole": {"diameter_m": 36e-9},
}
"""The cell that keeps its bits for ten years, written error-free by a whole pulse; one of 36 nm
that holds them for a step, whose pulses end when the bit has switched; and each with the other's
pulses."""

BOTH: Final = ("embedded", "scratchpad")

OWN: Final = {
    "SRAM": (False, False), "SRAM, two levels": (False, True), "MRAM": (True, False),
    "MRAM behind SRAM": (True, True),
}  # fmt: skip
"""Families of designs: whether MRAM and whether a buffer is in them."""

FAMILIES: Final = tuple(OWN)
NAMES: Final = ("energy_j", "time_s", "area_m2")
INFINITE: Final = float("inf")

Figures = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Case:
    """What both sides share."""

    network: str
    roadmap: str
    dram: str
    cell: str
    array: int = 128

    @property
    def small(self) -> bool:
        """Whether the cell holds its bits for a step alone."""
        return "diameter_m" in CELLS[self.cell]

    def scenario(self) -> Scenario:
        """Reads of small cells at half the voltage, and no step outlasts what they hold."""
        return Scenario(
            network=self.network, roadmap=self.roadmap, memory=MemoryOptions(dram=self.dram),
            read_voltage_v=0.04 if self.small else None, hold_time_s=0.2,
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Least energy of each family within an area and a time; infinite where nothing keeps them.

    `ratio` is the best all-SRAM's over that of MRAM behind SRAM, `alone` over that of MRAM alone.
    """

    case: Case
    area_mm2: float
    energies_j: dict[str, float]
    design: str

    @property
    def sram_j(self) -> float:
        """Of all SRAM, the better of one level and two. [J]"""
        return min(self.energies_j["SRAM"], self.energies_j["SRAM, two levels"])

    @property
    def ratio(self) -> float:
        """Above 1 MRAM behind SRAM wins. [-]"""
        return self.sram_j / self.energies_j["MRAM behind SRAM"]

    @property
    def second(self) -> float:
        """Above 1 a second level of SRAM pays. [-]"""
        return self.energies_j["SRAM"] / self.sram_j

    @property
    def alone(self) -> float:
        """Above 1 MRAM that the array itself uses wins. [-]"""
        return self.sram_j / self.energies_j["MRAM"]


def regions(family: str, cell: str) -> list[Region]:
    """What one kind of data may lie in; with MRAM in a family, SRAM alone as well."""
    buffers = BUFFERS_BYTES if family in ("SRAM, two levels", "MRAM behind SRAM") else ()
    mram = family.startswith("MRAM")
    own = CELLS[cell] if mram else {}
    found = [Region(technology="sram", capacity_bytes=size) for size in SRAM_BYTES]
    for size in MRAM_BYTES if mram else SRAM_BYTES:
        found += [
            Region(technology="stt_mram" if mram else "sram", capacity_bytes=size,
                   buffer_bytes=buffer, **own)
            for buffer in (0, *buffers) if buffer < size and (mram or buffer)
        ]  # fmt: skip
    return found


def designs(family: str, cell: str, array: int = 128) -> list[DesignPoint]:
    """Every mix of the regions in which the family's own are, beside a square array. [elements]"""
    found, square = [], SystolicArray(rows=array, cols=array)
    for chosen in product(regions(family, cell), repeat=len(DataKind)):
        mram = any(region.technology != "sram" for region in chosen)
        behind = any(region.buffered for region in chosen)
        if (mram, behind) == OWN[family]:
            plan = MemoryPlan(**{k.value: r for k, r in zip(DataKind, chosen, strict=True)})
            found.append(DesignPoint(array=square, memory=plan))
    return found


def unbeaten(case: Case, family: str) -> tuple[DesignBatch, Figures]:
    """Designs of a family that no other beats in energy, time and area. `(m, 3)` [J, s, m^2]"""
    batch = DesignBatch.of(designs(family, case.cell, case.array))
    found = best_organised(batch, case.scenario(), NAMES, organisations=FEW)
    return found.batch, np.stack([found.report[name] for name in NAMES], axis=1)


def slowest_s(case: Case) -> float:
    """Time of a step that both sides keep: the all-SRAM baseline's on its array. [s]"""
    array = SystolicArray(rows=case.array, cols=case.array)
    batch = DesignBatch.of([baseline_design(case.scenario(), array)])
    return SLOWER * float(evaluate_batch(batch, case.scenario())["time_s"][0])


def answers(case: Case, areas_mm2: Sequence[float]) -> list[Answer]:
    """The least energies within each area, no slower than the baseline allows."""
    slowest = slowest_s(case)
    families = {family: unbeaten(case, family) for family in FAMILIES}
    found = []
    for area in areas_mm2:
        energies = {family: INFINITE for family in FAMILIES}
        told = ""
        for family, (batch, figures) in families.items():
            kept = np.flatnonzero((figures[:, 1] <= slowest) & (figures[:, 2] <= 1e-6 * area))
            if kept.size:
                best = int(kept[np.argmin(figures[kept, 0])])
                energies[family] = float(figures[best, 0])
                told = memories(batch.design(best))
        found.append(Answer(case=case, area_mm2=area, energies_j=energies, design=told))
    return found


def cases(networks: Sequence[str], cells: Sequence[str] = BOTH) -> Iterator[Case]:
    """Every network with all transistors, DRAMs and cells."""
    for name, roadmap, kind, cell in product(networks, ROADMAPS, DRAM_KINDS, cells):
        yield Case(network=name, roadmap=roadmap, dram=kind, cell=cell)


def mean(values: Sequence[float]) -> float:
    """The geometric mean. [-]"""
    return float(np.exp(np.mean(np.log(values))))


def table(found: Sequence[Answer]) -> Iterator[str]:
    """A line for each pair of transistors and DRAM and each cell: a ratio for each area."""
    areas = sorted({answer.area_mm2 for answer in found})
    heads = " ".join(f"{area:>5.0f} mm2" for area in areas)
    for title, name in (
        ("MRAM behind SRAM, any mix with SRAM", "ratio"),
        ("MRAM that the array itself uses, any mix with SRAM", "alone"),
        ("all-SRAM of one level against the better of one and two", "second"),
    ):
        yield f"{title}\n{'':32} {heads}"
        for cell, roadmap, kind in product(BOTH, ROADMAPS, DRAM_KINDS):
            asked = (cell, roadmap, kind)
            own = [a for a in found if (a.case.cell, a.case.roadmap, a.case.dram) == asked]
            told = " ".join(
                in_cell([getattr(a, name) for a in own if a.area_mm2 == area]) for area in areas
            )
            yield f"{cell:11} {roadmap:5} {kind:14} {told}"
        yield ""


def in_cell(ratios: Sequence[float]) -> str:
    """The mean of the networks; a dash where a network's designs do not fit. [-]"""
    fitting = ratios and all(0.0 < ratio < INFINITE for ratio in ratios)
    return f"{mean(ratios):9.3f}" if fitting else f"{'-':>9}"


def verdict(found: Sequence[Answer]) -> Iterator[str]:
    """Whether MRAM behind a buffer wins at the area that suits it best."""
    yield "At its best area, SRAM's energy over that of MRAM behind SRAM: mean (least-most)"
    for roadmap, kind, cell in product(ROADMAPS, DRAM_KINDS, BOTH):
        asked = (cell, roadmap, kind)
        best: dict[str, float] = {}
        for answer in found:
            case = answer.case
            fits = np.isfinite(answer.sram_j) and np.isfinite(answer.ratio)
            if (case.cell, case.roadmap, case.dram) == asked and fits:
                best[case.network] = max(best.get(case.network, 0.0), answer.ratio)
        if best:
            ratios = list(best.values())
            wins = sum(ratio > 1.0 for ratio in ratios)
            yield (
                f"{roadmap:5} {kind:7} {cell:11} {mean(ratios):.3f} "
                f"({min(ratios):.3f}-{max(ratios):.3f}), wins in {wins} of {len(ratios)} networks"
            )


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables; write every answer as JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--networks", default=",".join(NETWORKS))
    parser.add_argument("--areas", default=",".join(f"{area:g}" for area in AREAS_MM2))
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args(arguments)
    areas = [float(area) for area in chosen.areas.split(",")]
    found = [
        answer for case in cases(chosen.networks.split(",")) for answer in answers(case, areas)
    ]
    print("\n".join(table(found)))
    print("\n".join(verdict(found)))
    if chosen.json is not None:
        chosen.json.write_text(json.dumps([as_row(answer) for answer in found], indent=1) + "\n")


def as_row(answer: Answer) -> dict[str, Any]:
    """An answer as plain values; what nothing keeps is null. [as named]"""
    energies = {k: v if np.isfinite(v) else None for k, v in answer.energies_j.items()}
    ratio = answer.ratio if np.isfinite(answer.ratio) else None
    return {**asdict(answer.case), "area_mm2": answer.area_mm2, "energies_j": energies,
            "ratio": ratio, "design": answer.design}  # fmt: skip


if __name__ == "__main__":
    main()
