"""The claims on the memory itself: density, leakage, access time."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from dse.claims.claim import Claim, Grid, span, verdict
from dse.claims.suite import MIB, leakage_scales, sram_leakage_w_per_mib
from dse.si import si
from dse.study import Study
from evaluators.design import SystolicArray
from evaluators.device import cell, cell_area_f2, write, write_cost
from evaluators.energy import array_curves, cell_sizes, nominal_design
from evaluators.memories import MAT_BYTES, ROADMAPS, array_cost
from evaluators.memories.leakage import source_factor
from evaluators.scenario import Scenario

DENSER: Final = (3.0, 4.0)
"""The source's factors."""

FAR_LESS: Final = 3.0
"""What counts as far less leakage; assumed."""

SILICON: Final = ("sram_silicon", "stt_mram_silicon")

Curves = dict[str, list[array_curves.ArrayCurve]]


def curves(study: Study) -> Curves:
    """By roadmap: SRAM, then every STT-MRAM of the study at its writes of interest."""
    return {
        roadmap: array_curves.array_curves(
            replace(study.scenario, roadmap=roadmap), study.technologies
        )
        for roadmap in ROADMAPS
    }


def density_claim(found: Curves, scenario: Scenario) -> Claim:
    """Density of each cell beside the write energy of the same cell."""
    ratios = {label: _all(found, label, "density_ratio") for label in _labels(found)}
    first = {label: _named(found, label)[0] for label in ratios}
    rows = [
        (
            label,
            f"{curve.cell_area_f2:.0f}",
            si(curve.cell_write_energy_j_per_bit, "J"),
            span(ratios[label]),
        )
        for label, curve in first.items()
    ]
    held = [label for label, values in ratios.items() if max(values) >= DENSER[0]]
    return Claim(
        name="density",
        paper=f"{DENSER[0]:g}-{DENSER[1]:g}x denser than SRAM",
        ours=f"{rows[0][3]} for the cell whose error-free write takes {rows[0][2]} a bit; "
        f"{span(r for values in ratios.values() for r in values)} over all cells",
        holds=f"{DENSER[0]:g}x for {', '.join(held) or 'no cell of the study'}: a small "
        f"transistor, which carries a small write current",
        headline=f"{rows[0][3]} at {rows[0][2]} a bit; other cells up to "
        f"{span([max(max(values) for values in ratios.values())])}",
        verdict=verdict((r for values in ratios.values() for r in values), DENSER[0]),
        untold="area, write current and write energy of one and the same cell; cell or array",
        why=(*_small_transistor(scenario), _silicon(scenario)),
        grids=(
            Grid(
                title="Density and write energy of one and the same cell, 1-64 MiB, all roadmaps",
                heads=("memory", "cell F2", "a written bit", "denser than SRAM"),
                rows=tuple(rows),
            ),
        ),
        figures={
            label: {
                "density_ratio": [min(ratios[label]), max(ratios[label])],
                "cell_area_f2": curve.cell_area_f2,
                "write_energy_j_per_bit": curve.cell_write_energy_j_per_bit,
            }
            for label, curve in first.items()
        },
    )


def _small_transistor(scenario: Scenario) -> tuple[str, ...]:
    """What write is left to the scenario's cell if its transistor is as small as 3x asks."""
    device, area_f2 = cell(scenario.cell), area_for(scenario, DENSER[0])
    if not device.knows_current or area_f2 is None:
        return ()
    volts = np.linspace(0.05, 3.0, 2951)
    areas = cell_area_f2(device, voltage_v=volts, node_nm=scenario.node_nm)
    carried = volts[areas <= area_f2]
    if not carried.size:
        return (
            f"{DENSER[0]:g}x needs a cell of {area_f2:.0f} F2, smaller than the least transistor "
            f"allows, {float(areas.min()):.1f} F2: no write is left to it.",
        )
    highest_v = float(carried[-1])
    current_a = float(device.write_current_a(highest_v))
    rate = write_cost(
        device,
        voltage_v=highest_v,
        pulse_width_s=write.NOMINAL_LONGEST_PULSE_S,
        temperature_k=scenario.written_at_k,
    ).error_probability
    return (
        f"{DENSER[0]:g}x needs a cell of {area_f2:.0f} F2, whose transistor carries "
        f"{si(current_a, 'A')}: {highest_v:.2f} V on {device.name}, where "
        f"{100.0 * float(rate):.0f} % of the {write.NOMINAL_LONGEST_PULSE_S * 1e9:.0f} ns writes "
        f"fail.",
    )


