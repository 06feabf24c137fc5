"""The claim of density and of write energy as one: what retention given up does to one cell."""

from dataclasses import replace
from typing import Any, Final

import numpy as np

from dse.claims.arrays import DENSER
from dse.claims.claim import Claim, Grid, short, span, verdict
from dse.claims.suite import MIB
from dse.results.gentle_writes import CLAIMED
from dse.si import rate, si
from evaluators.design import DataKind, DesignPoint, MemoryPlan, Region, SystolicArray
from evaluators.device import Cell, decay, nominal_write, schemes, write
from evaluators.energy import DesignBatch, cell_sizes, regions
from evaluators.memories import ROADMAPS, options, technology
from evaluators.scenario import Scenario, cell_at

DIAMETERS_M: Final = (45e-9, 41e-9, 38e-9, 36e-9)
"""The embedded cell's and smaller ones, down to one that training still takes as error-free."""

SIZES_BYTES: Final = tuple(MIB * 2**power for power in range(7))
DENSE: Final = "silicon_dense"
LOOSE: Final = "silicon_low_voltage"
SINGLE: Final = schemes.WriteScheme()
TERMINATED: Final = schemes.WriteScheme(kind="terminated")


def retention_claim(scenario: Scenario) -> Claim | None:
    """Density, write energy and lost bits of one cell over its diameter.

    None for a measured cell, whose size is that of the measurement.
    """
    if not isinstance(cell_at(scenario, None), Cell):
        return None
    cells = {diameter_m: _sized(scenario, diameter_m) for diameter_m in DIAMETERS_M}
    own, last = cells[DIAMETERS_M[0]], cells[DIAMETERS_M[-1]]
    gains = {d: own["single_j"] / told["single_j"] for d, told in cells.items()}
    terminated = own["single_j"] / last["terminated_j"]
    held = f"{1e3 * scenario.hold_time_s:g} ms at {scenario.hold_corner_k:g} K"
    ending = _density(scenario, DIAMETERS_M[-1], write_scheme="terminated")
    beside = {name: _density(_beside(scenario, name), DIAMETERS_M[-1]) for name in (DENSE, LOOSE)}
    smallest = f"{1e9 * DIAMETERS_M[-1]:g} nm"
    rows = tuple(
        (
            f"{1e9 * diameter_m:g} nm",
            f"{told['thermal_stability']:.0f}",
            f"{told['cell_area_f2']:.0f}",
            span(told["density_ratio"]),
            si(told["single_j"], "J"),
            f"{short(gains[diameter_m])}x",
            si(told["terminated_j"], "J"),
            rate(told["lost_probability"]),
        )
        for diameter_m, told in cells.items()
    )
    return Claim(
        name="retention given up",
        paper=f"{DENSER[0]:g}-{DENSER[1]:g}x denser and more than {CLAIMED:g}x less write energy",
        ours=f"one cell of {smallest}, every write error-free: {span(last['density_ratio'])} "
        f"denser than SRAM, {short(gains[DIAMETERS_M[-1]])}x less write energy than the embedded "
        f"one, {short(terminated)}x where the pulse ends with the switching; it loses a bit in "
        f"{held} with {rate(last['lost_probability'])}",
        holds=f"write energy: {short(gains[DIAMETERS_M[-1]])}x by the diameter alone, more where "
        f"pulses end by themselves; density: {span(beside[DENSE] + beside[LOOSE])} beside SRAM "
        f"cells of published 22 nm processes, {span(last['density_ratio'])} beside the study's",
        headline=f"one cell of {smallest}: {span(last['density_ratio'])} denser "
        f"({span(beside[DENSE] + beside[LOOSE])} beside published SRAM cells), "
        f"{short(gains[DIAMETERS_M[-1]])}x less write energy ({short(terminated)}x where pulses "
        f"end themselves)",
        verdict=f"density: "
        f"{verdict([*last['density_ratio'], *beside[DENSE], *beside[LOOSE]], DENSER[0])}; "
        f"write energy: {verdict([gains[DIAMETERS_M[-1]], terminated], CLAIMED)}",
        untold="how long a cell holds its bits",
        why=(
            "Energy barrier, critical current and transistor shrink with the junction's area: a "
            "value of a training step lives for milliseconds, an embedded cell holds it for "
            "years.",
            f"With drivers that end their pulses {smallest} is {span(ending)} denser; beside the "
            f"SRAM cells of published 22 nm processes, of {options.SRAM_CELL_F2[DENSE]:.0f} and "
            f"{options.SRAM_CELL_F2[LOOSE]:.0f} F2, {span(beside[DENSE])} and "
            f"{span(beside[LOOSE])}.",
        ),
        grids=(
            Grid(
                title=f"One cell over its diameter, written error-free, 1-64 MiB, all roadmaps; "
                f"bits lost in {held}",
                heads=("diameter", "stability", "cell F2", "denser than SRAM", "a written bit",
                       "less than embedded", "terminated", "lost"),
                rows=rows,
            ),
        ),
        figures={f"{1e9 * diameter_m:g} nm": told for diameter_m, told in cells.items()}
        | {"density_ratio_by_sram_cell": beside, "density_ratio_terminated": ending},
    )  # fmt: skip


