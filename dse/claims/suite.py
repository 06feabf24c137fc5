"""A suite of networks on SRAM and on STT-MRAM: every case that a claim is read over.

Time does not depend on leakage, so all energies are linear in its scale: two evaluations of a case
give it at every scale.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Final, Literal

from dse.mistakes import UserError
from dse.search.given import enqueued
from dse.study import Study
from evaluators.design import DesignPoint, MemoryPlan, SystolicArray, WriteCondition
from evaluators.energy import (
    DesignBatch,
    EnergyReport,
    baseline_design,
    evaluate_batch,
    sized,
    step_counts,
)
from evaluators.memories import ROADMAPS, array_cost
from evaluators.memories.leakage import source_factor
from evaluators.scenario import Scenario
from search_spaces.axes import Choice

NETWORKS: Final = (
    "alexnet", "vgg16", "googlenet", "resnet18", "resnet50", "mobilenet_v2", "vit_b_16",
    "bert_base",
)  # fmt: skip
SOURCES: Final[tuple[Literal["nvsim", "cacti"], ...]] = ("nvsim", "cacti")
HALF_DECADE: Final = 10.0**0.5
"""Each source's leakage is taken from a factor below to a factor above; assumed."""

CAPACITY_FACTORS: Final = (1, 2, 4, 8)
"""Capacities of the bracket, over the study's own."""

GATES: Final = (1.0, 0.0)
"""Periphery of idle STT-MRAM on, and wholly off."""