def area_for(scenario: Scenario, density: float) -> float | None:
    """Largest cell that makes the baseline's capacity so dense; None if none does. [F^2]"""
    size = scenario.baseline_capacity_bytes
    areas_f2 = np.linspace(4.0, 200.0, 1961)
    areas_m2 = _area_m2(scenario, "stt_mram", np.full(areas_f2.shape, size), areas_f2)
    fitting = np.flatnonzero(_area_m2(scenario, "sram", np.array([size])) / areas_m2 >= density)
    return float(areas_f2[fitting[-1]]) if fitting.size else None


def _area_m2(
    scenario: Scenario, name: str, sizes: np.ndarray, area_f2: np.ndarray | None = None
) -> np.ndarray:
    return array_cost(
        name,
        sizes,
        node_nm=scenario.node_nm,
        roadmap=scenario.roadmap,
        word_bits=scenario.memory.word_bits,
        wire=scenario.memory.wire,
        cell_area_f2=area_f2,
    ).area_m2


def _silicon(scenario: Scenario) -> str:
    sizes = np.array([MIB * 2**power for power in range(7)])
    sram, mram = (_area_m2(scenario, name, sizes) for name in SILICON)
    return (
        f"Cells of published 22 nm processes ({SILICON[1]} against {SILICON[0]}) give "
        f"{span(sram / mram)} at 1-64 MiB."
    )


def leakage_claim(found: Curves, scenario: Scenario) -> Claim:
    """Leakage of arrays at equal capacity and at equal area."""
    equal = {roadmap: _leakage_ratios(same) for roadmap, same in found.items()}
    rows = [
        (
            roadmap,
            *_sram_leakage(scenario, roadmap),
            span(equal[roadmap][0]),
            span(equal[roadmap][1]),
        )
        for roadmap in found
    ]
    capacity, area = ([r for both in equal.values() for r in both[way]] for way in (0, 1))
    less = [roadmap for roadmap in found if min(equal[roadmap][0]) >= FAR_LESS]
    return Claim(
        name="leakage",
        paper="far less leakage than SRAM",
        ours=f"{span(capacity)} less at equal capacity, {span(area)} at equal area",
        holds=f"{' and '.join(less)} transistors ({FAR_LESS:g}x and more); with the others the "
        f"periphery that both have is all there is",
        headline=f"{span(capacity)} less at equal capacity",
        verdict=f"{verdict(capacity, FAR_LESS)}: {' and '.join(less)}",
        untold="transistors, temperature, and whether the MRAM's periphery leaks or is off",
        why=(
            f"STT-MRAM cells leak nothing; their periphery leaks as SRAM's does. Only switching "
            f"it off when idle (`gate`) goes further. SRAM's own leakage spans "
            f"{_decades([sram_leakage_w_per_mib(scenario, r) for r in found])} decades by "
            f"transistor, and by tool up to "
            f"{max(_decades([1.0, source_factor('cacti', scenario.node_nm, r)]) for r in found)}.",
        ),
        grids=(
            Grid(
                title=f"Leakage at {scenario.temperature_k:g} K, SRAM over STT-MRAM, 1-64 MiB",
                heads=("roadmap", "1 MiB SRAM", "bracket", "equal capacity", "equal area"),
                rows=tuple(rows),
            ),
        ),
        figures={
            roadmap: {
                "sram_w_per_mib": sram_leakage_w_per_mib(scenario, roadmap),
                "equal_capacity": [min(equal[roadmap][0]), max(equal[roadmap][0])],
                "equal_area": [min(equal[roadmap][1]), max(equal[roadmap][1])],
            }
            for roadmap in found
        },
    )


def _decades(values: Sequence[float]) -> str:
    return f"{np.log10(max(values) / min(values)):.1f}"