def _sized(scenario: Scenario, diameter_m: float) -> dict[str, Any]:
    """Figures of one diameter, each of the same cell. [SI]"""
    device = cell_at(scenario, diameter_m)
    assert isinstance(device, Cell)
    nominal = nominal_write(device, write_corner_k=scenario.written_at_k)
    energies = {
        name: float(
            write.write_energy_j(
                device,
                voltage_v=nominal.voltage_v,
                pulse_width_s=nominal.pulse_width_s,
                temperature_k=scenario.temperature_k,
                scheme=scheme,
            )
        )
        for name, scheme in (("single_j", SINGLE), ("terminated_j", TERMINATED))
    }
    area_f2 = cell_sizes.chosen_area_f2(
        technology("stt_mram"), np.array([nominal.voltage_v]), scenario, device
    )
    assert area_f2 is not None
    lost = decay.decay(
        device,
        hold_time_s=scenario.hold_time_s,
        reads_per_value=0.0,
        temperature_k=scenario.hold_corner_k,
    )
    return {
        "thermal_stability": device.thermal_stability(scenario.hold_corner_k),
        "cell_area_f2": float(area_f2[0]),
        "density_ratio": _density(scenario, diameter_m),
        **energies,
        "lost_probability": lost.to_one,
    }


def _beside(scenario: Scenario, sram_cell: Any) -> Scenario:
    return replace(scenario, memory=replace(scenario.memory, sram_cell=sram_cell))


def _density(scenario: Scenario, diameter_m: float, **own_cell: Any) -> list[float]:
    """Least and most over capacities and roadmaps, as `dse arrays` has it. [-]"""
    ratios: list[float] = []
    for roadmap in ROADMAPS:
        own = replace(scenario, roadmap=roadmap)
        region = Region(technology="stt_mram", capacity_bytes=MIB, diameter_m=diameter_m,
                        **own_cell)  # fmt: skip
        sram, mram = (
            _areas(one, own) for one in (Region(technology="sram", capacity_bytes=MIB), region)
        )
        ratios += (sram / mram).tolist()
    return [min(ratios), max(ratios)]


def _areas(region: Region, scenario: Scenario) -> np.ndarray:
    plans = [replace(region, capacity_bytes=size) for size in SIZES_BYTES]
    designs = [
        DesignPoint(
            array=SystolicArray(rows=1, cols=1),
            memory=MemoryPlan(activation=own, weight=own, error=own),
        )
        for own in plans
    ]
    return regions.region_cost(DesignBatch.of(designs), DataKind.WEIGHT, scenario).area_m2
