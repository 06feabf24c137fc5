"""A suite of networks on SRAM and on STT-MRAM: every case that a claim is read over.

Time does not depend on leakage, so all energies are linear in its scale: two evaluations of a case
give it at every scale.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from dse.mistakes import UserError
from dse.proposals import enqueued
from dse.study import Study
from evaluators.baseline import baseline_design, sized
from evaluators.batch import DesignBatch
from evaluators.design import DataKind, DesignPoint, MemoryPlan, SystolicArray, WriteCondition
from evaluators.energy import EnergyReport, evaluate_batch, step_counts
from evaluators.memories import array_cost
from evaluators.memories.arrays import ROADMAPS
from evaluators.memories.leakage import source_factor
from evaluators.scenario import Scenario

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


def array_of(study: Study) -> SystolicArray:
    """The array of the study's baseline."""
    return enqueued(study)[0].design.array


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
    """Every case of the bracket; a memory outside the calibrated range is left out.

    Raises:
        UserError: the study's own capacity is outside.
    """
    array, cases = array_of(study), []
    for roadmap in ROADMAPS:
        for factor in factors:
            size = factor * study.scenario.baseline_capacity_bytes
            scenario = replace(study.scenario, roadmap=roadmap, baseline_capacity_bytes=size)
            scenario = replace(scenario, memory=replace(scenario.memory, leakage_source="nvsim"))
            designs = _designs(memories, scenario, array)
            if len(designs) == 1 and factor == 1:
                raise UserError(f"no memory of study {study.name!r} can be sized as it asks")
            for network in networks:
                for gate in gates:
                    cases += _cases(designs, scenario, network=network, gate=gate, study=study)
    return cases


def _designs(
    memories: Sequence[Memory], scenario: Scenario, array: SystolicArray
) -> dict[str, DesignPoint]:
    """The all-SRAM design, then one a memory, as sized."""
    sram = baseline_design(scenario, array)
    found = {"sram": sram}
    for memory in memories:
        regions = {
            kind.value: replace(
                sram.memory[kind], technology=memory.technology, write=memory.write
            )
            for kind in DataKind
        }
        design = replace(sram, memory=MemoryPlan(**regions))
        try:
            found[memory.label] = sized(design, scenario)
        except ValueError:
            continue
    return found


def _cases(
    designs: dict[str, DesignPoint], scenario: Scenario, *, network: str, gate: float, study: Study
) -> list[Case]:
    try:
        batch = DesignBatch.of(list(designs.values()))
        counts = step_counts(batch, replace(study.scenario, network=network))
        without, unit = (
            evaluate_batch(
                batch,
                replace(
                    scenario,
                    memory=replace(scenario.memory, leakage_scale=scale, gate=gate),
                ),
                counts=counts,
            )
            for scale in (0.0, 1.0)
        )
    except ValueError as error:
        raise UserError(f"study {study.name!r}: {error}") from None
    scored = [
        Scored(without=without.row(place), with_nvsim=unit.row(place))
        for place in range(len(designs))
    ]
    return [
        Case(
            network=network,
            roadmap=scenario.roadmap,
            capacity_bytes=scenario.baseline_capacity_bytes,
            gate=gate,
            memory=label,
            mram_capacity_bytes=designs[label].memory.capacity_bytes,
            sram=scored[0],
            mram=scored[place],
        )
        for place, label in enumerate(designs)
        if place > 0
    ]