def _leakage_ratios(same: Sequence[array_curves.ArrayCurve]) -> tuple[list[float], list[float]]:
    """SRAM's leakage over each STT-MRAM's from 1 MiB on: at equal capacity, at equal area."""
    sram = dict(zip(same[0].capacity_bytes, same[0].leakage_w, strict=True))
    capacity, area = [], []
    for curve in same[1:]:
        for place, size in enumerate(curve.capacity_bytes):
            if size >= MIB:
                ratio = sram[size] / curve.leakage_w[place]
                capacity.append(ratio)
                area.append(ratio / curve.density_ratio[place])
    return capacity, area


def _sram_leakage(scenario: Scenario, roadmap: str) -> tuple[str, str]:
    nvsim = sram_leakage_w_per_mib(scenario, roadmap)
    scales = leakage_scales(scenario, roadmap).values()
    return si(nvsim, "W"), f"{si(nvsim * min(scales), 'W')} - {si(nvsim * max(scales), 'W')}"


def access_claim(found: Curves) -> Claim:
    """Read and write latency beside SRAM's."""
    rows = [
        (label, *(span([1e9 * t for t in _all(found, label, f"{way}_latency_s")], " ns")
                  for way in ("read", "write")))
        for label in ("sram", *_labels(found))
    ]  # fmt: skip
    slower = {way: _slower(found, f"{way}_latency_s") for way in ("read", "write")}
    return Claim(
        name="access time",
        paper="writes cost much time",
        ours=f"writes take {span(slower['write'])} and reads {span(slower['read'])} SRAM's time "
        f"at equal capacity",
        holds="for writes always; it costs time where the scratchpad and not the array sets the "
        "time of a step",
        headline=f"writes {span(slower['write'])}, reads {span(slower['read'])} SRAM's time",
        verdict=verdict(slower["write"], 1.0),
        untold="banks, and whether accesses of one bank overlap",
        why=(
            f"A write lasts the pulse and the periphery. One mat serves one access at a time, and "
            f"an STT-MRAM mat holds {MAT_BYTES['stt_mram'] // MAT_BYTES['sram']}x an SRAM mat's "
            f"bytes, so equal capacity has fewer of them.",
        ),
        grids=(
            Grid(
                title="Latency of an access, pulse included, 1-64 MiB, all roadmaps",
                heads=("memory", "read", "write"),
                rows=tuple(rows),
            ),
        ),
        figures={f"{way}_ratio": [min(values), max(values)] for way, values in slower.items()},
    )


def _slower(found: Curves, field: str) -> list[float]:
    """Latencies over SRAM's of equal capacity, from 1 MiB on."""
    ratios = []
    for same in found.values():
        sram = dict(zip(same[0].capacity_bytes, getattr(same[0], field), strict=True))
        for curve in same[1:]:
            pairs = zip(curve.capacity_bytes, getattr(curve, field), strict=True)
            ratios += [value / sram[size] for size, value in pairs if size >= MIB]
    return ratios


def _labels(found: Curves) -> list[str]:
    return [curve.label for curve in found[ROADMAPS[0]] if curve.technology != "sram"]


def _named(found: Curves, label: str) -> list[array_curves.ArrayCurve]:
    return [curve for same in found.values() for curve in same if curve.label == label]


def _all(found: Curves, label: str, field: str) -> list[float]:
    """A memory's figures over roadmaps and capacities from 1 MiB on."""
    return [
        float(value)
        for curve in _named(found, label)
        for size, value in zip(curve.capacity_bytes, getattr(curve, field), strict=True)
        if size >= MIB
    ]


def conditions(study: Study, networks: Sequence[str]) -> str:
    """What all claims are computed under."""
    s = study.scenario
    array = SystolicArray(rows=1, cols=1)
    cells = cell_sizes.cell_pair(nominal_design(s, array), s)
    return (
        f"{s.node_nm} nm, {s.temperature_k:g} K, cell {getattr(s.cell, 'name', s.cell)}, "
        f"{s.number_format}, batch {s.batch_size}, {s.baseline_capacity_bytes // MIB} MiB of "
        f"SRAM, DRAM {s.memory.dram}, {cells}; {', '.join(networks)}"
    )