Scope = Literal["energy_j", "memory_energy_j", "scratchpad_energy_j"]
MIB: Final = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """A technology for all regions; `write` None means error-free."""

    label: str
    technology: str
    write: WriteCondition | None = None

    def everywhere(self, plan: MemoryPlan) -> MemoryPlan:
        """The plan with this memory for every region, at the capacities that it has."""
        return plan.each(
            lambda _, region: replace(region, technology=self.technology, write=self.write)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """One design without leakage and with NVSim's."""

    without: EnergyReport
    with_nvsim: EnergyReport

    def energy_j(self, scope: Scope, scale: float) -> float:
        """Energy with `scale` times NVSim's leakage. [J]"""
        fixed, unit = getattr(self.without, scope), getattr(self.with_nvsim, scope)
        return float(fixed + scale * (unit - fixed))


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One network on all-SRAM and on one STT-MRAM."""

    network: str
    roadmap: str
    array: tuple[int, int]
    capacity_bytes: int
    gate: float
    memory: str
    mram_capacity_bytes: int
    sram: Scored
    mram: Scored

    def ratio(self, scope: Scope, scale: float) -> float:
        """How many times less energy STT-MRAM needs at `scale` times NVSim's leakage. [-]"""
        return self.sram.energy_j(scope, scale) / self.mram.energy_j(scope, scale)

    def limit(self, scope: Scope) -> float:
        """The ratio of the leakages: what the energies' tends to as leakage grows. [-]"""
        sram, mram = (side.energy_j(scope, 1.0) - side.energy_j(scope, 0.0)
                      for side in (self.sram, self.mram))  # fmt: skip
        return sram / mram if mram > 0.0 else float("inf")

    def scale_for(self, scope: Scope, ratio: float) -> float | None:
        """The scale of NVSim's leakage that gives `ratio`; None if no leakage does. [-]"""
        if self.ratio(scope, 0.0) >= ratio:
            return 0.0
        if self.limit(scope) <= ratio:
            return None
        sram, mram = self.sram.energy_j(scope, 0.0), self.mram.energy_j(scope, 0.0)
        slopes = [side.energy_j(scope, 1.0) - side.energy_j(scope, 0.0)
                  for side in (self.sram, self.mram)]  # fmt: skip
        return (ratio * mram - sram) / (slopes[0] - ratio * slopes[1])

    def free_memory_ratio(self, scale: float) -> float:
        """The ratio if scratchpads cost nothing but moved as much off the chip as SRAM's. [-]"""
        whole = self.sram.energy_j("energy_j", scale)
        return whole / (whole - self.sram.energy_j("scratchpad_energy_j", scale))

    @property
    def slowdown(self) -> float:
        """Time of a step over the all-SRAM design's. [-]"""
        return self.mram.without.time_s / self.sram.without.time_s


def arrays_of(study: Study) -> list[SystolicArray]:
    """The array of the study's baseline, then the other square ones that its axes offer."""
    own = enqueued(study)[0].design.array
    offered = {axis.name: axis.options for axis in study.open_axes if isinstance(axis, Choice)}
    sides = set(offered.get("array_rows", ())) & set(offered.get("array_cols", ()))
    squares = [replace(own, rows=int(side), cols=int(side)) for side in sorted(sides)]
    return [own, *(square for square in squares if square != own)]


def own_scale(scenario: Scenario, roadmap: str) -> float:
    """The scenario's own leakage over NVSim's. [-]"""
    options = scenario.memory
    factor = source_factor(options.leakage_source, scenario.node_nm, roadmap)
    return factor * options.leakage_scale


def leakage_scales(scenario: Scenario, roadmap: str) -> dict[str, float]:
    """The bracket of leakage by name, over NVSim's. [-]"""
    found = {}
    for source in SOURCES:
        factor = source_factor(source, scenario.node_nm, roadmap) * scenario.memory.leakage_scale
        for name, scale in ((" / 3.2", 1.0 / HALF_DECADE), ("", 1.0), (" x 3.2", HALF_DECADE)):
            found[f"{source}{name}"] = factor * scale
    return found


def sram_leakage_w_per_mib(scenario: Scenario, roadmap: str) -> float:
    """NVSim's leakage of an SRAM of the baseline's capacity. [W/MiB]"""
    size = scenario.baseline_capacity_bytes
    cost = array_cost("sram", size, node_nm=scenario.node_nm, roadmap=roadmap,
                      word_bits=scenario.memory.word_bits, wire=scenario.memory.wire,
                      temperature_k=scenario.temperature_k)  # fmt: skip
    return float(cost.leakage_w[0]) / (size / MIB)


def sweep(
    study: Study,
    memories: Sequence[Memory],
    *,
    networks: Iterable[str] = NETWORKS,
    factors: Iterable[int] = CAPACITY_FACTORS,
    gates: Iterable[float] = GATES,
) -> list[Case]:
    """Every case of the bracket; a memory outside the calibrated range is left out. [-]

    Raises:
        UserError: no memory can be sized as the study asks, or a network cannot be scored.
    """
    cases = []
    arrays, own_bytes = arrays_of(study), study.scenario.baseline_capacity_bytes
    for roadmap, factor in product(ROADMAPS, factors):
        scenario = replace(
            study.scenario,
            roadmap=roadmap,
            baseline_capacity_bytes=factor * own_bytes,
            memory=replace(study.scenario.memory, leakage_source="nvsim"),
        )
        pairs = [pair for array in arrays for pair in _pairs(memories, scenario, array)]
        if not pairs and factor == 1:
            raise UserError(f"no memory of study {study.name!r} can be sized as it asks")
        for network, gate in product(networks if pairs else (), gates):
            memory = replace(scenario.memory, gate=gate)
            cases += _cases(
                pairs, replace(scenario, memory=memory), replace(study.scenario, network=network)
            )
    return cases


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """An all-SRAM design and an STT-MRAM design of the same array."""

    memory: str
    sram: DesignPoint
    mram: DesignPoint


def _pairs(memories: Sequence[Memory], scenario: Scenario, array: SystolicArray) -> list[_Pair]:
    """One pair a memory, as sized; none where it cannot be sized."""
    sram, found = baseline_design(scenario, array), []
    for memory in memories:
        try:
            mram = sized(replace(sram, memory=memory.everywhere(sram.memory)), scenario)
        except ValueError:
            continue
        found.append(_Pair(memory=memory.label, sram=sram, mram=mram))
    return found


def _cases(pairs: Sequence[_Pair], scenario: Scenario, counted: Scenario) -> list[Case]:
    """The cases of one network: `counted` gives the counts, which no leakage changes."""
    batch = DesignBatch.of([design for pair in pairs for design in (pair.sram, pair.mram)])
    try:
        counts = step_counts(batch, counted)
        without, unit = (
            evaluate_batch(
                batch,
                replace(scenario, memory=replace(scenario.memory, leakage_scale=scale)),
                counts=counts,
            )
            for scale in (0.0, 1.0)
        )
    except ValueError as error:
        raise UserError(f"network {counted.network!r}: {error}") from None
    scored = [
        Scored(without=without.row(place), with_nvsim=unit.row(place))
        for place in range(len(batch))
    ]
    return [
        Case(
            network=counted.network,
            roadmap=scenario.roadmap,
            array=(pair.sram.array.rows, pair.sram.array.cols),
            capacity_bytes=scenario.baseline_capacity_bytes,
            gate=scenario.memory.gate,
            memory=pair.memory,
            mram_capacity_bytes=pair.mram.memory.capacity_bytes,
            sram=scored[2 * place],
            mram=scored[2 * place + 1],
        )
        for place, pair in enumerate(pairs)
    ]
