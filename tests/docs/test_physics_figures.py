"""Figures of docs/physics.md that the models give, worked out anew."""

from math import ceil, exp, log
from pathlib import Path
from typing import Final

from evaluators.device import cell
from evaluators.device.schemes import WriteScheme
from evaluators.device.write import nominal_write, write_cost
from evaluators.energy.array_curves import MIB, ArrayCurve, array_curves, leakage_by_source
from evaluators.memories import array_cost
from evaluators.memories.fitting import QUANTITIES, fit
from evaluators.scenario import Scenario
from tests.published.test_cacti import ROADMAPS, apart, ours, rows
from tests.published.test_nvsim import error, left_out

PAGE: Final = " ".join((Path(__file__).parents[2] / "docs" / "physics.md").read_text().split())


def test_memories_at_8_mib() -> None:
    scenario = Scenario(network="lenet5", roadmap="HP")
    curves = array_curves(scenario, ["stt_mram_34f2", "stt_mram_54f2", "stt_mram"])
    names = ("`stt_mram_34f2` (NVSim, 40.8 uA)", "`stt_mram_54f2` (NVSim, 80 uA)",
             "`stt_mram`, nominal 0.86 V", "`stt_mram`, margined 1.1 V",
             "`stt_mram`, 0.77 V, 10 ns")  # fmt: skip
    for name, curve in zip(names, curves, strict=True):
        assert volts_of(curve) in name
        assert row_of(name, curve) in PAGE


def volts_of(curve: ArrayCurve) -> str:
    return f"{curve.voltage_v:.2f}".rstrip("0") if curve.voltage_v else ""


def row_of(name: str, curve: ArrayCurve) -> str:
    at = curve.capacity_bytes.index(8 * MIB)
    equal = curve.equal_area_bytes[at]
    assert equal is not None
    picojoules = 1e12 * curve.cell_write_energy_j_per_bit
    return (
        f"| {name} | {curve.cell_area_f2:.3g} | {picojoules:.3g} | "
        f"{curve.density_ratio[at]:.2f}x | {equal / MIB:g} |"
    )


def picojoules(corner_k: float, temperature_k: float, scheme: WriteScheme) -> float:
    """A bit of the error-free write, random data."""
    device = cell("emram_28nm")
    write = nominal_write(device, write_corner_k=corner_k)
    told = write_cost(device, voltage_v=write.voltage_v, pulse_width_s=write.pulse_width_s,
                      temperature_k=temperature_k, scheme=scheme)  # fmt: skip
    return 1e12 * float(told.energy_j)


def test_the_error_free_write_of_a_warm_cell_and_of_pulses_that_end() -> None:
    single, ends = WriteScheme(), WriteScheme(kind="terminated")
    cold, warm = (picojoules(corner, 350.0, single) for corner in (300.0, 350.0))
    assert f"takes {1 - warm / cold:.0%} less, {warm:.2f} pJ at 350 K".replace("%", " %") in PAGE
    stopped, whole = (picojoules(300.0, 300.0, scheme) for scheme in (ends, single))
    assert f"takes {stopped:.2f} instead of {whole:.2f} pJ at 300 K" in PAGE


def test_how_far_cacti_is() -> None:
    areas: dict[int, list[float]] = {}
    energies, repeated = [], []
    for row in rows():
        wires = [ours(row, wire) for wire in ("repeated", "unrepeated")]
        areas.setdefault(int(row["cap_kb"]) // 1024, []).append(
            apart(float(row["area_mm2"]) * 1e-6, wires[0].area_m2[0])
        )
        for name in ("read", "write"):
            both = [
                apart(float(row[f"{name}_pJ"]) * 1e-12, getattr(w, f"{name}_energy_j")[0])
                for w in wires
            ]
            energies.append(min(both))
            if ROADMAPS[row["per"]] == "HP":
                repeated.append(both[0])
    large = max(max(found) for mib, found in areas.items() if mib >= 4)
    small = max(max(found) for mib, found in areas.items() if mib < 4)
    every = [ratio for found in areas.values() for ratio in found]
    mean = exp(sum(map(log, every)) / len(every))
    assert f"area within {large:.2f}x from 4 MiB on and up to {small:.2f}x at 1 and 2 MiB" in PAGE
    assert f"(geometric mean {mean:.1f}x)" in PAGE
    assert f"energy within {max(energies):.2f}x of the nearer" in PAGE
    assert f"HP energies are up to {max(repeated):.1f}x CACTI's" in PAGE


def test_a_capacity_that_was_left_out() -> None:
    worst = dict.fromkeys(QUANTITIES, 0.0)
    for row, rest in left_out():
        fitted = fit(rest)
        for place, quantity in enumerate(QUANTITIES):
            worst[quantity] = max(worst[quantity], error(row, place, fitted[quantity]))
    area, energy, latency, leakage = (
        f"{ceil(1000 * max(v for name, v in worst.items() if name.endswith(unit))) / 10:.1f} %"
        for unit in ("_m2", "_j", "_s", "_w")
    )
    assert (
        f"comes back within {area} of area, {energy} of energies, {latency} of latencies and "
        f"{leakage} of leakage"
    ) in PAGE


def test_what_wires_from_banks_to_the_port_leak() -> None:
    shares = []
    for name, area in (("sram", None), ("stt_mram", 90.0)):
        many, one = (
            array_cost(name, 4 * MIB, node_nm=22, roadmap="HP", mat_kib=128, banks=banks,
                       cell_area_f2=area).leakage_w[0]
            for banks in (16, 1)
        )  # fmt: skip
        shares.append(f"{100 * (many / one - 1):.0f} %")
    assert f"Ours add {shares[0]} (SRAM) and {shares[1]} (STT-MRAM)" in PAGE


def test_leakage_of_a_mib() -> None:
    told = leakage_by_source(Scenario(network="lenet5", temperature_k=350.0))
    hp, lop, lstp = (told[roadmap] for roadmap in ("HP", "LOP", "LSTP"))
    assert (
        f"HP {hp['nvsim']:.2f} W (NVSim) and {hp['cacti']:.2f} W (CACTI), "
        f"LOP {1e3 * lop['nvsim']:.0f} mW and {1e3 * lop['cacti']:.0f} mW, "
        f"LSTP {1e6 * lstp['nvsim']:.0f} uW and {1e6 * lstp['cacti']:.0f} uW"
    ) in PAGE
