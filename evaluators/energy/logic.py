"""Processing elements: energy of a multiply-accumulate, area, leakage."""

from typing import Final

from evaluators.memories import SMALLEST_MAT_BYTES, array_cost
from evaluators.scenario import BITS, Scenario

MAC_45NM_J: Final = {
    "int8": 0.2e-12 + 0.1e-12,  # 8-bit multiply, 32-bit add; Horowitz, ISSCC 2014
    "int16": 0.8e-12 + 0.1e-12,  # multiply by the square of the width, assumed; 32-bit add
    "bf16": 1.1e-12 + 0.9e-12,  # fp16 multiply, fp32 add; Horowitz, ISSCC 2014
    "fp8_e4m3": 1.1e-12 * (4 / 11) ** 2 + 0.9e-12,  # bf16's, by its significand squared: assumed
    "fp8_e5m2": 1.1e-12 * (3 / 11) ** 2 + 0.9e-12,  # bf16's, by its significand squared: assumed
}
REGISTER_BITS: Final = {name: 2 * bits + 32 for name, bits in BITS.items()}
"""Two operands and a 32-bit partial sum, clocked in every operation."""

REGISTER_BIT_45NM_J: Final = 7.5e-15
"""A register's bit with its share of the clock; assumed: with it an int8 element takes 2.2 times
the energy of its multiplier and adder."""

NODE_SCALE: Final = {45: 1.0, 32: 0.64, 22: 0.39}  # energy against 45 nm, HP; 32 nm assumed
ROADMAP_SCALE: Final = {"HP": 1.0, "LOP": 0.64, "LSTP": 0.79}
"""Energy against HP by the square of the supplies, 0.25 and 0.31 of 45 nm at 22 nm; assumed."""

ELEMENT_AREA_M2: Final = 300e-12  # one processing element at 22 nm; assumed
LEAKAGE_DENSITY_RATIO: Final = 0.3
"""Leakage of logic over that of an SRAM mat of the same area: fewer transistors are off in it, and
more of them in series; assumed."""


def mac_energy_j(scenario: Scenario) -> float:
    """One multiply-accumulate, registers and clock included. [J]"""
    kept = REGISTER_BITS[scenario.number_format] * REGISTER_BIT_45NM_J
    scale = NODE_SCALE[scenario.node_nm] * ROADMAP_SCALE[scenario.roadmap]
    return (MAC_45NM_J[scenario.number_format] + kept) * scale


def element_area_m2(scenario: Scenario) -> float:
    """One processing element. [m^2]"""
    return ELEMENT_AREA_M2 * (scenario.node_nm / 22.0) ** 2


def element_leakage_w(scenario: Scenario) -> float:
    """What one processing element leaks, whatever it does. [W]

    It follows the scenario's SRAM: transistors, source of the figure, scale, temperature.
    """
    options = scenario.memory
    mat = array_cost(
        "sram",
        SMALLEST_MAT_BYTES,
        node_nm=scenario.node_nm,
        roadmap=scenario.roadmap,
        temperature_k=scenario.temperature_k,
        leakage_source=options.leakage_source,
        leakage_scale=options.leakage_scale,
    )
    density = float(mat.leakage_w[0] / mat.area_m2[0])
    return LEAKAGE_DENSITY_RATIO * density * element_area_m2(scenario)
