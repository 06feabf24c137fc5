"""A design's energy, or another figure, beside its all-SRAM twin's, with one assumption changed.

Nothing is stored. Most assumptions are fields of the scenario; three are not, as no study sets
them: how often the scratchpad is read, what a processing element leaks, and how long the
accelerator idles between steps.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from evaluators.accelerator import StepCounts
from evaluators.design import DataKind, DesignPoint, MemoryPlan
from evaluators.energy import DesignBatch, EnergyReport, evaluate_batch, sram_twin, step_counts
from evaluators.energy.logic import element_leakage_w
from evaluators.memories import BitShares, leakage
from evaluators.scenario import Scenario, resolved

FEW_BANKS: Final = 4
"""Banks of each region, of the design and of its twin."""

DRAM_KINDS: Final = ("hbm2", "lpddr4", "gddr5")
"""Off-chip memories of accelerators: stacked, of low power, of graphics cards."""

Counted = Callable[[StepCounts], StepCounts]
Drawn = Callable[[DesignPoint], DesignPoint]
Told = Callable[[DesignPoint, EnergyReport], float]
"""What a step leaks beside what its report says. [J]"""
Figure = Callable[[EnergyReport], float]
"""What is compared, positive, less of it better. [any]"""


def _as_counted(counts: StepCounts) -> StepCounts:
    return counts


def _as_drawn(design: DesignPoint) -> DesignPoint:
    return design


def _nothing(_: DesignPoint, __: EnergyReport) -> float:
    return 0.0


def energy_of(report: EnergyReport) -> float:
    """Of a step. [J]"""
    return report.energy_j


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One assumption at another value: another scenario, other counts, or other energies."""

    assumption: str
    value: str
    scenario: Scenario
    counts: Counted = _as_counted
    leaked_j: Told = _nothing
    design: Drawn = _as_drawn

    def changes(self, scenario: Scenario) -> bool:
        """Whether it is not the study's own value."""
        own = self.counts is _as_counted and self.leaked_j is _nothing
        own = own and self.design is _as_drawn
        return not own or self.scenario != scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """The figure of the all-SRAM twin, or of another opponent, over the design's, at a probe's
    value; of energy where nothing else is asked for. [-]
    """

    assumption: str
    value: str
    ratio: float


def effects(
    design: DesignPoint,
    scenario: Scenario,
    *,
    against: DesignPoint | None = None,
    figure: Figure = energy_of,
) -> list[Effect]:
    """The ratio at every probe that the models can score and that is not the study's own.

    Args:
        design: as sized.
        scenario: the study's.
        against: what the design is compared with in place of its all-SRAM twin, as sized.
        figure: what is compared; no ratio where it is not positive and finite.
    """
    scenario = resolved(design, scenario)
    found = []
    for probe in probes(scenario):
        ratio = _ratio(design, probe, against, figure) if probe.changes(scenario) else None
        if ratio is not None:
            found.append(Effect(assumption=probe.assumption, value=probe.value, ratio=ratio))
    return found


def _ratio(
    design: DesignPoint,
    probe: Probe,
    against: DesignPoint | None = None,
    figure: Figure = energy_of,
) -> float | None:
    """Of the design as it stands: it is not sized again, so that its twin has its capacity."""
    try:
        other = against or sram_twin(design, probe.scenario)
        pair = [probe.design(one) for one in (design, other)]
        batch = DesignBatch.of(pair)
        counts = probe.counts(step_counts(batch, probe.scenario))
        found = evaluate_batch(batch, probe.scenario, counts=counts)
    except ValueError:
        return None
    reports = [found.row(place) for place in range(len(pair))]
    ours, twins = (
        figure(_leaking(report, probe.leaked_j(one, report)))
        for one, report in zip(pair, reports, strict=True)
    )
    return twins / ours if all(0.0 < one < math.inf for one in (ours, twins)) else None


def _leaking(report: EnergyReport, more_j: float) -> EnergyReport:
    """A report of a step that leaks so much more."""
    if not more_j:
        return report
    energy_j = report.energy_j + more_j
    return replace(report, energy_j=energy_j, leakage_j=report.leakage_j + more_j,
                   leakage_energy_j=report.leakage_energy_j + more_j,
                   energy_delay_js=energy_j * report.time_s,
                   average_power_w=energy_j / report.time_s)  # fmt: skip


def probes(scenario: Scenario) -> Iterator[Probe]:
    """The scenario with one assumption changed at a time."""
    yield from _leakage(scenario)
    yield from _memory_probes(scenario)
    yield from _dram_probes(scenario)
    yield from _accelerator_probes(scenario)
    for factor in (0.25, 4.0):
        batch_size = max(int(factor * scenario.batch_size), 1)
        yield Probe(assumption="batch size", value=f"{batch_size}",
                    scenario=replace(scenario, batch_size=batch_size))  # fmt: skip


def _leakage(scenario: Scenario) -> Iterator[Probe]:
    memory = scenario.memory
    for factor in (0.1, 10.0):
        scale = factor * memory.leakage_scale
        yield Probe(assumption="leakage of memories", value=f"{factor:g}x",
                    scenario=_memory(scenario, leakage_scale=scale))  # fmt: skip
    for factor in (0.0, 0.33, 3.3):
        changed = partial(_elements_at, factor, scenario)
        yield Probe(assumption="leakage of processing elements", value=f"{factor:g}x",
                    scenario=scenario, leaked_j=changed)  # fmt: skip
    other = "cacti" if memory.leakage_source == "nvsim" else "nvsim"
    yield Probe(assumption="leakage's source", value=other.upper(),
                scenario=_memory(scenario, leakage_source=other))  # fmt: skip
    for roadmap in ("HP", "LOP", "LSTP"):
        yield Probe(assumption="transistors", value=roadmap,
                    scenario=replace(scenario, roadmap=roadmap))  # fmt: skip
    for temperature in leakage.TEMPERATURE_RANGE_K:
        yield Probe(assumption="temperature", value=f"{temperature:g} K",
                    scenario=replace(scenario, temperature_k=temperature))  # fmt: skip
    yield Probe(assumption="leakage of gated STT-MRAM", value="10%",
                scenario=_memory(scenario, gate=0.1 * memory.gate))  # fmt: skip
    for busy in (0.5, 0.1):
        yield Probe(assumption="activity: time spent training", value=f"{busy:.0%}",
                    scenario=scenario, leaked_j=partial(_idling, busy))  # fmt: skip


def _memory_probes(scenario: Scenario) -> Iterator[Probe]:
    for changed in (0.1, 1.0):
        shares = BitShares(ones=0.5, changed=changed)
        kinds: dict[str, Any] = {f"{kind}_bits": shares for kind in DataKind}
        yield Probe(assumption="activity: bits that a write changes", value=f"{changed:.0%}",
                    scenario=_memory(scenario, **kinds))  # fmt: skip
    for factor in (0.5, 2.0):
        yield Probe(assumption="scratchpad traffic: reads", value=f"{factor:g}x",
                    scenario=scenario, counts=partial(_reads_at, factor))  # fmt: skip


def _dram_probes(scenario: Scenario) -> Iterator[Probe]:
    for name in DRAM_KINDS:
        yield Probe(assumption="off-chip memory", value=name.upper(),
                    scenario=_memory(scenario, dram=name))  # fmt: skip


def _accelerator_probes(scenario: Scenario) -> Iterator[Probe]:
    change = partial(replace, scenario.accelerator)
    bandwidth = scenario.accelerator.dram_bandwidth_bytes_per_s
    for dataflow in ("os", "ws", "is"):
        changed = change(
            dataflow_forward=dataflow, dataflow_input_gradient=dataflow,
            dataflow_weight_gradient=dataflow,
        )  # fmt: skip
        yield Probe(assumption="scratchpad traffic: dataflow", value=dataflow.upper(),
                    scenario=replace(scenario, accelerator=changed))  # fmt: skip
    yield Probe(assumption="banks of a region", value=f"{FEW_BANKS}", scenario=scenario,
                design=_with_few_banks)  # fmt: skip
    for factor in (0.5, 2.0):
        changed = change(dram_bandwidth_bytes_per_s=factor * bandwidth)
        yield Probe(assumption="off-chip bandwidth", value=f"{factor:g}x",
                    scenario=replace(scenario, accelerator=changed))  # fmt: skip
    for depth in (512, 1024, 2048, 4096):
        yield Probe(
            assumption="words of a column's accumulator",
            value=f"{depth}",
            scenario=replace(scenario, accelerator=change(accumulator_depth_words=depth)),
        )
    for elementwise in ("fused", "unfused", "statistics_first"):
        changed = change(elementwise=elementwise)
        yield Probe(assumption="element-wise layers", value=elementwise.replace("_", " "),
                    scenario=replace(scenario, accelerator=changed))  # fmt: skip
    for overlap in ("pass", "layer", "step"):
        yield Probe(assumption="overlap of compute, DRAM and scratchpad", value=overlap,
                    scenario=replace(scenario, accelerator=change(overlap=overlap)))  # fmt: skip
    naive = "naive" if scenario.accelerator.stride == "phased" else "phased"
    yield Probe(assumption="zeros of strided gradients", value=naive,
                scenario=replace(scenario, accelerator=change(stride=naive)))  # fmt: skip


def _with_few_banks(design: DesignPoint) -> DesignPoint:
    regions = {k.value: replace(design.memory[k], banks=FEW_BANKS) for k in DataKind}
    return replace(design, memory=MemoryPlan(**regions))


def _memory(scenario: Scenario, **changes: Any) -> Scenario:
    return replace(scenario, memory=replace(scenario.memory, **changes))


def _reads_at(factor: float, counts: StepCounts) -> StepCounts:
    """Fewer reads where buffers feed overlapping windows, more where operands are fetched again.

    Writes stay: an output is written once, and what comes from DRAM too.
    """
    buffers = counts.buffer_reads
    return replace(counts, reads=factor * counts.reads,
                   buffer_reads=None if buffers is None else factor * buffers)  # fmt: skip


def _elements_at(
    factor: float, scenario: Scenario, design: DesignPoint, report: EnergyReport
) -> float:
    """What the processing elements leak in a step is the same for every memory."""
    elements = design.array.rows * design.array.cols
    leaked_j = elements * element_leakage_w(scenario) * report.time_s
    return (factor - 1.0) * leaked_j


def _idling(busy: float, _: DesignPoint, report: EnergyReport) -> float:
    """All leaks on between steps, the part of the time that is not spent training."""
    return report.leakage_j * (1.0 / busy - 1.0)
